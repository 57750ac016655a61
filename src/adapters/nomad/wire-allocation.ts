import type { AllocationFacts, TaskShare } from '../../domain/snapshot.ts';
import { fieldsOf, needFields, needText, numberOf, textOf, WireFault } from './json.ts';
import { readAllocated } from './wire-resources.ts';

const NANOSECONDS_PER_MS = 1_000_000;

/** Reads one entry of GET /v1/allocations. Servers that list no resources leave `shares` and `resources` absent. */
export function readAllocation(value: unknown): AllocationFacts {
  const stub = needFields(value, 'an allocation');
  const id = needText(stub, 'ID', 'an allocation');
  const shares = readShares(stub['AllocatedResources']);
  const resources = readAllocated(stub);
  return {
    namespace: textOf(stub, 'Namespace') || 'default',
    jobId: needText(stub, 'JobID', `allocation ${id}`),
    group: needText(stub, 'TaskGroup', `allocation ${id}`),
    id,
    nodeId: textOf(stub, 'NodeID'),
    desiredStatus: textOf(stub, 'DesiredStatus'),
    clientStatus: textOf(stub, 'ClientStatus'),
    createdMs: Math.floor(numberOf(stub, 'CreateTime') / NANOSECONDS_PER_MS),
    deadTasks: readDeadTasks(stub['TaskStates']),
    jobType: textOf(stub, 'JobType') || textOf(fieldsOf(stub['Job']), 'Type'),
    ...(shares !== undefined && { shares }),
    ...(resources !== undefined && { resources }),
  };
}

/** Reads one entry of GET /v1/node/:id/allocations, which tells everything; a WireFault when it does not. */
export function readWholeAllocation(value: unknown): AllocationFacts {
  const facts = readAllocation(value);
  if (facts.resources === undefined) throw new WireFault(`allocation ${facts.id} has no resources`);
  if (facts.jobType === '') throw new WireFault(`allocation ${facts.id} has no job type`);
  return facts;
}

function readDeadTasks(value: unknown): readonly string[] {
  return Object.entries(fieldsOf(value)).flatMap(([name, state]) =>
    textOf(fieldsOf(state), 'State') === 'dead' ? [name] : [],
  );
}

function readShares(value: unknown): Readonly<Record<string, TaskShare>> | undefined {
  const tasks = fieldsOf(value)['Tasks'];
  if (tasks === null || tasks === undefined) return undefined;
  const shares = Object.entries(fieldsOf(tasks)).map(([name, resources]): [string, TaskShare] => [
    name,
    readShare(resources),
  ]);
  return Object.fromEntries(shares);
}

function readShare(value: unknown): TaskShare {
  const resources = fieldsOf(value);
  return {
    cpuMhz: numberOf(fieldsOf(resources['Cpu']), 'CpuShares'),
    memoryMb: numberOf(fieldsOf(resources['Memory']), 'MemoryMB'),
  };
}

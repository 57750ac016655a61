import type { AllocationFacts, TaskShare } from '../../domain/snapshot.ts';
import { fieldsOf, needFields, needText, numberOf, textOf } from './json.ts';

const NANOSECONDS_PER_MS = 1_000_000;

/** Reads one entry of GET /v1/allocations. Servers that list no resources leave `shares` absent. */
export function readAllocation(value: unknown): AllocationFacts {
  const stub = needFields(value, 'an allocation');
  const id = needText(stub, 'ID', 'an allocation');
  const shares = readShares(stub['AllocatedResources']);
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
    ...(shares !== undefined && { shares }),
  };
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

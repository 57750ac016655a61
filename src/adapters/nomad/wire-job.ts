import { isScalable } from '../../domain/policy/scalable.ts';
import type { JobFacts, JobRef, TaskFacts, TaskGroupFacts } from '../../domain/snapshot.ts';
import { fieldsOf, listOf, needFields, needNumber, needText, numberOf, textOf } from './json.ts';
import type { Fields } from './json.ts';

/** A job of the list, as far as it decides whether the job is read whole. */
export interface JobStub extends JobRef {
  readonly modifyIndex: number;
  /** A service or batch job that is not stopped, and no periodic or parameterized parent or child of one. */
  readonly scalable: boolean;
}

const NANOSECONDS_PER_MS = 1_000_000;
const ENDING_HOOKS: readonly string[] = ['prestart', 'poststart', 'poststop'];

/** Reads one entry of GET /v1/jobs. Servers before 1.0 name no namespace. */
export function readJobStub(value: unknown): JobStub {
  const stub = needFields(value, 'a job');
  const jobId = needText(stub, 'ID', 'a job');
  return {
    namespace: textOf(stub, 'Namespace') || 'default',
    jobId,
    modifyIndex: needNumber(stub, 'JobModifyIndex', `job ${jobId}`),
    scalable: isScalable({
      type: textOf(stub, 'Type'),
      parentId: textOf(stub, 'ParentID'),
      stopped: stub['Stop'] === true,
      periodic: stub['Periodic'] === true,
      parameterized: stub['ParameterizedJob'] === true,
    }),
  };
}

/** Reads GET /v1/job/:id. */
export function readJobFacts(value: unknown): JobFacts {
  const job = needFields(value, 'the job');
  const jobId = needText(job, 'ID', 'the job');
  const type = textOf(job, 'Type');
  return {
    namespace: textOf(job, 'Namespace') || 'default',
    jobId,
    type,
    parentId: textOf(job, 'ParentID'),
    stopped: job['Stop'] === true,
    periodic: job['Periodic'] !== null && job['Periodic'] !== undefined,
    parameterized: isParameterized(job),
    modifyIndex: needNumber(job, 'JobModifyIndex', `job ${jobId}`),
    groups: listOf(job['TaskGroups'], 'TaskGroups').map((group) => readGroup(group, type)),
  };
}

function isParameterized(job: Fields): boolean {
  return (
    job['ParameterizedJob'] !== null && job['ParameterizedJob'] !== undefined && job['Dispatched'] !== true
  );
}

function readGroup(value: unknown, type: string): TaskGroupFacts {
  const group = needFields(value, 'a task group');
  const name = needText(group, 'Name', 'a task group');
  const update = fieldsOf(group['Update']);
  return {
    name,
    count: needNumber(group, 'Count', `task group ${name}`),
    meta: readMeta(group['Meta']),
    deploys: type === 'service' && numberOf(update, 'MaxParallel') > 0,
    healthyDeadlineMs: numberOf(update, 'HealthyDeadline') / NANOSECONDS_PER_MS,
    tasks: listOf(group['Tasks'], 'Tasks').map(readTask),
  };
}

function readMeta(value: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(fieldsOf(value));
  return Object.fromEntries(
    entries.flatMap(([key, text]) => (typeof text === 'string' ? [[key, text]] : [])),
  );
}

function readTask(value: unknown): TaskFacts {
  const task = needFields(value, 'a task');
  const resources = fieldsOf(task['Resources']);
  const lifecycle = fieldsOf(task['Lifecycle']);
  return {
    name: needText(task, 'Name', 'a task'),
    cpuMhz: numberOf(resources, 'Cores') > 0 ? 0 : numberOf(resources, 'CPU'),
    memoryMb: numberOf(resources, 'MemoryMB'),
    ends: ENDING_HOOKS.includes(textOf(lifecycle, 'Hook')) && lifecycle['Sidecar'] !== true,
  };
}

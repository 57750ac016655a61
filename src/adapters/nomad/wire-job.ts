import { isScalable } from '../../domain/policy/scalable.ts';
import type { JobFacts, JobRef, TaskFacts, TaskGroupFacts } from '../../domain/snapshot.ts';
import { fieldsOf, listOf, needFields, needNumber, needText, numberOf, textOf, textsOf } from './json.ts';
import type { Fields } from './json.ts';
import { readNeeds } from './wire-needs.ts';

/** A job of the list: whether it is read whole, and what only the list tells. */
export interface JobStub extends JobRef {
  readonly type: string;
  readonly modifyIndex: number;
  /** A service or batch job that is not stopped, and no periodic or parameterized parent or child of one. */
  readonly scalable: boolean;
  /** The same, parents included: their children run on when they are stopped, and have their groups. */
  readonly whole: boolean;
  readonly parentId: string;
  /** Allocations that wait for room, by group; groups where none does are left out. */
  readonly queued: Readonly<Record<string, number>>;
}

const NANOSECONDS_PER_MS = 1_000_000;
const WORK_KINDS: readonly string[] = ['service', 'batch'];
/** Read for what they hold on their nodes, e.g. ports. */
const SYSTEM_KINDS: readonly string[] = ['system', 'sysbatch'];
const ENDING_HOOKS: readonly string[] = ['prestart', 'poststart', 'poststop'];

/** Reads one entry of GET /v1/jobs. Servers before 1.0 name no namespace. */
export function readJobStub(value: unknown): JobStub {
  const stub = needFields(value, 'a job');
  const jobId = needText(stub, 'ID', 'a job');
  const type = textOf(stub, 'Type');
  const parentId = textOf(stub, 'ParentID');
  const stopped = stub['Stop'] === true;
  const periodic = stub['Periodic'] === true;
  const parameterized = stub['ParameterizedJob'] === true;
  const kind = { type, parentId, stopped, periodic, parameterized };
  return {
    namespace: textOf(stub, 'Namespace') || 'default',
    jobId,
    modifyIndex: needNumber(stub, 'JobModifyIndex', `job ${jobId}`),
    ...standingOf(kind),
    queued: WORK_KINDS.includes(type) && !stopped ? readQueued(fieldsOf(stub['JobSummary'])) : {},
  };
}

/** The job as the list would have it, but for what waits for room, which a job does not tell of itself. */
export function stubOfJob(job: JobFacts): JobStub {
  const { namespace, jobId, modifyIndex } = job;
  return { namespace, jobId, modifyIndex, ...standingOf(job), queued: {} };
}

type Kind = Pick<JobFacts, 'type' | 'parentId' | 'stopped' | 'periodic' | 'parameterized'>;

function standingOf(kind: Kind): Pick<JobStub, 'type' | 'parentId' | 'scalable' | 'whole'> {
  const { type, parentId, stopped, periodic, parameterized } = kind;
  const isKnown = WORK_KINDS.includes(type) || SYSTEM_KINDS.includes(type);
  const whole = isKnown && parentId === '' && (!stopped || periodic || parameterized);
  return { type, parentId, scalable: isScalable(kind), whole };
}

function readQueued(summary: Fields): Readonly<Record<string, number>> {
  const groups = Object.entries(fieldsOf(summary['Summary']));
  const counts = groups.map(([name, group]): [string, number] => [name, numberOf(fieldsOf(group), 'Queued')]);
  return Object.fromEntries(counts.filter(([, queued]) => queued > 0));
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
    groups: listOf(job['TaskGroups'], 'TaskGroups').map((group) => readGroup(group, job)),
  };
}

function isParameterized(job: Fields): boolean {
  return (
    job['ParameterizedJob'] !== null && job['ParameterizedJob'] !== undefined && job['Dispatched'] !== true
  );
}

function readGroup(value: unknown, job: Fields): TaskGroupFacts {
  const group = needFields(value, 'a task group');
  const name = needText(group, 'Name', 'a task group');
  const update = fieldsOf(group['Update']);
  return {
    name,
    count: needNumber(group, 'Count', `task group ${name}`),
    meta: textsOf(group['Meta']),
    deploys: textOf(job, 'Type') === 'service' && numberOf(update, 'MaxParallel') > 0,
    healthyDeadlineMs: numberOf(update, 'HealthyDeadline') / NANOSECONDS_PER_MS,
    tasks: listOf(group['Tasks'], 'Tasks').map(readTask),
    needs: readNeeds(job, group),
  };
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

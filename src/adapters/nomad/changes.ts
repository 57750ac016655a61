import type { NodeFacts } from '../../domain/node.ts';
import type { JobFacts, JobRef } from '../../domain/snapshot.ts';
import type { StreamEvent } from './event-stream.ts';
import { fieldsOf, numberOf, textOf } from './json.ts';
import { readJobFacts, stubOfJob } from './wire-job.ts';
import type { JobStub } from './wire-job.ts';
import { readNodeFacts, readNodeStub } from './wire-node.ts';
import type { NodeStub } from './wire-node.ts';

/** A thing of a list as a write has left it, told before the list was read again. */
export interface Change<S, F> {
  /** Of the write. */
  readonly index: number;
  readonly stub: S;
  readonly facts: F;
}

export type JobChange = Change<JobStub, JobFacts>;
export type NodeChange = Change<NodeStub, NodeFacts>;

/** What of a job waits for room by one of its evaluations, by group: all groups that it was about, those with 0 too. */
export interface QueuedChange extends JobRef {
  readonly index: number;
  readonly queued: Readonly<Record<string, number>>;
}

/** Who is told of changes beside the lists, which remain what counts: nothing here tells what is gone. */
export interface ChangeSink {
  jobs(changes: readonly JobChange[]): void;
  nodes(changes: readonly NodeChange[]): void;
  /** After the jobs. */
  queued(changes: readonly QueuedChange[]): void;
}

/** What an evaluation says of waiting allocations, as a job's summary has it afterwards; undefined for nothing. */
export function readQueuedChange(index: number, { payload }: StreamEvent): QueuedChange | undefined {
  const counts = fieldsOf(payload['QueuedAllocations']);
  const groups = Object.keys(counts);
  if (groups.length === 0) return undefined;
  const queued = Object.fromEntries(groups.map((group) => [group, numberOf(counts, group)]));
  return {
    namespace: textOf(payload, 'Namespace') || 'default',
    jobId: textOf(payload, 'JobID'),
    index,
    queued,
  };
}

/** Throws WireFault for a payload that is no job. */
export function readJobChange(index: number, { payload }: StreamEvent): JobChange {
  const facts = readJobFacts(payload);
  return { index, stub: stubOfJob(facts), facts };
}

/** Throws WireFault for a payload that is no node. */
export function readNodeChange(index: number, { payload }: StreamEvent): NodeChange {
  return { index, stub: readNodeStub(payload), facts: readNodeFacts(payload) };
}

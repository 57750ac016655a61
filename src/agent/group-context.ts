import type { HoldReason } from '../domain/decision/reason.ts';
import type { GroupPolicyReading } from '../domain/policy/group-policy.ts';
import type { GroupRef, JobFacts } from '../domain/snapshot.ts';
import type { GroupUsage } from '../domain/usage/measure-group.ts';
import type { SampleMemory } from '../domain/usage/sample-memory.ts';
import type { FirstStates } from './first-states.ts';
import type { Refusal } from './refusal.ts';
import type { RoundContext } from './round-context.ts';
import type { SeenVersion } from './seen-version.ts';

/**
 * A group as discovered. `job` is absent when only an unfinished operation tells of the group, and while a job
 * that is listed cannot be read.
 */
export interface GroupTarget {
  readonly ref: GroupRef;
  readonly job: JobFacts | undefined;
  readonly policy: GroupPolicyReading;
  /** JobModifyIndex of the job as last read; 0 when it never was. */
  readonly readIndex: number;
}

/** What the rounds of one group work with. */
export interface GroupContext extends RoundContext {
  readonly firstStates: FirstStates;
}

/** What one group's loop remembers from round to round; lost with the process without harm. */
export interface GroupMemory {
  samples: SampleMemory;
  before: HoldReason | 'scale' | undefined;
  /** The last fault told, so that a standing one is told once. */
  toldFault: string;
  /** The last text told of an operation's waiting. */
  toldStep: string;
  refusal: Refusal | undefined;
  /** What was measured last of all running allocations: of which ones, and when on the monotonic clock. */
  measured: { readonly subject: string; readonly atMs: number; readonly usage: GroupUsage } | undefined;
  /** The job's version that was decided upon last. */
  version: SeenVersion | undefined;
  /** The version that this agent's own last change has made. */
  ownVersion: SeenVersion | undefined;
}

/** A memory with nothing in it. */
export function emptyMemory(): GroupMemory {
  return {
    samples: new Map(),
    before: undefined,
    toldFault: '',
    toldStep: '',
    refusal: undefined,
    measured: undefined,
    version: undefined,
    ownVersion: undefined,
  };
}

import type { LeaseTimings } from '../domain/lease.ts';

/** What the loops need to know. Read anew for each round, so that a reload takes effect without a restart. */
export interface AgentSettings {
  readonly jobScalingIntervalMs: number;
  readonly jobScalingDisabled: boolean;
  readonly clusterScalingIntervalMs: number;
  readonly clusterScalingDisabled: boolean;
  /** How long a drain may take before it is undone. */
  readonly drainDeadlineMs: number;
  /** Mutating operations under way at once. */
  readonly scalingConcurrency: number;
  /** How long one round waits for statistics, on the machine's clock: later answers are missing ones. */
  readonly usageDeadlineMs: number;
}

/** What stays as it is for the life of the process. */
export interface AgentIdentity {
  /** Key root in Consul's KV, without a slash at its end. */
  readonly keyRoot: string;
  /** Names this agent to people: in operations, flags and logs. */
  readonly name: string;
  readonly lease: LeaseTimings;
  /** The allocation this agent runs in (`NOMAD_ALLOC_ID`); '' outside of Nomad. Its node is never removed. */
  readonly allocationId: string;
}

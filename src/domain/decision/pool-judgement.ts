import type { Resources } from '../resources.ts';
import type { GroupRef } from '../snapshot.ts';
import type { Waits } from '../waits.ts';

/** Why a pool is left as it is. Closed: every refusal has one of these. */
export type PoolHoldReason =
  | 'policy'
  | 'empty'
  | 'state'
  /** Nomad's lists, or the group, cannot be read just now: unknown is not zero. */
  | 'unread'
  | 'steady'
  | 'headroom'
  | 'placement'
  | 'protected'
  | 'unknown-instance'
  | 'unidentified-node'
  | 'failsafe'
  | 'paused'
  | 'operation'
  | 'backoff'
  | 'moving'
  | 'asg-min'
  | 'asg-max'
  | 'cooldown'
  | 'threshold';

/** Why a pool is changed. */
export type PoolActReason = 'above' | 'below' | 'pending';

export type PoolReason = PoolHoldReason | PoolActReason;

export type ScalingMetric = 'cpu' | 'memory' | 'disk' | 'none';

/** Names a node: decisions are kept, and what a node is like is not. */
export interface NodeName {
  readonly id: string;
  readonly name: string;
}

/** What the numbers ask for, headroom and placement included, before any gate. */
export type PoolAsk =
  | { readonly kind: 'none'; readonly reason: PoolHoldReason }
  | { readonly kind: 'out'; readonly nodes: number; readonly because: 'above' | 'pending' }
  | {
      readonly kind: 'in';
      readonly because: 'below';
      readonly node: NodeName;
      readonly instanceId: string;
    };

/** A node that was looked at as the one to remove, and what speaks against it; '' for nothing. */
export interface CandidateReport {
  readonly nodeId: string;
  readonly nodeName: string;
  readonly instanceId: string;
  /** Share of its scaling metric in use, percent. */
  readonly usedPercent: number;
  readonly against: '' | 'protected' | 'unknown-instance' | 'placement' | 'failed-drain';
  /** What does not fit, or who protects it; '' for nothing. */
  readonly detail: string;
}

/** Work that waits for room, and how it counts for this pool. */
export interface PendingReport extends GroupRef {
  readonly queued: number;
  /** How many of them new nodes of this pool would hold. */
  readonly counted: number;
  /** Why the others do not count; '' when all do. */
  readonly why: string;
}

/** Every number a pool's decision was made from; in the scaling metric where none is named. */
export interface PoolNumbers {
  readonly nodes: number;
  readonly desired: number;
  /** The tighter of the group's own bounds and the policy's. */
  readonly min: number;
  readonly max: number;
  readonly metric: ScalingMetric;
  readonly capacity: Resources;
  readonly used: Resources;
  /** Percent used, by metric. */
  readonly percent: { readonly cpu: number; readonly memory: number; readonly disk: number };
  readonly averageNode: number;
  /** The overhead in each metric. */
  readonly reserve: Resources;
  readonly overhead: number;
  readonly faultTolerance: number;
  readonly maxAllowed: number;
  /** The same with one average node less. */
  readonly maxAllowedWithout: number;
  readonly unjoined: number;
  /** Ready nodes that run on no known instance of the group. */
  readonly unbound: number;
  /** Living instances of the group that a ready node runs on. */
  readonly readyMembers: number;
  /** Instances younger than 8 min without a node: they may still join. */
  readonly joining: readonly string[];
  /** Members older than 8 min that never joined. */
  readonly lost: readonly string[];
  readonly pending: readonly PendingReport[];
  /** New nodes that hold what counts of it. */
  readonly pendingNodes: number;
  /** In their order, up to the one that is taken; empty unless the numbers ask for in. */
  readonly candidates: readonly CandidateReport[];
}

/** The result of judging a pool. */
export interface PoolJudgement {
  readonly ask: PoolAsk;
  readonly numbers: PoolNumbers;
}

export type PoolVerdict =
  | { readonly kind: 'hold'; readonly reason: PoolHoldReason }
  | {
      readonly kind: 'out';
      readonly from: number;
      readonly to: number;
      readonly because: 'above' | 'pending';
    }
  | {
      readonly kind: 'in';
      readonly from: number;
      readonly to: number;
      readonly because: 'below';
      readonly node: NodeName;
      readonly instanceId: string;
    };

/** The result of one evaluation: what is done, what the numbers alone asked for, and the numbers. */
export interface PoolDecision {
  readonly verdict: PoolVerdict;
  readonly ask: PoolAsk;
  /** Absent where nothing could be evaluated (`policy`, `state`, `empty`, the group cannot be read). */
  readonly numbers?: PoolNumbers;
  /** What a hold is about where its reason alone does not tell: faults, names; '' for nothing. */
  readonly detail: string;
  /** Milliseconds of cooldown and backoff that are left; consecutive evaluations that asked for the same. */
  readonly cooldownLeftMs: number;
  readonly backoffLeftMs: number;
  readonly asked: number;
  readonly threshold: number;
  /** What stood between the ask and its execution, or would have; absent where the numbers are. */
  readonly gates?: PoolSwitches;
  /** What cooldown and backoff were reckoned from; absent where the numbers are. */
  readonly waits?: Waits;
}

/** The gates that are open or shut, whatever the numbers are. */
export interface PoolSwitches {
  readonly failsafe: boolean;
  readonly paused: boolean;
  readonly operation: boolean;
}

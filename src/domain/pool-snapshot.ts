import type { NodeFacts } from './node.ts';
import type { PoolPolicy } from './policy/pool-policy.ts';
import type { Resources } from './resources.ts';
import type { AllocationFacts, EvaluationFacts, GroupRef, QueuedGroup, TaskGroupFacts } from './snapshot.ts';
import type { InstanceFacts, PoolGroup, PoolMember } from './worker-pool.ts';

/** A ready node of the pool, and the instance it runs on as far as that is certain. */
export interface PoolNode {
  readonly node: NodeFacts;
  /** '' where nobody knows: no attribute, and not exactly one running instance has its address. */
  readonly instanceId: string;
  /** The instance as this pool's group lists it in the same observation; undefined when it is no member. */
  readonly member: PoolMember | undefined;
}

/** Where the acting agent itself runs: `outside` of Nomad, on a node, or on one that cannot be found. */
export type OwnPlace =
  | { readonly kind: 'outside' }
  | { readonly kind: 'node'; readonly nodeId: string }
  | { readonly kind: 'unknown'; readonly allocationId: string };

/** Everything the judgement of a pool is made from. Times are the wall clock's. */
export interface PoolSnapshot {
  readonly policy: PoolPolicy;
  /** Ready nodes of the pool; capacity and use are theirs. */
  readonly nodes: readonly PoolNode[];
  readonly group: PoolGroup;
  /** Living members of the group that no ready node of the pool runs on. */
  readonly unjoined: readonly InstanceFacts[];
  readonly allocationsOn: (nodeId: string) => readonly AllocationFacts[];
  readonly groupFacts: (ref: GroupRef) => TaskGroupFacts | undefined;
  /** Groups with a valid policy, enabled or not: each may ask for one more allocation. */
  readonly growing: readonly GroupRef[];
  /** Queued allocations of the whole cluster, and the evaluations of their jobs. */
  readonly queued: readonly QueuedGroup[];
  /** Ids of the groups whose queued work counts for another pool. */
  readonly taken: ReadonlySet<string>;
  readonly evaluations: readonly EvaluationFacts[];
  readonly own: OwnPlace;
  /** Nodes of other members of the agents' group: taken after all others. */
  readonly memberNodes: ReadonlySet<string>;
  /** Nodes that failed a drain within the last hour. */
  readonly failedDrains: ReadonlySet<string>;
  readonly nowMs: number;
}

/** What an average node of the pool had when it last had nodes: for a pool that is empty. */
export interface LastNode {
  readonly capacity: Resources;
  readonly datacenter: string;
  readonly nodeClass: string;
  readonly drivers: readonly string[];
}

import type { NodeFacts } from './node.ts';
import type { PoolOperation } from './pool-operation.ts';
import type { AllocationFacts } from './snapshot.ts';
import type { InstanceFacts, PoolGroup } from './worker-pool.ts';

/** What an operation's next look saw. What could not be read never gets here: then nothing is done. */
export interface PoolSight {
  /** Undefined when there is no such group any more, and where it was not asked for. */
  readonly group: PoolGroup | undefined;
  /** Instances that EC2 knows, of those asked for and of the group's new ones. */
  readonly instances: ReadonlyMap<string, InstanceFacts>;
  /** The group that an instance is in; absent for one in no group. */
  readonly membership: ReadonlyMap<string, string>;
  /** The operation's node as Nomad's leader has it; undefined when there is none. */
  readonly node: NodeFacts | undefined;
  /** Allocations on it as the leader has them. */
  readonly work: readonly AllocationFacts[];
  /** All nodes as the list shows them. */
  readonly nodes: readonly NodeFacts[];
  /** What the group itself says about its last unsuccessful activity. */
  readonly trouble: string;
  /** The pool, evaluated just now, asks for more nodes. */
  readonly asksOut: boolean;
  /** Failures of the pool so far. */
  readonly failures: number;
  readonly nowMs: number;
}

/** What has to be read for a look. */
export interface SightNeeds {
  readonly group: boolean;
  /** Instances of the group that were not there when the operation began. */
  readonly newcomers: boolean;
  readonly instances: readonly string[];
  readonly membership: readonly string[];
  readonly node: boolean;
  readonly work: boolean;
  readonly trouble: boolean;
}

const NOTHING: SightNeeds = {
  group: false,
  newcomers: false,
  instances: [],
  membership: [],
  node: false,
  work: false,
  trouble: false,
};

/** Exactly what the operation's next step depends on. */
export function sightNeeds(operation: PoolOperation): SightNeeds {
  if (operation.direction === 'in') {
    const { instanceId } = operation;
    const atNode = { ...NOTHING, node: true };
    switch (operation.phase) {
      case 'draining':
        return { ...atNode, work: true };
      case 'undoing':
        return atNode;
      case 'detaching':
        return { ...atNode, work: true, membership: [instanceId] };
      case 'terminating':
        return { ...atNode, work: true, instances: [instanceId] };
    }
  }
  const { target } = operation;
  switch (operation.phase) {
    case 'requested':
      return { ...NOTHING, group: true };
    case 'launching':
      return { ...NOTHING, group: true, trouble: true };
    case 'joining':
      return { ...NOTHING, group: true, newcomers: true };
    case 'replacing':
      return { ...NOTHING, group: true, instances: [target] };
    case 'detaching-failed':
      return { ...NOTHING, membership: [target], instances: [target] };
  }
}

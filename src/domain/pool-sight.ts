import { isReadyNode, type NodeFacts } from './node.ts';
import { type Machines, newcomers, nodesOn } from './pool-newcomers.ts';
import type { PoolOperation } from './pool-operation.ts';
import { isPhaseOverdue } from './pool-operation-phase.ts';
import type { AllocationFacts } from './snapshot.ts';
import type { InstanceFacts, PoolGroup } from './worker-pool.ts';

/** What an operation's next look saw. What could not be read never gets here: then nothing is done. */
export interface PoolSight {
  /** Undefined when there is no such group any more, and where it was not asked for. */
  readonly group: PoolGroup | undefined;
  /** Those of instancesToRead that EC2 knows. */
  readonly instances: ReadonlyMap<string, InstanceFacts>;
  /** The group that an instance is in; absent for one in no group. */
  readonly membership: ReadonlyMap<string, string>;
  /** The node in question as Nomad's leader has it (see nodeToRead); undefined when there is none. */
  readonly node: NodeFacts | undefined;
  /** Allocations on it as the leader has them. */
  readonly work: readonly AllocationFacts[];
  /** All nodes as the list shows them. */
  readonly nodes: readonly NodeFacts[];
  /** Ids of listed nodes that could not be read whole: any of them may run on any instance. */
  readonly unread: readonly string[];
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
  readonly instances: readonly string[];
  readonly membership: readonly string[];
  readonly node: boolean;
  readonly work: boolean;
  readonly trouble: boolean;
}

const NOTHING: SightNeeds = {
  group: false,
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
    case 'joining':
      return { ...NOTHING, group: true };
    case 'launching':
      return { ...NOTHING, group: true, trouble: true };
    case 'replacing':
      return { ...NOTHING, group: true, instances: [target], node: true, work: true };
    case 'detaching-failed':
      return { ...NOTHING, membership: [target], instances: [target] };
  }
}

/**
 * The instances a look is about, once its group is known. Whether a late one may be given up depends on every
 * instance of the group: a new node may be on any of them.
 */
export function instancesToRead(
  operation: PoolOperation,
  group: PoolGroup | undefined,
  nowMs: number,
): readonly string[] {
  const { instances } = sightNeeds(operation);
  if (operation.direction === 'in' || operation.phase !== 'joining' || !group) return instances;
  return isPhaseOverdue(operation, nowMs)
    ? group.members.map((member) => member.instanceId)
    : newcomers(operation, group);
}

/** The node the leader is asked for, with its allocations, once the instances are known; '' for none. */
export function nodeToRead(operation: PoolOperation, machines: Machines): string {
  if (operation.direction === 'in') return operation.nodeId;
  if (operation.phase !== 'replacing') return '';
  const nodes = nodesOn(operation.target, machines);
  const alive = nodes.find(isReadyNode) ?? nodes.find((node) => node.status !== 'down') ?? nodes[0];
  return alive?.id ?? '';
}

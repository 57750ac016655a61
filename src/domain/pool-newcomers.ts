import { isOnInstance } from './bind-nodes.ts';
import { isReadyNode, type NodeFacts } from './node.ts';
import type { OutOperation } from './pool-operation.ts';
import { type InstanceFacts, isLivingMember, type PoolGroup } from './worker-pool.ts';

/** Nodes and instances of one look. */
export interface Machines {
  readonly nodes: readonly NodeFacts[];
  readonly instances: ReadonlyMap<string, InstanceFacts>;
}

/** Living members that were not there when the operation began, without those that are given up. */
export function newcomers(operation: OutOperation, group: PoolGroup): readonly string[] {
  const known = new Set([...operation.members, ...operation.failed]);
  return group.members
    .filter((member) => isLivingMember(member) && !known.has(member.instanceId))
    .map((member) => member.instanceId);
}

/** Every node that runs on the instance, whatever its status. */
export function nodesOn(instanceId: string, { nodes, instances }: Machines): readonly NodeFacts[] {
  const instance = instances.get(instanceId);
  return nodes.filter(
    (node) => node.instanceId === instanceId || (instance !== undefined && isOnInstance(node, instance)),
  );
}

/** True when a ready node runs on the instance. */
export function hasJoined(instanceId: string, machines: Machines): boolean {
  return nodesOn(instanceId, machines).some(isReadyNode);
}

/** A node that registered since the operation began and takes work on an instance that nobody knows. */
export function findStranger(operation: OutOperation, { nodes, instances }: Machines): NodeFacts | undefined {
  return nodes.find(
    (node) =>
      node.status === 'ready' &&
      node.createIndex > operation.nodeIndex &&
      node.instanceId === '' &&
      ![...instances.values()].some((instance) => isOnInstance(node, instance)),
  );
}

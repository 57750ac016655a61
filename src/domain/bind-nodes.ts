import type { NodeFacts } from './node.ts';
import type { PoolNode } from './pool-snapshot.ts';
import { type InstanceFacts, isLivingMember, type PoolGroup, type PoolMember } from './worker-pool.ts';

/** Running instances by private address. */
export type InstancesByAddress = ReadonlyMap<string, readonly InstanceFacts[]>;

/** True when the node runs on the instance: by its id, else by any of the instance's private addresses. */
export function isOnInstance(node: NodeFacts, instance: InstanceFacts): boolean {
  if (node.instanceId !== '') return node.instanceId === instance.instanceId;
  return node.addresses.some((address) => instance.addresses.includes(address));
}

/** Addresses that have to be looked up: of nodes that do not know their instance. */
export function unboundAddresses(nodes: readonly NodeFacts[]): readonly string[] {
  return [...new Set(nodes.filter((node) => node.instanceId === '').flatMap((node) => node.addresses))];
}

/** Each node with its instance, and that instance's place in the pool's group, of one observation. */
export function bindNodes(
  nodes: readonly NodeFacts[],
  group: PoolGroup,
  found: InstancesByAddress,
): readonly PoolNode[] {
  const members = new Map(group.members.map((member) => [member.instanceId, member]));
  return nodes.map((node) => {
    const instanceId = node.instanceId === '' ? onlyInstance(node, found) : node.instanceId;
    return { node, instanceId, member: members.get(instanceId) };
  });
}

/** The one running instance that has one of the node's addresses; '' for none and for more than one. */
function onlyInstance(node: NodeFacts, found: InstancesByAddress): string {
  const ids = new Set(
    node.addresses.flatMap((address) => (found.get(address) ?? []).map((one) => one.instanceId)),
  );
  const [only] = ids;
  return ids.size === 1 && only !== undefined ? only : '';
}

/** Living members of the group that none of the nodes runs on. */
export function unboundMembers(group: PoolGroup, nodes: readonly PoolNode[]): readonly PoolMember[] {
  const bound = new Set(nodes.map((node) => node.instanceId));
  return group.members.filter((member) => isLivingMember(member) && !bound.has(member.instanceId));
}

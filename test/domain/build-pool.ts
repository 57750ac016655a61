import type { NodeFacts } from '../../src/domain/node.ts';
import type { PoolNode, PoolSnapshot } from '../../src/domain/pool-snapshot.ts';
import type { PoolPolicy } from '../../src/domain/policy/pool-policy.ts';
import type { Resources } from '../../src/domain/resources.ts';
import type { AllocationFacts, PlacementNeeds, TaskGroupFacts } from '../../src/domain/snapshot.ts';
import { groupKey } from '../../src/domain/snapshot.ts';
import type { InstanceFacts, PoolGroup, PoolMember } from '../../src/domain/worker-pool.ts';
import { aGroup, anAllocation, aNeed, MINUTE_MS, NOW_MS } from './build.ts';

/** Values of worker pools with ordinary members, of which a test names those it is about. */

/** CPU in MHz, memory and disk in MB. */
export function resources(cpuMhz: number, memoryMb = 0, diskMb = 0): Resources {
  return { cpuMhz, memoryMb, diskMb };
}

export const POOL_META: Readonly<Record<string, string>> = {
  replicator_enabled: 'true',
  replicator_worker_pool: 'pool-a',
  replicator_region: 'eu-west-1',
  replicator_notification_uid: 'REP1',
  replicator_provider: 'aws',
};

/** A ready node of 4,000 MHz, 2,048 MB and 10,000 MB of disk in `pool-a`, instance `i-<id>`. */
export function aNode(part: Partial<NodeFacts> = {}): NodeFacts {
  const { id = 'n1' } = part;
  return {
    id,
    name: `client-${id}`,
    datacenter: 'dc1',
    nodeClass: '',
    nodePool: 'default',
    status: 'ready',
    eligible: true,
    draining: false,
    createIndex: 10,
    modifyIndex: 20,
    meta: POOL_META,
    attributes: {},
    drivers: ['docker', 'exec'],
    capacity: resources(4000, 2048, 10_000),
    instanceId: `i-${id}`,
    addresses: ['10.0.0.1'],
    zone: 'eu-west-1a',
    ...part,
  };
}

export function aMember(part: Partial<PoolMember> = {}): PoolMember {
  return { instanceId: 'i-n1', zone: 'eu-west-1a', lifecycle: 'InService', isProtected: false, ...part };
}

/** The node, its instance a member of the group in the node's own zone. */
export function aPoolNode(part: Partial<NodeFacts> = {}, member: Partial<PoolMember> = {}): PoolNode {
  const node = aNode(part);
  const { instanceId, zone } = node;
  return { node, instanceId, member: aMember({ instanceId, zone, ...member }) };
}

/** `count` nodes n1, n2, … of ascending age. */
export function poolNodes(count: number, part: Partial<NodeFacts> = {}): PoolNode[] {
  return Array.from({ length: count }, (_none, at) =>
    aPoolNode({ id: `n${at + 1}`, createIndex: 10 + at, ...part }),
  );
}

export function aPoolPolicy(part: Partial<PoolPolicy> = {}): PoolPolicy {
  return {
    enabled: true,
    pool: 'pool-a',
    region: 'eu-west-1',
    provider: 'aws',
    notificationUid: '',
    min: undefined,
    max: undefined,
    cooldownMs: 300_000,
    faultTolerance: 1,
    retryThreshold: 3,
    scalingThreshold: 3,
    reserve: 'all',
    ...part,
  };
}

/** A group of 0 to 20 without members: those of a snapshot are its nodes'. */
export function aPoolGroup(part: Partial<PoolGroup> = {}): PoolGroup {
  return {
    pool: 'pool-a',
    region: 'eu-west-1',
    desired: 3,
    min: 0,
    max: 20,
    members: [],
    zones: ['eu-west-1a'],
    suspended: [],
    ...part,
  };
}

/** A running instance of one minute. */
export function anInstance(part: Partial<InstanceFacts> = {}): InstanceFacts {
  return {
    instanceId: 'i-new',
    state: 'running',
    addresses: ['10.0.0.99'],
    launchedMs: NOW_MS - MINUTE_MS,
    zone: 'eu-west-1a',
    ...part,
  };
}

/** A running allocation of group `api` of job `web` that was given `given`. */
export function work(given: Resources, part: Partial<AllocationFacts> = {}): AllocationFacts {
  return anAllocation({ resources: given, ...part });
}

/** Facts of a group that asks for `given`. */
export function asking(given: Resources, needs: Partial<PlacementNeeds> = {}): TaskGroupFacts {
  return aGroup({ needs: aNeed({ resources: given, ...needs }) });
}

/** What a snapshot is made of, told shortly: `allocations` by node id, `groups` by job id. */
export interface PoolPart extends Partial<Omit<PoolSnapshot, 'allocationsOn'>> {
  readonly allocations?: Readonly<Record<string, readonly AllocationFacts[]>>;
  readonly groups?: Readonly<Record<string, TaskGroupFacts>>;
}

/**
 * Three idle nodes in a settled group. Allocations get ids and nodes by their place where they have the
 * builder's own; a job without `groups` asks for what its allocations have.
 */
export function aPoolSnapshot(part: PoolPart = {}): PoolSnapshot {
  const { allocations = {}, groups = {}, ...rest } = part;
  const nodes = rest.nodes ?? poolNodes(3);
  const placed = new Map(
    Object.entries(allocations).map(([nodeId, list]) => [
      nodeId,
      list.map((one, at) => ({ ...one, nodeId, id: one.id === 'a1' ? `${nodeId}-a${at}` : one.id })),
    ]),
  );
  const facts = new Map<string, TaskGroupFacts>();
  for (const one of [...placed.values()].flat()) {
    if (one.resources) facts.set(groupKey(one), asking(one.resources));
  }
  const members = nodes.flatMap(({ member }) => member ?? []);
  return {
    policy: aPoolPolicy(),
    nodes,
    group: aPoolGroup({ desired: nodes.length, members }),
    unjoined: [],
    allocationsOn: (nodeId) => placed.get(nodeId) ?? [],
    groupFacts: (ref) => groups[ref.jobId] ?? facts.get(groupKey(ref)),
    growing: [],
    queued: [],
    taken: new Set(),
    evaluations: [],
    own: { kind: 'outside' },
    memberNodes: new Set(),
    failedDrains: new Set(),
    nowMs: NOW_MS,
    ...rest,
  };
}

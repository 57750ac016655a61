import {
  bindNodes,
  type InstancesByAddress,
  unboundAddresses,
  unboundMembers,
} from '../domain/bind-nodes.ts';
import type { NodeFacts } from '../domain/node.ts';
import type { OwnPlace, PoolNode, PoolSnapshot } from '../domain/pool-snapshot.ts';
import type { PoolPolicy } from '../domain/policy/pool-policy.ts';
import { addResources, divideResources, NO_RESOURCES, type Resources } from '../domain/resources.ts';
import { recentFailedDrains } from '../domain/scaling-state.ts';
import { assignPending, modelOf, type ModelNode, modelOfLast } from '../domain/capacity/pending.ts';
import { isSystemWork } from '../domain/capacity/work.ts';
import type { DiscoveredPool } from '../domain/discover-pools.ts';
import {
  type AllocationFacts,
  type EvaluationFacts,
  type GroupRef,
  isTakingRoom,
  type TaskGroupFacts,
} from '../domain/snapshot.ts';
import type { InstanceFacts, PoolGroup } from '../domain/worker-pool.ts';
import type { ClusterView, NodesView } from '../ports/nomad.ts';
import type { PoolContext } from './pool-context.ts';
import { readStoredPool, type StoredPool } from './stored-pool.ts';

/** What an observation is made for. */
export interface Observing {
  readonly policy: PoolPolicy;
  readonly members: readonly NodeFacts[];
  readonly stored: StoredPool;
  readonly view: ClusterView;
  readonly signal: AbortSignal;
}

/** Reads everything a pool's judgement is made from. Throws PortError: unknown is not zero. */
export async function observePool(context: PoolContext, of: Observing): Promise<PoolSnapshot> {
  const { policy, members, view, signal, stored } = of;
  const [group, found, allocationsOn, evaluations] = await Promise.all([
    context.provider.readGroup(policy, signal),
    findInstances(context, of),
    readAllocations(context, of),
    context.pending.read(view.queued, signal),
  ]);
  const nodes = bindNodes(members, group, found);
  const nowMs = context.clock.now();
  return {
    policy,
    nodes,
    group,
    unjoined: await readUnjoined(context, { group, nodes, leaving: leavingOf(stored), signal }),
    allocationsOn,
    groupFacts: (ref) => view.groupFacts(ref),
    growing: growingGroups(context),
    queued: view.queued,
    evaluations,
    taken: takenPending(context, of, evaluations),
    own: ownPlace(context, view),
    memberNodes: context.memberNodes(),
    failedDrains: recentFailedDrains(stored.state, nowMs),
    nowMs,
  };
}

/** True when the nodes' list, and the others, were heard within three intervals, at least 45 s. */
export function hasFreshNodes(
  context: PoolContext,
  view: ClusterView | undefined,
): view is ClusterView & { readonly nodes: NodesView } {
  if (!view?.nodes) return false;
  const limitMs = Math.max(45_000, 3 * context.settings().clusterScalingIntervalMs);
  const nowMs = context.machineClock.monotonicMs();
  return nowMs - Math.min(view.freshMs, view.nodes.freshMs) <= limitMs;
}

async function findInstances(
  context: PoolContext,
  { policy, members, signal }: Observing,
): Promise<InstancesByAddress> {
  const addresses = unboundAddresses(members);
  if (addresses.length === 0) return new Map();
  return context.provider.findByAddress(policy.region, addresses, signal);
}

/** The instance whose node is being taken out of service here: nobody waits for it to join. '' for none. */
function leavingOf({ operation }: StoredPool): string {
  return operation?.direction === 'in' ? operation.instanceId : '';
}

/** An instance that EC2 does not know yet has just been launched. */
async function readUnjoined(
  context: PoolContext,
  of: {
    readonly group: PoolGroup;
    readonly nodes: readonly PoolNode[];
    readonly leaving: string;
    readonly signal: AbortSignal;
  },
): Promise<readonly InstanceFacts[]> {
  const members = unboundMembers(of.group, of.nodes).filter(({ instanceId }) => instanceId !== of.leaving);
  if (members.length === 0) return [];
  const ids = members.map((member) => member.instanceId);
  const known = await context.provider.readInstances(of.group.region, ids, of.signal);
  const launchedMs = context.clock.now();
  return members.map(
    ({ instanceId, zone }) =>
      known.get(instanceId) ?? { instanceId, zone, state: 'pending', addresses: [], launchedMs },
  );
}

/** Servers before 1.0 list no resources: their nodes are then asked one by one. */
async function readAllocations(
  context: PoolContext,
  { members, view, signal }: Observing,
): Promise<PoolSnapshot['allocationsOn']> {
  const isUntold = (one: AllocationFacts): boolean => isTakingRoom(one) && one.resources === undefined;
  const untold = members.filter((node) => view.allocationsOn(node.id).some(isUntold));
  const told = await Promise.all(
    untold.map(async (node) => [node.id, await context.nomad.readNodeAllocations(node.id, signal)] as const),
  );
  const read = new Map(told);
  return (nodeId) => read.get(nodeId) ?? view.allocationsOn(nodeId);
}

function growingGroups(context: PoolContext): PoolSnapshot['growing'] {
  const targets = [...context.groups().values()];
  return targets.filter(({ policy }) => policy.kind === 'policy').map(({ ref }) => ref);
}

/** Each queued allocation counts for one pool, the first by name that it fits. */
function takenPending(
  context: PoolContext,
  { view, policy }: Observing,
  evaluations: readonly EvaluationFacts[],
): ReadonlySet<string> {
  const pools = [...context.pools().values()].map((one) => ({
    pool: one.pool,
    model: modelFor(context, view, one),
  }));
  const groupFacts = (ref: GroupRef): TaskGroupFacts | undefined => view.groupFacts(ref);
  const work = { queued: view.queued, evaluations, groupFacts };
  const owners = [...assignPending(work, pools)].filter(([, pool]) => pool !== policy.pool);
  return new Set(owners.map(([group]) => group));
}

/** An empty node as the pool would get it: like those it has, or as those were that it last had. */
function modelFor(
  context: PoolContext,
  view: ClusterView,
  { pool, members, source }: DiscoveredPool,
): ModelNode | undefined {
  if (members.length > 0) return modelOf(members, averageSystem(members, view));
  const reading = source === 'kv' ? readStoredPool(context.store, context.keys, pool) : undefined;
  const last = reading?.ok === true ? reading.stored.state.lastNode : undefined;
  return last && modelOfLast(last);
}

function averageSystem(members: readonly NodeFacts[], view: ClusterView): Resources {
  const system = members.flatMap((node) =>
    view.allocationsOn(node.id).filter((one) => isTakingRoom(one) && isSystemWork(one)),
  );
  const taken = system.map((one) => one.resources ?? NO_RESOURCES);
  return divideResources(addResources(...taken), members.length);
}

function ownPlace(context: PoolContext, view: ClusterView): OwnPlace {
  const { ownAllocationId: allocationId } = context;
  if (allocationId === '') return { kind: 'outside' };
  const nodeId = view.allocation(allocationId)?.nodeId ?? '';
  return nodeId === '' ? { kind: 'unknown', allocationId } : { kind: 'node', nodeId };
}

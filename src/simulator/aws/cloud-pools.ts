import { GROUP_TAG, groupKey } from './types.ts';
import { DEFAULT_CLOUD_TIMING } from './cloud-timing.ts';
import { Cloud } from './cloud.ts';
import { PoolClients } from './pool-clients.ts';
import type { World } from '../world/world.ts';
import type { CloudEvent } from './cloud-state.ts';
import type { PoolDescription } from './pool-description.ts';
import type { PoolNow } from './pools-view.ts';

/** An AWS of its own beside a world: instances of the world's pools become its nodes, and take them along at their end. */
export interface CloudPools {
  readonly cloud: Cloud;
  readonly clients: PoolClients;
  /** The pools at the moment. */
  pools(): readonly PoolNow[];
  stop(): void;
}

/** Makes the groups of the pools, on the world's clock; nodes of the first members are there when it returns. */
export function createCloudPools(
  world: World,
  pools: readonly PoolDescription[],
  seed: number | string,
): CloudPools {
  const cloud = new Cloud({ clock: world.clock, seed });
  const clients = new PoolClients(world, pools);
  for (const pool of pools) startMembers(cloud, clients, pool);
  const leave = cloud.state.onEvent((event) => follow(cloud, clients, event));
  return {
    cloud,
    clients,
    pools: () => pools.map((pool) => poolNow(cloud, clients, pool)),
    stop: () => {
      leave();
      cloud.stop();
      clients.stop();
    },
  };
}

function startMembers(cloud: Cloud, clients: PoolClients, pool: PoolDescription): void {
  const { name, node: _node, meta: _meta, joins: _joins, timing, ...group } = pool;
  const settings = { timing: { ...DEFAULT_CLOUD_TIMING, ...timing } };
  const { members } = cloud.addGroup({ name, ...group, settings });
  for (const { instanceId } of members) {
    const instance = cloud.state.instance(instanceId);
    if (instance) clients.start(name, instance, { atOnce: true });
  }
}

function follow(cloud: Cloud, clients: PoolClients, event: CloudEvent): void {
  if (event.kind !== 'instance') return;
  const { instanceId, state, region, by } = event;
  const instance = cloud.state.instance(instanceId);
  if (state === 'running' && instance) clients.start(instance.tags[GROUP_TAG] ?? '', instance);
  if (state === 'shutting-down') clients.end(instanceId, { region, by });
}

function poolNow(cloud: Cloud, clients: PoolClients, { name, region, ...pool }: PoolDescription): PoolNow {
  const { instances, activities } = cloud.state.view(region, 0);
  const group = cloud.state.group(groupKey({ region, name }));
  const { min, max, desired, zones, suspended, members } = { ...pool, members: [], ...group };
  return {
    name,
    region,
    min,
    max,
    desired,
    zones,
    suspended,
    members,
    instances: instances.filter(({ id }) => isOf(cloud, clients, { id, name })),
    activities: activities.filter((activity) => activity.group === name),
  };
}

/** True for instances that came from the pool, those that have not started yet included. */
function isOf(cloud: Cloud, clients: PoolClients, { id, name }: { id: string; name: string }): boolean {
  return clients.poolOf(id) === name || cloud.state.instance(id)?.tags[GROUP_TAG] === name;
}

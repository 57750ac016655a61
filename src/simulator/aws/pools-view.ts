import { addToUsage, emptyUsage } from '../world/node-usage.ts';
import { isTerminal } from '../world/types.ts';
import type { Json } from '../json-text.ts';
import type { Node } from '../world/types.ts';
import type { World } from '../world/world.ts';
import type { PoolClients } from './pool-clients.ts';
import type { PoolMember } from '../../domain/worker-pool.ts';

/** A pool's group and instances at the moment, wherever they are. */
export interface PoolNow {
  readonly name: string;
  readonly region: string;
  readonly min: number;
  readonly max: number;
  readonly desired: number;
  readonly zones: readonly string[];
  readonly suspended: readonly string[];
  readonly members: readonly Pick<PoolMember, 'instanceId' | 'lifecycle' | 'isProtected'>[];
  /** All that came from the pool and are still told of, members or not. */
  readonly instances: readonly {
    readonly id: string;
    readonly zone: string;
    readonly state: string;
    readonly addresses: readonly string[];
    readonly launchedMs: number;
  }[];
  /** Newest first. */
  readonly activities: readonly {
    readonly status: string;
    readonly description: string;
    readonly message: string;
    readonly startMs: number;
  }[];
}

const ACTIVITIES_SHOWN = 10;

/** What each pool is, seen from inside the world: its group, its instances and what their nodes do. */
export function poolsView(world: World, clients: PoolClients, pools: readonly PoolNow[]): readonly Json[] {
  return pools.map((pool) => ({
    name: pool.name,
    region: pool.region,
    min: pool.min,
    max: pool.max,
    desired: pool.desired,
    zones: pool.zones,
    suspended: pool.suspended,
    instances: pool.instances.map((instance) => {
      const member = pool.members.find(({ instanceId }) => instanceId === instance.id);
      const { id, zone, state, addresses, launchedMs } = instance;
      const node = clients.nodeOf(id);
      return {
        id,
        zone,
        state,
        addresses,
        launchedMs,
        lifecycle: member?.lifecycle ?? '',
        isProtected: member?.isProtected ?? false,
        node: node ? nodeView(world, node) : null,
      };
    }),
    activities: pool.activities
      .slice(0, ACTIVITIES_SHOWN)
      .map(({ status, description, message, startMs }) => ({ status, description, message, startMs })),
  }));
}

function nodeView(world: World, node: Node): Json {
  const used = emptyUsage();
  let allocations = 0;
  for (const allocation of world.store.tables.allocations.members('node', node.id)) {
    if (isTerminal(allocation)) continue;
    addToUsage(used, allocation, 1);
    allocations += 1;
  }
  return {
    id: node.id,
    name: node.name,
    status: node.status,
    eligible: node.eligible,
    draining: node.drain !== null,
    allocations,
    capacity: {
      cpuMhz: node.cpuMhz - node.reservedCpuMhz,
      memoryMb: node.memoryMb - node.reservedMemoryMb,
      diskMb: node.diskMb - node.reservedDiskMb,
    },
    used: { cpuMhz: used.cpuMhz, memoryMb: used.memoryMb, diskMb: used.diskMb },
  };
}

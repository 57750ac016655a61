import { DEFAULT_CLOUD_TIMING } from './cloud-timing.ts';
import { Refusal } from '../world/refusal.ts';
import { terminationOf } from './terminations.ts';
import type { NodeInput } from '../world/node-build.ts';
import type { Node } from '../world/types.ts';
import type { World } from '../world/world.ts';
import type { Join, PoolDescription } from './pool-description.ts';
import type { Termination } from './terminations.ts';

/** What a client learns of the instance it runs on. */
export interface HostInstance {
  readonly id: string;
  readonly zone: string;
  readonly type: string;
  readonly addresses: readonly string[];
}

/** How the next instances of a pool come to the cluster. Can be changed while it runs. */
export interface PoolManners {
  bootMs: readonly [number, number];
  joins: Join;
  /** For the next instances, one each, before `joins` applies again. */
  nextJoins: readonly Join[];
}

interface Pool {
  readonly description: PoolDescription;
  readonly manners: PoolManners;
  /** Nodes so far: numbers their names. */
  count: number;
}

/** The Nomad clients that run on instances of pools: they come some time after their instance, and die with it. */
export class PoolClients {
  /** What ran on each instance when it was shut down, in order. */
  readonly terminations: Termination[] = [];
  private readonly world: World;
  private readonly pools = new Map<string, Pool>();
  private readonly nodeIds = new Map<string, string>();
  private readonly poolNames = new Map<string, string>();
  private readonly booting = new Map<string, () => void>();

  constructor(world: World, descriptions: readonly PoolDescription[]) {
    this.world = world;
    for (const description of descriptions) {
      const { bootMs = DEFAULT_CLOUD_TIMING.bootMs } = description.timing;
      const manners = { bootMs, joins: description.joins, nextJoins: [] };
      this.pools.set(description.name, { description, manners, count: 0 });
    }
  }

  /** How the pool's next instances come. Throws a Refusal where there is no such pool. */
  manners(name: string): PoolManners {
    const pool = this.pools.get(name);
    if (!pool) throw new Refusal(404, `no such pool: ${name}`);
    return pool.manners;
  }

  has(name: string): boolean {
    return this.pools.has(name);
  }

  /** The node of an instance; undefined where none came, or Nomad has forgotten it. */
  nodeOf(instanceId: string): Node | undefined {
    return this.world.store.tables.nodes.get(this.nodeIds.get(instanceId) ?? '');
  }

  /** The pool an instance came from, also when it has left its group. */
  poolOf(instanceId: string): string | undefined {
    return this.poolNames.get(instanceId);
  }

  /** An instance runs: its client registers after the boot delay, or at once. */
  start(poolName: string, instance: HostInstance, { atOnce = false } = {}): void {
    const pool = this.pools.get(poolName);
    if (!pool || this.poolNames.has(instance.id)) return;
    this.poolNames.set(instance.id, poolName);
    const { manners } = pool;
    const [next, ...rest] = manners.nextJoins;
    const join = next ?? manners.joins;
    if (next !== undefined) manners.nextJoins = rest;
    if (join === 'never') return;
    if (atOnce) {
      this.register(pool, instance, join);
      return;
    }
    const { clock, context } = this.world;
    const bootMs = context.random.between(manners.bootMs);
    this.booting.set(
      instance.id,
      clock.after(bootMs, () => {
        this.booting.delete(instance.id);
        this.register(pool, instance, join);
      }),
    );
  }

  /** An instance is shut down: its client dies with everything that runs there. */
  end(instanceId: string, at: { readonly region: string; readonly by: string }): void {
    this.booting.get(instanceId)?.();
    this.booting.delete(instanceId);
    const node = this.nodeOf(instanceId);
    const pool = this.poolNames.get(instanceId) ?? '';
    this.terminations.push(terminationOf(this.world, { ...at, instanceId, pool, node }));
    if (node) this.world.nodes.silence(node.id, 'dead');
  }

  /** Ends its timers. */
  stop(): void {
    for (const cancel of this.booting.values()) cancel();
    this.booting.clear();
  }

  private register(pool: Pool, instance: HostInstance, join: Exclude<Join, 'never'>): void {
    pool.count += 1;
    const node = this.world.addNode(nodeInput(pool, instance, join));
    this.nodeIds.set(instance.id, node.id);
  }
}

function nodeInput({ description, count }: Pool, instance: HostInstance, join: Join): NodeInput {
  const { name, node, meta } = description;
  const address = addressFor(instance, join) ?? `172.17.${count >> 8}.${count & 255}`;
  return {
    ...node,
    name: `${name}-${count}`,
    address,
    meta: { ...node.meta, ...meta },
    attributes: {
      ...node.attributes,
      'unique.network.ip-address': address,
      ...(join === 'ordinary' ? ec2Attributes(instance, address) : {}),
    },
  };
}

/** The address a client registers with; undefined for one that is not the instance's. */
function addressFor({ addresses }: HostInstance, join: Join): string | undefined {
  if (join === 'stranger') return undefined;
  return join === 'second-address' ? addresses.at(-1) : addresses[0];
}

/** What a client's fingerprint of EC2 finds. */
function ec2Attributes({ id, zone, type }: HostInstance, address: string): Readonly<Record<string, string>> {
  const hostname = `ip-${address.replaceAll('.', '-')}.ec2.internal`;
  return {
    'platform.aws.ami-id': 'ami-0abcdef0123456789',
    'platform.aws.instance-type': type,
    'platform.aws.placement.availability-zone': zone,
    'unique.platform.aws.hostname': hostname,
    'unique.platform.aws.instance-id': id,
    'unique.platform.aws.local-hostname': hostname,
    'unique.platform.aws.local-ipv4': address,
  };
}

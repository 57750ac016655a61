import type { Join } from '../../src/simulator/aws/pool-description.ts';
import type { CloudGroup } from '../../src/simulator/aws/types.ts';
import type { Allocation, Node } from '../../src/simulator/world/types.ts';
import { STEADY_CLOUD } from './virtual-cloud.ts';
import type { VirtualCluster } from './virtual-cluster.ts';

/** A worker pool as a scenario needs it: nodes of 4,000 MHz and 8,192 MiB. */
export interface ScenarioPool {
  readonly name?: string;
  readonly min?: number;
  readonly max?: number;
  readonly desired?: number;
  readonly zones?: readonly string[];
  readonly suspended?: readonly string[];
  readonly interfaces?: number;
  readonly joins?: Join;
  readonly cooldownS?: number;
  readonly faultTolerance?: number;
  readonly retries?: number;
  readonly threshold?: number;
  readonly node?: Readonly<Record<string, unknown>>;
  /** On top of, or instead of, the usual keys; undefined takes one away. */
  readonly meta?: Readonly<Record<string, string | undefined>>;
}

export const REGION = 'eu-west-1';

/** The pool as a world file has it. */
export function scenarioPool(pool: ScenarioPool = {}): object {
  const { min = 1, max = 10, desired = 3, name = 'workers' } = pool;
  return {
    name,
    region: REGION,
    min,
    max,
    desired,
    zones: pool.zones ?? [`${REGION}a`],
    suspended: pool.suspended ?? [],
    interfaces: pool.interfaces ?? 1,
    joins: pool.joins ?? 'ordinary',
    node: { cpuMhz: 4_000, memoryMb: 8_192, ...pool.node },
    meta: poolMeta(pool),
    ...STEADY_CLOUD,
  };
}

/** Client meta of a pool's nodes. */
export function poolMeta(pool: ScenarioPool = {}): Record<string, string> {
  const meta: Record<string, string | undefined> = {
    replicator_enabled: 'true',
    replicator_worker_pool: pool.name ?? 'workers',
    replicator_region: REGION,
    replicator_provider: 'aws',
    replicator_notification_uid: 'workers',
    replicator_cooldown: String(pool.cooldownS ?? 60),
    replicator_node_fault_tolerance: String(pool.faultTolerance ?? 1),
    replicator_retry_threshold: String(pool.retries ?? 3),
    replicator_scaling_threshold: String(pool.threshold ?? 1),
    ...pool.meta,
  };
  return Object.fromEntries(
    Object.entries(meta).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** Where a pool's group, instances and nodes stand, for people and assertions. */
export interface PoolStanding {
  readonly desired: number;
  readonly inService: number;
  readonly readyNodes: number;
  /** Nodes that answer and are draining or not eligible. */
  readonly setAside: readonly string[];
  /** Instances that run and are in no group. */
  readonly detached: number;
}

/** A worker pool of a cluster, looked at from outside. */
export class PoolEye {
  private readonly cluster: VirtualCluster;
  private readonly key: string;
  readonly name: string;

  constructor(cluster: VirtualCluster, name = 'workers') {
    this.cluster = cluster;
    this.name = name;
    this.key = `${REGION}/${name}`;
  }

  /** Another pool of the same cluster. */
  of(name: string): PoolEye {
    return new PoolEye(this.cluster, name);
  }

  get group(): CloudGroup {
    const group = this.cluster.pools.cloud.state.group(this.key);
    if (!group) throw new Error(`no group ${this.name}`);
    return group;
  }

  /** Ids of members in service, in the order they came. */
  get members(): readonly string[] {
    return this.group.members
      .filter(({ lifecycle }) => lifecycle === 'InService')
      .map((one) => one.instanceId);
  }

  /** The pool's nodes, gone ones as long as Nomad tells of them, in the order they registered. */
  get nodes(): readonly Node[] {
    const all = this.cluster.world.store.tables.nodes.all();
    const own = all.filter(({ meta }) => meta['replicator_worker_pool'] === this.name);
    return own.toSorted((one, other) => one.createIndex - other.createIndex);
  }

  node(name: string): Node {
    const node = this.nodes.find((one) => one.name === name);
    if (!node) throw new Error(`no node ${name}`);
    return node;
  }

  get standing(): PoolStanding {
    const { clients, cloud } = this.cluster.pools;
    const own = cloud.state.allInstances().filter(({ id }) => clients.poolOf(id) === this.name);
    const members = new Set(this.group.members.map((one) => one.instanceId));
    const alive = this.nodes.filter(({ status }) => status === 'ready');
    return {
      desired: this.group.desired,
      inService: this.members.length,
      readyNodes: alive.filter(isOpen).length,
      setAside: alive.filter((node) => !isOpen(node)).map(({ name }) => name),
      detached: own.filter(({ id, state }) => state === 'running' && !members.has(id)).length,
    };
  }

  /** Allocations on the node that have not ended. */
  workOn(node: string): readonly Allocation[] {
    const { allocations } = this.cluster.world.store.tables;
    return allocations
      .grouped('node', this.node(node).id)
      .filter(({ clientStatus }) => clientStatus === 'running' || clientStatus === 'pending');
  }

  /** Changes of the desired capacity, `3→4 UpdateAutoScalingGroup`, in order. */
  get wishes(): readonly string[] {
    return this.cluster.pools.cloud.state.history.flatMap((event) =>
      event.kind === 'desired' && event.group === this.name ? `${event.from}→${event.to} ${event.by}` : [],
    );
  }

  /** The stored scaling state. */
  get state(): Readonly<Record<string, unknown>> {
    return this.cluster.document(this.cluster.keys.poolState(this.name)) ?? {};
  }

  /** The operation under way. */
  get operation(): Readonly<Record<string, unknown>> | undefined {
    return this.cluster.document(this.cluster.keys.poolOperation(this.name));
  }

  /** The reason of the last decision that any agent told. */
  get reason(): string {
    const told = this.cluster.agents.flatMap(({ events }) =>
      events.flatMap(({ atMs, event }) =>
        event.kind === 'pool-decided' && event.pool === this.name
          ? { atMs, verdict: event.decision.verdict }
          : [],
      ),
    );
    const last = told.toSorted((one, other) => one.atMs - other.atMs).at(-1)?.verdict;
    if (!last) return '';
    return last.kind === 'hold' ? last.reason : last.because;
  }
}

/** True for a node that takes new work. */
function isOpen({ eligible, drain }: Node): boolean {
  return eligible && drain === null;
}

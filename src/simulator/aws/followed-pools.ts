import { PoolClients } from './pool-clients.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ScalingProvider } from '../../ports/scaling-provider.ts';
import type { InstanceFacts, PoolGroup } from '../../domain/worker-pool.ts';
import type { World } from '../world/world.ts';
import type { PoolDescription } from './pool-description.ts';
import type { PoolNow } from './pools-view.ts';

/** What is read of a foreign AWS. */
export type CloudReader = Pick<ScalingProvider, 'readGroup' | 'readInstances'>;

export interface FollowOptions {
  readonly world: World;
  readonly pools: readonly PoolDescription[];
  readonly reader: CloudReader;
  /** Paces the looks: the foreign AWS does not live in the world's time. */
  readonly clock: Clock;
  readonly everyMs?: number;
  /** Told why a pool could not be read; it stays as it was. */
  readonly failed?: (pool: string, error: unknown) => void;
}

interface Followed {
  readonly description: PoolDescription;
  group: PoolGroup | undefined;
  readonly instances: Map<string, InstanceFacts>;
}

const EVERY_MS = 1_000;

/**
 * Groups of a foreign AWS: a running instance of a group that a pool of the world names becomes a node after its boot
 * delay, and one that is shut down takes its client along, also after it was detached.
 */
export class FollowedPools {
  readonly clients: PoolClients;
  private readonly options: FollowOptions;
  private readonly followed: readonly Followed[];
  private readonly stopping = new AbortController();
  private looking: Promise<void> = Promise.resolve();

  constructor(options: FollowOptions) {
    this.options = options;
    this.clients = new PoolClients(options.world, options.pools);
    this.followed = options.pools.map((description) => ({
      description,
      group: undefined,
      instances: new Map(),
    }));
  }

  /** Looks again and again until it is stopped. */
  start(): void {
    this.looking = this.lookOn();
  }

  /** Ends its looks and its timers. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.looking;
    this.clients.stop();
  }

  /** Looks once at every pool. */
  async look(): Promise<void> {
    await Promise.all(
      this.followed.map(async (followed) => {
        try {
          await this.lookAt(followed);
        } catch (error) {
          if (!this.stopping.signal.aborted) this.options.failed?.(followed.description.name, error);
        }
      }),
    );
  }

  /** The pools as they were last seen. */
  pools(): readonly PoolNow[] {
    return this.followed.map(({ description, group, instances }) => {
      const { name, region } = description;
      const { min, max, desired, zones, suspended, members } = group ?? { ...description, members: [] };
      const facts = [...instances.values()].map(({ instanceId: id, ...rest }) => ({ id, ...rest }));
      const told = { name, region, min, max, desired, zones, suspended, members };
      return { ...told, instances: facts, activities: [] };
    });
  }

  private async lookOn(): Promise<void> {
    const { clock, everyMs = EVERY_MS } = this.options;
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.look();
      await clock.sleep(everyMs, signal).catch(() => undefined);
    }
  }

  private async lookAt(followed: Followed): Promise<void> {
    const { reader } = this.options;
    const { signal } = this.stopping;
    const { name: pool, region } = followed.description;
    followed.group = await reader.readGroup({ pool, region }, signal);
    const ids = new Set(followed.group.members.map(({ instanceId }) => instanceId));
    for (const { instanceId, state } of followed.instances.values()) {
      if (state !== 'terminated') ids.add(instanceId);
    }
    const found = await reader.readInstances(region, [...ids], signal);
    for (const id of ids) this.see(followed, id, found.get(id));
  }

  /** An instance that EC2 knew and knows no more has ended; one that it does not know yet may come. */
  private see(followed: Followed, id: string, facts: InstanceFacts | undefined): void {
    const before = followed.instances.get(id);
    const now = facts ?? (before && { ...before, state: 'terminated' });
    if (!now) return;
    followed.instances.set(id, now);
    const { name, region } = followed.description;
    const host = { id, zone: now.zone, type: 't3.medium', addresses: now.addresses };
    if (now.state === 'running') this.clients.start(name, host);
    else if (now.state !== 'pending' && isUp(before)) this.clients.end(id, { region, by: 'EC2' });
  }
}

function isUp(facts: InstanceFacts | undefined): boolean {
  return facts?.state === 'running' || facts?.state === 'pending';
}

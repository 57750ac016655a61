import { discoverPools, type DiscoveredPool } from '../domain/discover-pools.ts';
import { fnv1a, poolResource } from '../domain/partition.ts';
import type { ClusterView } from '../ports/nomad.ts';
import { type Loop, startLoop } from './loop.ts';
import { createLoopSet } from './loop-set.ts';
import { emptyPoolMemory, type Pools, type PoolTarget, type SharedPoolContext } from './pool-context.ts';
import { roundEnded, tellFailure, tellSuccess } from './round-outcome.ts';
import { tickPool } from './tick-pool.ts';

/** The loops of all worker pools: one a pool, started and stopped as nodes and policies come and go. */
export interface PoolRunner {
  /** The lists have changed: find the pools anew. */
  viewChanged(view: ClusterView): void;
  /** The store has changed: policies and operations in KV tell of pools too. */
  storeChanged(): void;
  /** Runs a round now of every pool that is meant, e.g. `worker_pool:pool-a`. */
  wake(isMeant: (resource: string) => boolean): void;
  /** The interval has changed. */
  retime(): void;
  /** Ends all loops; what they read is aborted. */
  stop(): Promise<void>;
}

/** What is known of the pools, shared with their rounds. */
export interface PoolBook {
  pools: Pools;
}

/** Starts with no pool. The context's `pools` answers the book's. */
export function runPools(context: SharedPoolContext, book: PoolBook): PoolRunner {
  const seen: Seen = { view: undefined, documents: '', firstMs: undefined, isWhole: false };
  const loops = createLoopSet<PoolTarget>({
    start: (target) => startPool(context, target),
    ended: ({ pool }) => tellSuccess(context, poolName(pool)),
  });
  const settle = (): void => loops.settle(withOrphans(context, book.pools));
  const discover = (): void => {
    if (!isWhole(context, seen)) return settle();
    const found = discoverPools(seen.view?.nodes?.all ?? [], poolDocuments(context));
    tellChanges(context, book.pools, found);
    book.pools = found;
    settle();
  };
  return {
    viewChanged: (view) => {
      const isSame = view.nodes?.all === seen.view?.nodes?.all;
      seen.view = view;
      if (!isSame || !seen.isWhole) discover();
    },
    storeChanged: () => {
      const documents = JSON.stringify([...poolDocuments(context)]);
      if (documents === seen.documents) return settle();
      seen.documents = documents;
      discover();
    },
    wake: (isMeant) => loops.wake(({ pool }) => isMeant(poolResource(pool))),
    retime: () => loops.retime(),
    stop: () => loops.stop(),
  };
}

interface Seen {
  view: ClusterView | undefined;
  documents: string;
  /** When the nodes were first heard of, monotonic. */
  firstMs: number | undefined;
  isWhole: boolean;
}

/** How long the first look waits for every node to have been read. */
const FIRST_LOOK_MS = 60_000;

/** A pool of which half the nodes have not been read yet is not judged: the first look waits for all of them. */
function isWhole({ machineClock }: SharedPoolContext, seen: Seen): boolean {
  const nodes = seen.view?.nodes;
  if (seen.isWhole || !nodes) return seen.isWhole;
  seen.firstMs ??= machineClock.monotonicMs();
  const isLate = machineClock.monotonicMs() - seen.firstMs > FIRST_LOOK_MS;
  seen.isWhole = nodes.unread.length === 0 || isLate;
  return seen.isWhole;
}

/** A pool's name in logs of rounds and outages. */
function poolName(pool: string): string {
  return `pool ${pool}`;
}

/** Policies that operators put into KV, by pool. */
export function poolDocuments({
  store,
  keys,
}: Pick<SharedPoolContext, 'store' | 'keys'>): ReadonlyMap<string, string> {
  const prefix = keys.poolPolicy('');
  const entries = store.below(prefix).map(({ key, value }) => [key.slice(prefix.length), value] as const);
  return new Map(entries.filter(([pool]) => pool !== ''));
}

function tellChanges(context: SharedPoolContext, known: Pools, found: Pools): void {
  for (const [pool, { policy }] of found) {
    const before = known.get(pool);
    if (!before) context.emit({ kind: 'pool-added', pool });
    else if (JSON.stringify(before.policy) !== JSON.stringify(policy)) {
      context.emit({ kind: 'pool-changed', pool });
    }
  }
  for (const pool of known.keys()) if (!found.has(pool)) context.emit({ kind: 'pool-removed', pool });
}

/** Adds pools that only an unfinished operation tells of: they are finished all the same. */
function withOrphans(context: SharedPoolContext, pools: Pools): ReadonlyMap<string, PoolTarget> {
  const target = ([pool, discovered]: readonly [string, DiscoveredPool]): readonly [string, PoolTarget] => [
    pool,
    { pool, discovered },
  ];
  const wanted = new Map([...pools].map(target));
  for (const { key } of context.store.below(context.keys.poolOperation(''))) {
    const pool = context.keys.poolOf(key);
    if (pool !== undefined && !wanted.has(pool)) wanted.set(pool, { pool, discovered: undefined });
  }
  return wanted;
}

/** First rounds are spread over this time at the most, however long the interval is. */
const SPREAD_MS = 10_000;

function startPool(shared: SharedPoolContext, target: () => PoolTarget): Loop {
  const { pool } = target();
  const context = { ...shared, acting: shared.actingOn(poolResource(pool)) };
  const memory = emptyPoolMemory();
  const everyMs = (): number => context.settings().clusterScalingIntervalMs;
  return startLoop({
    clock: context.clock,
    everyMs,
    offsetMs: fnv1a(pool) % Math.min(everyMs(), SPREAD_MS),
    run: async (signal) => {
      await tickPool(context, memory, { target: target(), signal });
      tellSuccess(context, poolName(pool));
    },
    failed: (error) => tellFailure(context, poolName(pool), error),
    ended: roundEnded(context, poolName(pool)),
  });
}

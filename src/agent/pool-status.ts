import type { DiscoveredPool } from '../domain/discover-pools.ts';
import type { Page, PageQuery, PoolStatus } from '../ports/status-view.ts';
import type { DecisionRing } from './decision-ring.ts';
import { storedStatus } from './group-status.ts';
import { createNameOrder, mergeById, pageOf } from './resource-list.ts';
import type { ListSources } from './status-sources.ts';
import { readStoredPool } from './stored-pool.ts';
import { readFlags } from './stored-resource.ts';

interface NamedPool {
  readonly id: string;
  readonly discovered: DiscoveredPool | undefined;
}

const inOrder = createNameOrder((pools: ReturnType<ListSources['pools']>): NamedPool[] =>
  [...pools].map(([id, discovered]) => ({ id, discovered })),
);

/** The worker pools that are asked for. `nowMs`: wall clock of the rounds. */
export function poolPage(
  sources: ListSources,
  of: { readonly ring: DecisionRing; readonly query: PageQuery; readonly nowMs: number },
): Page<PoolStatus> {
  const all = mergeById(inOrder(sources.pools()), orphansOf(sources));
  const { items, ...page } = pageOf(all, of.query);
  return { ...page, items: items.map((one) => poolStatus(sources, one, of)) };
}

/** Pools that only an unfinished operation tells of. */
function orphansOf({ store, keys }: ListSources): readonly NamedPool[] {
  const prefix = keys.poolOperation('');
  return store.below(prefix).map(({ key }) => ({ id: key.slice(prefix.length), discovered: undefined }));
}

function poolStatus(
  sources: ListSources,
  { id, discovered }: NamedPool,
  { ring, nowMs }: { readonly ring: DecisionRing; readonly nowMs: number },
): PoolStatus {
  const { store, keys } = sources;
  const isOurs = sources.isOurs('worker_pool', id);
  const reading = readStoredPool(store, keys, id);
  const policy = discovered?.policy;
  const { failsafe, paused } = reading.ok ? reading.stored : readFlags(store, keys);
  const cooldownMs = policy?.kind === 'policy' ? policy.policy.cooldownMs : undefined;
  return {
    id,
    discovered,
    stateKey: keys.poolState(id),
    isOurs,
    failsafe,
    paused,
    stored: reading.ok ? storedStatus(reading.stored, cooldownMs, nowMs) : undefined,
    fault: reading.ok ? undefined : { key: reading.key, text: reading.fault },
    decision: isOurs ? ring.latestOfPool(id) : undefined,
  };
}

import type { PoolReason } from '../domain/decision/pool-judgement.ts';
import type { DiscoveredPool } from '../domain/discover-pools.ts';
import type { ScalingProvider } from '../ports/scaling-provider.ts';
import type { Discovered } from './discover-groups.ts';
import type { PendingReader } from './pending-reader.ts';
import type { Refusal } from './refusal.ts';
import type { RefusedCall } from './refused-call.ts';
import type { RoundContext, SharedContext } from './round-context.ts';

/** The pools that are known by their nodes or their policy in KV, by name. */
export type Pools = ReadonlyMap<string, DiscoveredPool>;

/** What pools need beside what groups need. */
interface ForPools {
  readonly provider: ScalingProvider;
  readonly pending: PendingReader;
  readonly pools: () => Pools;
  readonly groups: () => Discovered;
  /** The allocation this agent runs in; '' outside of Nomad. */
  readonly ownAllocationId: string;
  /** Nodes that other agents of the group run on. */
  readonly memberNodes: () => ReadonlySet<string>;
}

/** What the rounds of one pool work with. */
export interface PoolContext extends RoundContext, ForPools {}

/** What the rounds of all pools share. */
export interface SharedPoolContext extends SharedContext, ForPools {}

/** A pool as discovered; without `discovered` only an unfinished operation tells of it. */
export interface PoolTarget {
  readonly pool: string;
  readonly discovered: DiscoveredPool | undefined;
}

/** What one pool's loop remembers from round to round; lost with the process without harm. */
export interface PoolMemory {
  before: PoolReason | undefined;
  /** The last texts told, so that what stands is told once. */
  toldFault: string;
  toldStep: string;
  toldNotice: string;
  refusal: Refusal | undefined;
  /** The call of the operation under way that is refused again and again. */
  refusedCall: RefusedCall | undefined;
}

/** A memory with nothing in it. */
export function emptyPoolMemory(): PoolMemory {
  return {
    before: undefined,
    toldFault: '',
    toldStep: '',
    toldNotice: '',
    refusal: undefined,
    refusedCall: undefined,
  };
}

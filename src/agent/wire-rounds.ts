import type { ClusterView } from '../ports/nomad.ts';
import type { AgentOptions } from './agent.ts';
import { NO_ALARMS } from './alarms.ts';
import type { MemberReading } from './locks.ts';
import { createPendingReader } from './pending-reader.ts';
import type { SharedContext } from './round-context.ts';
import { type GroupRunner, runGroups } from './run-groups.ts';
import { type PoolBook, type PoolRunner, runPools } from './run-pools.ts';
import { createTroubles } from './troubles.ts';

/** The rounds of all groups and pools. */
export interface Rounds {
  readonly groups: GroupRunner;
  readonly pools: PoolRunner;
  readonly book: PoolBook;
  /** The lists have changed. */
  readonly viewChanged: (view: ClusterView) => void;
  /** The lists as they were last heard. */
  readonly view: () => ClusterView | undefined;
  /** The store has changed: runs a round now of everything that is meant. */
  readonly wake: (isMeant: (resource: string) => boolean) => void;
  /** True once the lists have been heard whole. */
  readonly isHeard: () => boolean;
  /** Milliseconds since the lists were last heard whole; since the start before that. */
  readonly unheardMs: () => number;
}

/** Wires them; nothing runs before the first view. */
export function wireRounds(
  options: AgentOptions,
  parts: Pick<SharedContext, 'keys' | 'outages' | 'actingOn' | 'store'> & {
    /** The members of the agents' group. */
    readonly members: () => readonly MemberReading[];
  },
): Rounds {
  const { nomad, clock, leaseClock: machineClock, settings, emit } = options;
  const startedMs = machineClock.monotonicMs();
  const shared: { view: ClusterView | undefined } = { view: undefined };
  const view = (): ClusterView | undefined => shared.view;
  const troubles = createTroubles(emit);
  const alarms = options.alarms ?? NO_ALARMS;
  const shell = { nomad, clock, machineClock, emit, settings, view, alarms };
  const context: SharedContext = { ...parts, troubles, ...shell };
  const groups = runGroups(context);
  const book: PoolBook = { pools: new Map() };
  const pools = wirePools(options, context, { groups, book, members: parts.members });
  const viewChanged = (next: ClusterView): void => {
    shared.view = next;
    groups.viewChanged(next);
    pools.viewChanged(next);
  };
  const unheardMs = (): number => machineClock.monotonicMs() - (shared.view?.freshMs ?? startedMs);
  const wake = (isMeant: (resource: string) => boolean): void => {
    for (const runner of [groups, pools]) {
      runner.storeChanged();
      runner.wake(isMeant);
    }
  };
  const isHeard = (): boolean => shared.view !== undefined;
  return { groups, pools, book, view, viewChanged, wake, isHeard, unheardMs };
}

function wirePools(
  options: AgentOptions,
  context: SharedContext,
  {
    groups,
    book,
    members,
  }: {
    readonly groups: GroupRunner;
    readonly book: PoolBook;
    readonly members: () => readonly MemberReading[];
  },
): PoolRunner {
  return runPools(
    {
      ...context,
      provider: options.provider,
      pending: createPendingReader(options.nomad, options.leaseClock),
      pools: () => book.pools,
      groups: () => groups.discovered(),
      ownAllocationId: options.identity.allocationId,
      memberNodes: () => nodesOf(members(), context.view()),
    },
    book,
  );
}

/** The nodes that members run on, as far as Nomad runs them. */
function nodesOf(members: readonly MemberReading[], view: ClusterView | undefined): ReadonlySet<string> {
  const alive = members.filter(({ isAlive, allocationId }) => isAlive && allocationId !== '');
  return new Set(alive.flatMap(({ allocationId }) => view?.allocation(allocationId)?.nodeId ?? []));
}

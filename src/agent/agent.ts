import { type Keys, keysBelow } from '../domain/keys.ts';
import { timingFaults } from '../domain/lease.ts';
import type { Clock } from '../ports/clock.ts';
import type { Coordination } from '../ports/coordination.ts';
import type { ClusterView, Nomad } from '../ports/nomad.ts';
import type { ScalingProvider } from '../ports/scaling-provider.ts';
import { WRITE_DEADLINE_MS } from '../ports/write-permit.ts';
import { createActing } from './acting.ts';
import { type AgentAnswers, createAnswers } from './agent-readings.ts';
import { type Alarms, NO_ALARMS } from './alarms.ts';
import type { Emit } from './events.ts';
import { startLeadership } from './leadership.ts';
import { rest } from './moment.ts';
import { createOutages, type Outages } from './outages.ts';
import { createPendingReader } from './pending-reader.ts';
import type { RoundContext } from './round-context.ts';
import { type GroupRunner, runGroups } from './run-groups.ts';
import { type PoolBook, type PoolRunner, runPools } from './run-pools.ts';
import type { AgentIdentity, AgentSettings } from './settings.ts';
import { stopAgent } from './stop-agent.ts';
import { followStore, type Store } from './store.ts';
import type { Term } from './term.ts';
import { createTroubles } from './troubles.ts';
import { watchFlags } from './watch-flags.ts';
import { watchCluster } from './watch-cluster.ts';

/** A running agent. */
export interface Agent {
  /** True while this agent holds the lock. */
  leading(): boolean;
  /** What it can be asked at any time. */
  readonly answers: AgentAnswers;
  /** Stops as leadership asks for: ends within 2 s, the lock given back where nothing is in flight. */
  stop(): Promise<void>;
}

export interface AgentOptions {
  readonly nomad: Nomad;
  readonly coordination: Coordination;
  readonly provider: ScalingProvider;
  /** For rounds and decisions. */
  readonly clock: Clock;
  /** For sessions, leases and deadlines: always the machine's own. */
  readonly leaseClock: Clock;
  readonly identity: AgentIdentity;
  readonly settings: () => AgentSettings;
  readonly emit: Emit;
  /** Who is told of failsafe; nobody without it. */
  readonly alarms?: Alarms | undefined;
}

/** Starts everything. Throws when the timings cannot keep two agents apart. */
export function startAgent(options: AgentOptions): Agent {
  const { identity, coordination, emit } = options;
  const faults = timingFaults(identity.lease, WRITE_DEADLINE_MS);
  if (faults.length > 0) throw new Error(`lease timings: ${faults.join('; ')}`);
  const keys = keysBelow(identity.keyRoot);
  const outages = createOutages(emit);
  const parts = wireParts(options, keys, outages);
  const { keeper, holder, acting, store, groups, pools } = parts;
  const leading = (): boolean => holder.term() !== undefined;
  const stopFollowing = watchCluster({
    nomad: options.nomad,
    clock: options.leaseClock,
    scope: () => ({ nodes: !options.settings().clusterScalingDisabled }),
    listener: {
      changed: (view) => parts.viewChanged(view),
      failed: (list, error) => outages.failed('nomad', list, error),
      recovered: (list) => outages.passed('nomad', list),
    },
  });
  return {
    leading,
    answers: answersOf(parts, keys, leading),
    stop: () =>
      stopAgent({
        clock: options.leaseClock,
        coordination,
        acting,
        holder,
        keeper,
        lockKey: keys.leader,
        others: [() => groups.stop(), () => pools.stop(), () => store.stop(), stopFollowing],
      }),
  };
}

function answersOf(
  { store, groups, book, keeper }: ReturnType<typeof wireParts>,
  keys: Keys,
  leading: () => boolean,
): AgentAnswers {
  return createAnswers({
    store,
    keys,
    groups: () => groups.discovered(),
    pools: () => book.pools,
    leading,
    leaseLeftMs: () => keeper.leaseLeftMs(),
  });
}

function wireParts(options: AgentOptions, keys: Keys, outages: Outages) {
  const { coordination, leaseClock, identity, settings, emit } = options;
  const { keeper, holder } = startLeadership({
    coordination,
    clock: leaseClock,
    timings: identity.lease,
    partition: { number: 0, lockKey: keys.leader },
    emit,
    outages,
    began: (term) => void takeOver(term, leaseClock, { store, groups, pools, outages }),
  });
  const acting = createActing(
    () => holder.term(),
    () => settings().scalingConcurrency,
  );
  const flagsChanged = watchFlags(keys, emit);
  const changed = (): void => {
    flagsChanged(store);
    [groups, pools].forEach((runner) => runner.storeChanged());
  };
  const store = followStore({ coordination, clock: leaseClock, keys, outages, changed });
  const rounds = wireRounds(options, { keys, outages, acting, store });
  const { groups, pools } = rounds;
  return { keeper, holder, acting, store, ...rounds };
}

function wireRounds(
  options: AgentOptions,
  parts: Pick<RoundContext, 'keys' | 'outages' | 'acting' | 'store'>,
): {
  readonly groups: GroupRunner;
  readonly pools: PoolRunner;
  readonly book: PoolBook;
  readonly viewChanged: (view: ClusterView) => void;
} {
  const { nomad, clock, leaseClock: machineClock, settings, emit } = options;
  const shared: { view: ClusterView | undefined } = { view: undefined };
  const view = (): ClusterView | undefined => shared.view;
  const troubles = createTroubles(emit);
  const alarms = options.alarms ?? NO_ALARMS;
  const shell = { nomad, clock, machineClock, emit, settings, view, alarms };
  const context: RoundContext = { ...parts, troubles, ...shell };
  const groups = runGroups(context);
  const book: PoolBook = { pools: new Map() };
  const pools = wirePools(options, context, { groups, book });
  const viewChanged = (next: ClusterView): void => {
    shared.view = next;
    groups.viewChanged(next);
    pools.viewChanged(next);
  };
  return { groups, pools, book, viewChanged };
}

function wirePools(
  options: AgentOptions,
  context: RoundContext,
  { groups, book }: { readonly groups: GroupRunner; readonly book: PoolBook },
): PoolRunner {
  const nobody: ReadonlySet<string> = new Set();
  return runPools(
    {
      ...context,
      provider: options.provider,
      pending: createPendingReader(options.nomad, options.leaseClock),
      pools: () => book.pools,
      groups: () => groups.discovered(),
      ownAllocationId: options.identity.allocationId,
      memberNodes: () => nobody,
    },
    book,
  );
}

interface TakenOver {
  readonly store: Store;
  readonly groups: GroupRunner;
  readonly pools: PoolRunner;
  readonly outages: Outages;
}

/** A new leader first reads what the one before wrote, then evaluates everything at once. */
async function takeOver(term: Term, clock: Clock, parts: TakenOver): Promise<void> {
  const { signal } = term.permit;
  while (!term.ended()) {
    try {
      await parts.store.refresh(signal);
      parts.outages.passed('consul', 'read the state');
      for (const runner of [parts.groups, parts.pools]) {
        runner.storeChanged();
        runner.wakeAll();
      }
      return;
    } catch (error) {
      if (!term.ended()) parts.outages.failed('consul', 'read the state', error);
      await rest(clock, 1_000, signal);
    }
  }
}

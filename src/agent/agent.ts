import { type Keys, keysBelow } from '../domain/keys.ts';
import { timingFaults } from '../domain/lease.ts';
import { groupResource, poolResource } from '../domain/partition.ts';
import type { Clock } from '../ports/clock.ts';
import type { Coordination } from '../ports/coordination.ts';
import type { Nomad } from '../ports/nomad.ts';
import type { ScalingProvider } from '../ports/scaling-provider.ts';
import { WRITE_DEADLINE_MS } from '../ports/write-permit.ts';
import { type Acting, createActing } from './acting.ts';
import { type AgentAnswers, createAnswers } from './agent-readings.ts';
import type { Alarms } from './alarms.ts';
import type { Emit } from './events.ts';
import { freshLimitMs } from './freshness.ts';
import type { GroupIdentity } from './group/group-identity.ts';
import { joinGroup } from './group/join-group.ts';
import type { GroupOptions } from './group/member.ts';
import type { Locks } from './locks.ts';
import { createOutages, type Outages } from './outages.ts';
import type { AgentIdentity, AgentSettings } from './settings.ts';
import type { StatusSources } from './status-sources.ts';
import { standAlone } from './stand-alone.ts';
import { stopAgent } from './stop-agent.ts';
import { followStore } from './store.ts';
import { createTakeovers } from './takeovers.ts';
import type { Term } from './term.ts';
import { watchFlags } from './watch-flags.ts';
import { watchCluster } from './watch-cluster.ts';
import { wireRounds } from './wire-rounds.ts';

/** A running agent. */
export interface Agent {
  /** True while this agent holds the lock. */
  leading(): boolean;
  /** The settings have changed: rounds that would be further off than the interval come earlier. */
  settingsChanged(): void;
  /** What it can be asked at any time. */
  readonly answers: AgentAnswers;
  /** What its state is shown from. */
  readonly sources: StatusSources;
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
  /** The group it is to be a member of; standalone without it. */
  readonly group?: GroupIdentity | undefined;
  /** Who is told of failsafe; nobody without it. */
  readonly alarms?: Alarms | undefined;
}

/** Starts everything. Throws when the timings cannot keep two agents apart. */
export function startAgent(options: AgentOptions): Agent {
  const { identity, emit } = options;
  const faults = timingFaults(identity.lease, WRITE_DEADLINE_MS);
  if (faults.length > 0) throw new Error(`lease timings: ${faults.join('; ')}`);
  const keys = keysBelow(identity.keyRoot);
  const outages = createOutages(emit);
  const parts = wireParts(options, keys, outages);
  const { locks, acting, store, groups, pools } = parts;
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
  const sources = sourcesOf(parts, keys);
  return {
    leading: () => locks.leading(),
    answers: createAnswers(sources),
    sources,
    settingsChanged: () => [groups, pools].forEach((runner) => runner.retime()),
    stop: () =>
      stopAgent({
        clock: options.leaseClock,
        acting,
        locks,
        others: [() => groups.stop(), () => pools.stop(), () => store.stop(), stopFollowing],
      }),
  };
}

function sourcesOf(
  { locks, store, groups, book, view }: ReturnType<typeof wireParts>,
  keys: Keys,
): StatusSources {
  const resourceOf = { job_group: groupResource, worker_pool: poolResource } as const;
  return {
    store,
    keys,
    groups: () => groups.discovered(),
    pools: () => book.pools,
    view,
    leading: () => locks.leading(),
    leaseLeftMs: () => locks.leaseLeftMs(),
    members: () => locks.members(),
    session: () => locks.session(),
    held: () => locks.held(),
    isOurs: (type, id) => locks.termFor(resourceOf[type](id)) !== undefined,
  };
}

function wireParts(options: AgentOptions, keys: Keys, outages: Outages) {
  const { coordination, leaseClock: clock, settings, emit } = options;
  const flagsChanged = watchFlags(keys, emit);
  const changed = (): void => {
    flagsChanged(store);
    locks.reconsider();
    [groups, pools].forEach((runner) => runner.storeChanged());
  };
  const store = followStore({ coordination, clock, keys, outages, changed });
  const acting = createActing(
    (resource) => locks.termFor(resource),
    () => settings().scalingConcurrency,
  );
  const actingOn = (resource: string): Acting => acting.of(resource);
  const rounds = wireRounds(options, { keys, outages, store, actingOn, members: () => locks.members() });
  const { groups, pools } = rounds;
  const locks = openLocks(options, {
    coordination,
    clock,
    keys,
    emit,
    outages,
    store: () => store,
    quiet: (partition) => acting.quiet(partition),
    settled: () => acting.settled(),
    isHeard: () => rounds.isHeard(),
    unheardMs: () => rounds.unheardMs(),
    unheardLimitMs: () => freshLimitMs(settings()),
    began: createTakeovers({
      clock,
      outages,
      store: () => store,
      taken: (terms) => rounds.wake((resource) => isUnder(locks.termFor(resource), terms)),
    }),
  });
  return { locks, acting, store, ...rounds };
}

function openLocks({ identity, group }: AgentOptions, use: Omit<GroupOptions, 'identity' | 'group'>): Locks {
  if (group) return joinGroup({ ...use, identity, group });
  return standAlone({ ...use, timings: identity.lease });
}

function isUnder(term: Term | undefined, terms: ReadonlySet<Term>): boolean {
  return term !== undefined && terms.has(term);
}

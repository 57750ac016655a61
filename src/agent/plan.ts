import { decodeFlag } from '../domain/flag-document.ts';
import { discoverPools } from '../domain/discover-pools.ts';
import { type Keys, keysBelow } from '../domain/keys.ts';
import type { TreeRead } from '../ports/coordination.ts';
import type { AgentOptions } from './agent.ts';
import { NO_ALARMS } from './alarms.ts';
import { discoverGroups } from './discover-groups.ts';
import type { AgentEvent } from './events.ts';
import { type Look, lookOnce } from './look-once.ts';
import { createOutages } from './outages.ts';
import { createPendingReader } from './pending-reader.ts';
import { type PlannedGroup, planGroups } from './plan-group.ts';
import { type PlannedPool, planPools } from './plan-pool.ts';
import type { PoolContext } from './pool-context.ts';
import { frozenActing, frozenStore } from './read-only.ts';
import { poolDocuments } from './run-pools.ts';
import { createTroubles } from './troubles.ts';

/** What a leader would do now, and why. Nothing was changed. */
export interface Plan {
  readonly groups: readonly PlannedGroup[];
  /** Undefined where pools are not looked at: cluster scaling is disabled. */
  readonly pools: readonly PlannedPool[] | undefined;
  /** Agents act; else the sentences say why nothing would be done whatever the decisions are. */
  readonly standstill: readonly string[];
  /** What could not be read. */
  readonly troubles: readonly string[];
}

export type PlanOptions = Pick<
  AgentOptions,
  'nomad' | 'coordination' | 'provider' | 'clock' | 'leaseClock' | 'identity' | 'settings'
>;

/** Evaluates every group and pool once, by the judgement of the agents. Reads only. Throws PortError. */
export async function plan(options: PlanOptions, signal: AbortSignal): Promise<Plan> {
  const { nomad, coordination, leaseClock, identity, settings } = options;
  const keys = keysBelow(identity.keyRoot);
  const wantsNodes = !settings().clusterScalingDisabled;
  const [tree, look] = await Promise.all([
    coordination.readTree(`${keys.root}/`, 0, signal),
    lookOnce({ nomad, clock: leaseClock }, { nodes: wantsNodes }, signal),
  ]);
  try {
    return await evaluate(options, { tree, look, keys, signal });
  } finally {
    await look.stop();
  }
}

interface Seen {
  readonly tree: TreeRead;
  readonly look: Look;
  readonly keys: Keys;
  readonly signal: AbortSignal;
}

async function evaluate(options: PlanOptions, seen: Seen): Promise<Plan> {
  const { tree, look, keys, signal } = seen;
  const events: AgentEvent[] = [];
  const context = contextOf(options, seen, (event) => void events.push(event));
  const groups = await planGroups(context, signal);
  const wantsPools = !options.settings().clusterScalingDisabled;
  const pools = wantsPools ? await planPools(context, signal) : undefined;
  const failed = events.flatMap((event) => (event.kind === 'service-failed' ? [event.error.message] : []));
  return {
    groups,
    pools,
    standstill: standstills(options, keys, tree),
    troubles: [...new Set([...look.failures.map(({ message }) => message), ...failed])],
  };
}

function contextOf(
  options: PlanOptions,
  { tree, look, keys }: Seen,
  emit: (event: AgentEvent) => void,
): PoolContext {
  const { nomad, provider, clock, leaseClock, identity, settings } = options;
  const store = frozenStore(tree);
  const discovered = discoverGroups(new Map(), look.view(), () => undefined);
  const pools = discoverPools(look.view().nodes?.all ?? [], poolDocuments({ store, keys }));
  const nobody: ReadonlySet<string> = new Set();
  return {
    nomad,
    provider,
    clock,
    machineClock: leaseClock,
    keys,
    store,
    acting: frozenActing(),
    emit,
    alarms: NO_ALARMS,
    outages: createOutages(emit),
    troubles: createTroubles(emit),
    settings,
    view: look.view,
    pending: createPendingReader(nomad, leaseClock),
    pools: () => pools,
    groups: () => discovered,
    ownAllocationId: identity.allocationId,
    memberNodes: () => nobody,
  };
}

/** Why no agent acts, whatever is decided. */
function standstills({ settings }: PlanOptions, keys: Keys, { entries }: TreeRead): readonly string[] {
  const entryAt = (key: string) => entries.find((entry) => entry.key === key);
  const isSet = (key: string): boolean => decodeFlag(entryAt(key)?.value).set;
  return [
    ...((entryAt(keys.leader)?.session ?? '') === '' ? [`no agent leads: nobody holds ${keys.leader}`] : []),
    ...(isSet(keys.failsafe) ? [`failsafe is set for everything, at ${keys.failsafe}`] : []),
    ...(isSet(keys.paused) ? [`scaling is paused, at ${keys.paused}`] : []),
    ...(settings().jobScalingDisabled ? ['job scaling is disabled in this configuration'] : []),
    ...(settings().clusterScalingDisabled ? ['cluster scaling is disabled in this configuration'] : []),
  ];
}

import { parseJson } from '../json-members.ts';
import { boundFaults } from './group-policy.ts';
import { type MetaKey, type MetaReading, type PolicyFault, readMeta } from './meta.ts';

/** A worker pool's policy, from its nodes' meta or from KV. */
export interface PoolPolicy {
  readonly enabled: boolean;
  readonly pool: string;
  readonly region: string;
  readonly provider: string;
  /** '' where none is given: notifications then use the pool's name. */
  readonly notificationUid: string;
  /** Bounds on top of the group's own; undefined where none are given. */
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly cooldownMs: number;
  /** Nodes that may be lost with all work still fitting. */
  readonly faultTolerance: number;
  readonly retryThreshold: number;
  /** Consecutive evaluations that must ask for the same direction. */
  readonly scalingThreshold: number;
  readonly reserve: 'all' | 'largest';
}

export type PoolPolicyReading =
  | { readonly kind: 'none' }
  | { readonly kind: 'invalid'; readonly faults: readonly PolicyFault[] }
  | { readonly kind: 'policy'; readonly policy: PoolPolicy };

/** The key that names a node's pool. */
export const POOL_NAME_KEY = 'replicator_worker_pool';

/** The client keys: the one table that parser, documentation and templates read. */
export const POOL_KEYS: readonly MetaKey[] = [
  {
    key: 'replicator_enabled',
    type: 'bool',
    need: 'required',
    meaning: 'part of the pool (true), or left alone (false)',
  },
  {
    key: POOL_NAME_KEY,
    type: 'text',
    need: 'required',
    meaning: 'name of the pool, and of its Auto Scaling group',
  },
  { key: 'replicator_region', type: 'text', need: 'required', meaning: 'AWS region of the group' },
  {
    key: 'replicator_notification_uid',
    type: 'text',
    need: 'optional',
    meaning: "id put in notifications; the default is the pool's name",
  },
  {
    key: 'replicator_provider',
    type: 'provider',
    need: 'optional',
    fallback: 'aws',
    meaning: 'who makes the nodes',
  },
  {
    key: 'replicator_min',
    type: 'whole',
    need: 'optional',
    meaning: "fewest nodes, on top of the group's MinSize",
  },
  {
    key: 'replicator_max',
    type: 'whole',
    need: 'optional',
    meaning: "most nodes, on top of the group's MaxSize",
  },
  {
    key: 'replicator_cooldown',
    type: 'seconds',
    need: 'optional',
    fallback: '300',
    meaning: 'seconds to wait after a scaling event (`replicator_cool_down` is read too)',
  },
  {
    key: 'replicator_node_fault_tolerance',
    type: 'whole',
    need: 'optional',
    fallback: '1',
    meaning: 'nodes that may be lost with all work still fitting',
  },
  {
    key: 'replicator_retry_threshold',
    type: 'atLeastOne',
    need: 'optional',
    fallback: '3',
    meaning: 'failures before failsafe',
  },
  {
    key: 'replicator_scaling_threshold',
    type: 'atLeastOne',
    need: 'optional',
    fallback: '3',
    meaning: 'consecutive evaluations that must ask for the same direction',
  },
  {
    key: 'replicator_reserve',
    type: 'reserve',
    need: 'optional',
    fallback: 'all',
    meaning: 'room kept for one more allocation of every scaled group, or of the largest one',
  },
];

/** What of a policy members may disagree about, as each of them has it: a faulty value is the text it has. */
export type PoolValues = Readonly<
  Record<Exclude<keyof PoolPolicy, 'pool'>, string | number | boolean | undefined>
>;

/** The policy values of a node's meta, defaults included, whatever is wrong with them. */
export function readPoolValues(meta: Readonly<Record<string, string>>): PoolValues {
  const given = withAlias(meta);
  const { values } = readMeta(POOL_KEYS, given);
  const valueOf = (key: string): string | number | boolean | undefined => values.get(key) ?? given[key];
  return {
    enabled: valueOf('replicator_enabled'),
    region: valueOf('replicator_region'),
    provider: valueOf('replicator_provider'),
    notificationUid: valueOf('replicator_notification_uid'),
    min: valueOf('replicator_min'),
    max: valueOf('replicator_max'),
    cooldownMs: valueOf('replicator_cooldown'),
    faultTolerance: valueOf('replicator_node_fault_tolerance'),
    retryThreshold: valueOf('replicator_retry_threshold'),
    scalingThreshold: valueOf('replicator_scaling_threshold'),
    reserve: valueOf('replicator_reserve'),
  };
}

/** A node's meta → its pool's policy, that it names no pool, or everything that is wrong with it. */
export function parsePoolMeta(meta: Readonly<Record<string, string>>): PoolPolicyReading {
  if (!Object.hasOwn(meta, POOL_NAME_KEY) || meta[POOL_NAME_KEY] === '') return { kind: 'none' };
  const reading = readMeta(POOL_KEYS, withAlias(meta));
  const faults = [...reading.faults, ...emptyFaults(reading), ...boundFaults(reading)];
  return faults.length > 0 ? { kind: 'invalid', faults } : { kind: 'policy', policy: policyOf(reading) };
}

/** A pool's object in KV (values may be texts, numbers or booleans) → its policy or everything that is wrong. */
export function parsePoolDocument(pool: string, text: string): PoolPolicyReading {
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { kind: 'invalid', faults: [{ key: pool, text: 'is not a JSON object' }] };
  }
  const members = Object.entries(value).filter(([key]) => isPoolKey(key));
  const odd = members.filter(([, one]) => !['string', 'number', 'boolean'].includes(typeof one));
  if (odd.length > 0) {
    const faults = odd.map(([key]) => ({ key, text: 'is neither a text, a number nor true or false' }));
    return { kind: 'invalid', faults };
  }
  const meta = Object.fromEntries(members.map(([key, one]) => [key, String(one)]));
  const named = meta[POOL_NAME_KEY];
  if (named !== undefined && named !== '' && named !== pool) {
    const fault = {
      key: POOL_NAME_KEY,
      text: `is ${JSON.stringify(named)} in the policy of ${JSON.stringify(pool)}`,
    };
    return { kind: 'invalid', faults: [fault] };
  }
  return parsePoolMeta({ ...meta, [POOL_NAME_KEY]: pool });
}

/** The Go `init` wrote it by mistake: it counts where the right key is not there. */
const COOLDOWN_ALIAS = 'replicator_cool_down';

function isPoolKey(key: string): boolean {
  return key === COOLDOWN_ALIAS || POOL_KEYS.some((row) => row.key === key);
}

function withAlias(meta: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { [COOLDOWN_ALIAS]: alias } = meta;
  return alias === undefined ? meta : { replicator_cooldown: alias, ...meta };
}

function emptyFaults({ values }: MetaReading): PolicyFault[] {
  return ['replicator_region']
    .filter((key) => String(values.get(key) ?? 'x').trim() === '')
    .map((key) => ({ key, text: 'is empty' }));
}

function policyOf({ values }: MetaReading): PoolPolicy {
  const numberOf = (key: string): number => Number(values.get(key));
  const boundOf = (key: string): number | undefined => (values.has(key) ? numberOf(key) : undefined);
  return {
    enabled: values.get('replicator_enabled') === true,
    pool: String(values.get(POOL_NAME_KEY)),
    region: String(values.get('replicator_region')),
    provider: String(values.get('replicator_provider')),
    notificationUid: String(values.get('replicator_notification_uid') ?? ''),
    min: boundOf('replicator_min'),
    max: boundOf('replicator_max'),
    cooldownMs: numberOf('replicator_cooldown') * 1000,
    faultTolerance: numberOf('replicator_node_fault_tolerance'),
    retryThreshold: numberOf('replicator_retry_threshold'),
    scalingThreshold: numberOf('replicator_scaling_threshold'),
    reserve: values.get('replicator_reserve') === 'largest' ? 'largest' : 'all',
  };
}

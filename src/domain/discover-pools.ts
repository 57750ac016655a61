import { isReadyNode, type NodeFacts } from './node.ts';
import { parseBool, type PolicyFault } from './policy/meta.ts';
import {
  parsePoolDocument,
  parsePoolMeta,
  POOL_NAME_KEY,
  type PoolPolicy,
  type PoolPolicyReading,
} from './policy/pool-policy.ts';

/** A key on which members disagree, and the names of those that do not have what counts. */
export interface PolicyConflict {
  readonly key: keyof PoolPolicy;
  readonly nodes: readonly string[];
}

/** A worker pool as its nodes and KV tell of it. */
export interface DiscoveredPool {
  readonly pool: string;
  readonly policy:
    | { readonly kind: 'policy'; readonly policy: PoolPolicy }
    | { readonly kind: 'invalid'; readonly faults: readonly PolicyFault[] };
  readonly source: 'meta' | 'kv';
  /** Nodes of the pool that are ready, eligible, not draining and enabled. */
  readonly members: readonly NodeFacts[];
  /** Every node that names the pool. */
  readonly nodes: readonly NodeFacts[];
  readonly conflicts: readonly PolicyConflict[];
  /** True when members disagree about region, provider or bounds: the pool is left alone. */
  readonly isHeld: boolean;
}

/** Keys of which a node must have all for its own meta to be the policy, where KV has one too. */
const IDENTITY_KEYS = [
  'replicator_enabled',
  'replicator_notification_uid',
  'replicator_provider',
  'replicator_region',
];

/** Differences in these hold the pool. */
const HOLDING: readonly (keyof PoolPolicy)[] = ['region', 'provider', 'min', 'max'];

/** The pools that nodes or KV tell of, by name. `documents`: the policies in KV, by pool. */
export function discoverPools(
  nodes: readonly NodeFacts[],
  documents: ReadonlyMap<string, string>,
): ReadonlyMap<string, DiscoveredPool> {
  const byPool = new Map<string, NodeFacts[]>([...documents.keys()].map((pool) => [pool, []]));
  for (const node of nodes) {
    const pool = node.meta[POOL_NAME_KEY] ?? '';
    if (pool === '') continue;
    const list = byPool.get(pool);
    if (list) list.push(node);
    else byPool.set(pool, [node]);
  }
  return new Map([...byPool].map(([pool, list]) => [pool, discover(pool, list, documents.get(pool))]));
}

function discover(pool: string, nodes: readonly NodeFacts[], document: string | undefined): DiscoveredPool {
  const usesDocument =
    document !== undefined && (nodes.length === 0 || nodes.some((node) => !hasIdentity(node)));
  const members = nodes.filter((node) => isReadyNode(node) && !isSwitchedOff(node));
  const common = { pool, members, nodes };
  if (usesDocument) {
    const policy = known(parsePoolDocument(pool, document));
    return { ...common, policy, source: 'kv', conflicts: [], isHeld: false };
  }
  const speakers = members.length > 0 ? members : nodes;
  const [newest] = speakers.toSorted((one, other) => other.createIndex - one.createIndex);
  const policy = known(parsePoolMeta(newest?.meta ?? {}));
  const conflicts = policy.kind === 'policy' ? findConflicts(policy.policy, members) : [];
  const isHeld = conflicts.some(({ key }) => HOLDING.includes(key));
  return { ...common, policy, source: 'meta', conflicts, isHeld };
}

function hasIdentity({ meta }: NodeFacts): boolean {
  return IDENTITY_KEYS.every((key) => (meta[key] ?? '') !== '');
}

/** True for a node whose own meta says that it is no part of the pool. */
function isSwitchedOff({ meta }: NodeFacts): boolean {
  return parseBool(meta['replicator_enabled'] ?? '') === false;
}

function known(reading: PoolPolicyReading): DiscoveredPool['policy'] {
  if (reading.kind !== 'none') return reading;
  return { kind: 'invalid', faults: [{ key: POOL_NAME_KEY, text: 'is missing' }] };
}

const COMPARED: readonly (keyof PoolPolicy)[] = [
  'region',
  'provider',
  'notificationUid',
  'min',
  'max',
  'cooldownMs',
  'faultTolerance',
  'retryThreshold',
  'scalingThreshold',
  'reserve',
];

/** A member whose own meta is faulty does not speak. */
function findConflicts(policy: PoolPolicy, members: readonly NodeFacts[]): readonly PolicyConflict[] {
  const spoken = members.flatMap((node) => {
    const reading = parsePoolMeta(node.meta);
    return reading.kind === 'policy' ? [{ name: node.name, policy: reading.policy }] : [];
  });
  return COMPARED.flatMap((key) => {
    const nodes = spoken.filter((one) => one.policy[key] !== policy[key]).map((one) => one.name);
    return nodes.length > 0 ? [{ key, nodes }] : [];
  });
}

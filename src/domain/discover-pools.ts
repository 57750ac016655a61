import { isReadyNode, type NodeFacts } from './node.ts';
import { parseBool, type PolicyFault } from './policy/meta.ts';
import {
  parsePoolDocument,
  parsePoolMeta,
  POOL_NAME_KEY,
  type PoolPolicy,
  type PoolPolicyReading,
  type PoolValues,
  readPoolValues,
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
  /** True when members disagree about region, provider, bounds or whether it is enabled: it is left alone. */
  readonly isHeld: boolean;
}

/** Keys of which a node must have all for its own meta to be the policy, where KV has one too. */
const IDENTITY_KEYS = [
  'replicator_enabled',
  'replicator_notification_uid',
  'replicator_provider',
  'replicator_region',
];

/** Differences in these hold the pool. A member that says `false` has left, so one about `enabled` is a fault. */
const HOLDING: readonly (keyof PoolPolicy)[] = ['enabled', 'region', 'provider', 'min', 'max'];

/** The pools that nodes or KV tell of, in the order of their names. `documents`: the policies in KV, by pool. */
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
  const inOrder = [...byPool].toSorted(([one], [other]) => (one < other ? -1 : 1));
  return new Map(inOrder.map(([pool, list]) => [pool, discover(pool, list, documents.get(pool))]));
}

function discover(pool: string, nodes: readonly NodeFacts[], document: string | undefined): DiscoveredPool {
  const on = nodes.filter((node) => !isSwitchedOff(node));
  const members = on.filter(isReadyNode);
  const common = { pool, members, nodes };
  const speakers = members.length > 0 ? members : on;
  const usesDocument = speakers.length === 0 || !speakers.every(hasIdentity);
  if (document !== undefined && usesDocument) {
    const policy = known(parsePoolDocument(pool, document));
    return { ...common, policy, source: 'kv', conflicts: [], isHeld: false };
  }
  const newest = newestOf(speakers.length > 0 ? speakers : nodes);
  const policy = known(parsePoolMeta(newest?.meta ?? {}));
  const conflicts = newest ? findConflicts(newest, members) : [];
  const isHeld = conflicts.some(({ key }) => HOLDING.includes(key));
  return { ...common, policy, source: 'meta', conflicts, isHeld };
}

function newestOf(nodes: readonly NodeFacts[]): NodeFacts | undefined {
  return nodes.toSorted((one, other) => other.createIndex - one.createIndex)[0];
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

const COMPARED: readonly (keyof PoolValues)[] = [
  'enabled',
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

/** Members that do not have what the newest has; a faulty value differs from a good one. */
function findConflicts(newest: NodeFacts, members: readonly NodeFacts[]): readonly PolicyConflict[] {
  const wanted = readPoolValues(newest.meta);
  const read = members.map((node) => ({ name: node.name, values: readPoolValues(node.meta) }));
  return COMPARED.flatMap((key) => {
    const nodes = read.filter(({ values }) => values[key] !== wanted[key]).map(({ name }) => name);
    return nodes.length > 0 ? [{ key, nodes }] : [];
  });
}

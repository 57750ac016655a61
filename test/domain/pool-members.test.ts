import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DiscoveredPool, discoverPools } from '../../src/domain/discover-pools.ts';
import type { NodeFacts } from '../../src/domain/node.ts';
import { parsePoolDocument, parsePoolMeta, POOL_KEYS } from '../../src/domain/policy/pool-policy.ts';
import { poolKeyTable, poolReasonTable } from '../../src/domain/policy/policy-tables.ts';
import { POOL_REASON_TEXT } from '../../src/domain/decision/pool-reason.ts';
import { aNode, POOL_META } from './build-pool.ts';
import { documents } from './arbitraries.ts';

const KV = { replicator_enabled: true, replicator_region: 'us-east-1' };
const { replicator_notification_uid: _uid, ...BARE_META } = POOL_META;

function node(id: string, meta: Record<string, string> = {}, part: Partial<NodeFacts> = {}): NodeFacts {
  return aNode({ id, meta: { ...POOL_META, ...meta }, ...part });
}

/** Without a notification uid: KV is asked. */
function bare(id: string, meta: Record<string, string> = {}, part: Partial<NodeFacts> = {}): NodeFacts {
  return aNode({ id, meta: { ...BARE_META, ...meta }, ...part });
}

function discover(nodes: readonly NodeFacts[], document?: object): DiscoveredPool {
  const documentsByPool = new Map(document ? [['pool-a', JSON.stringify(document)]] : []);
  const found = discoverPools(nodes, documentsByPool).get('pool-a');
  if (!found) throw new Error('no pool');
  return found;
}

describe('where the policy stands', () => {
  test.each<[string, readonly NodeFacts[], 'meta' | 'kv']>([
    ['no node at all', [], 'kv'],
    ['one member that lacks a key', [node('n1'), bare('n2')], 'kv'],
    ['a node that lacks a key but has left', [node('n1'), bare('n2', {}, { status: 'down' })], 'meta'],
    [
      'a node that lacks a key but is switched off',
      [node('n1'), bare('n2', { replicator_enabled: 'false' })],
      'meta',
    ],
    ['only nodes that have left, with all keys', [node('n1', {}, { eligible: false })], 'meta'],
    ['only nodes that have left, without', [bare('n1', {}, { eligible: false })], 'kv'],
    ['only nodes that are switched off', [node('n1', { replicator_enabled: '0' })], 'kv'],
    ['an empty text for a key', [node('n1', { replicator_provider: '' })], 'kv'],
  ])('with %s', (_what, nodes, source) => {
    expect(discover(nodes, KV).source).toBe(source);
  });

  test('KV that says false leaves the members but switches the pool off', () => {
    const found = discover([bare('n1')], { ...KV, replicator_enabled: false });
    expect(found.members).toHaveLength(1);
    expect(found.policy).toMatchObject({ kind: 'policy', policy: { enabled: false } });
  });

  test('without KV nodes that are all switched off say so', () => {
    const found = discover([node('n1', { replicator_enabled: 'F' })]);
    expect(found).toMatchObject({ members: [], policy: { policy: { enabled: false } } });
  });

  test('a faulty policy in KV is told, not replaced by the meta of nodes', () => {
    expect(discover([bare('n1')], { replicator_enabled: 'yes' })).toMatchObject({
      source: 'kv',
      policy: { kind: 'invalid', faults: [{ key: 'replicator_enabled' }, { key: 'replicator_region' }] },
    });
  });

  test('pools come in the order of their names', () => {
    const nodes = ['b', 'a', 'c'].map((name) => node(name, { replicator_worker_pool: name }));
    expect([...discoverPools(nodes, new Map([['aa', '{}']])).keys()]).toEqual(['a', 'aa', 'b', 'c']);
  });

  test('nodes of no pool make none', () => {
    const stray = [aNode({ meta: {} }), aNode({ meta: { replicator_worker_pool: '' } })];
    expect(discoverPools(stray, new Map()).size).toBe(0);
  });
});

describe('members that disagree', () => {
  const older = (meta: Record<string, string>) => node('old', meta, { createIndex: 1 });
  const newer = node('new', {}, { createIndex: 9 });

  test.each([
    ['replicator_cooldown', '9', 'cooldownMs', false],
    ['replicator_notification_uid', 'other', 'notificationUid', false],
    ['replicator_reserve', 'largest', 'reserve', false],
    ['replicator_retry_threshold', '9', 'retryThreshold', false],
    ['replicator_scaling_threshold', '9', 'scalingThreshold', false],
    ['replicator_node_fault_tolerance', '0', 'faultTolerance', false],
    ['replicator_region', 'us-east-1', 'region', true],
    ['replicator_provider', 'gce', 'provider', true],
    ['replicator_min', '0', 'min', true],
    ['replicator_max', '9', 'max', true],
    ['replicator_min', 'many', 'min', true],
    ['replicator_enabled', 'yes', 'enabled', true],
  ])('in %s = %s', (key, value, conflict, isHeld) => {
    const found = discover([older({ [key]: value }), newer]);
    expect(found.policy.kind).toBe('policy');
    expect(found.conflicts).toEqual([{ key: conflict, nodes: ['client-old'] }]);
    expect(found.isHeld).toBe(isHeld);
  });

  test('a default that is written out is no difference', () => {
    expect(
      discover([older({ replicator_cooldown: '300', replicator_reserve: 'all' }), newer]).conflicts,
    ).toEqual([]);
  });

  test('the newest with a fault makes the policy faulty, whatever the others say', () => {
    const found = discover([older({}), node('new', { replicator_region: ' ' }, { createIndex: 9 })]);
    expect(found.policy).toMatchObject({ kind: 'invalid', faults: [{ key: 'replicator_region' }] });
  });
});

describe('a policy as text', () => {
  test('keeps what it does not know, whatever it is', () => {
    const text = JSON.stringify({ ...KV, comment: null, owners: ['a'] });
    expect(parsePoolDocument('pool-a', text).kind).toBe('policy');
  });

  test.each([
    ['null', '{"replicator_max":null}', 'replicator_max'],
    ['a list', '{"replicator_region":["a"]}', 'replicator_region'],
    ['an object under the old name of the cooldown', '{"replicator_cool_down":{}}', 'replicator_cool_down'],
  ])('with %s is a fault of that key', (_what, text, key) => {
    expect(parsePoolDocument('pool-a', text)).toMatchObject({ kind: 'invalid', faults: [{ key }] });
  });

  test.each([
    ['replicator_min', '1.5'],
    ['replicator_min', '-1'],
    ['replicator_cooldown', 'soon'],
    ['replicator_retry_threshold', '0'],
    ['replicator_enabled', 'yes'],
    ['replicator_provider', 'gce'],
    ['replicator_reserve', 'ALL'],
  ])('has a fault where %s is %s', (key, value) => {
    expect(parsePoolMeta({ ...POOL_META, [key]: value })).toMatchObject({
      kind: 'invalid',
      faults: [{ key }],
    });
  });

  test.each(['replicator_provider', 'replicator_reserve'])('takes an empty %s for none', (key) => {
    expect(parsePoolMeta({ ...POOL_META, [key]: '' })).toMatchObject({
      policy: { provider: 'aws', reserve: 'all' },
    });
  });

  test('whatever it is, has a policy of sound values or faults that name keys', () => {
    fc.assert(
      fc.property(documents, (text) => {
        const reading = parsePoolDocument('pool-a', text);
        const isTold = reading.kind === 'invalid' && reading.faults.length > 0;
        expect(isTold || (reading.kind === 'policy' && reading.policy.pool === 'pool-a')).toBe(true);
      }),
    );
  });

  test('of any node is read without an exception', () => {
    const keys = fc.oneof(fc.constantFrom(...POOL_KEYS.map(({ key }) => key)), fc.string());
    const values = fc.oneof(fc.constantFrom('true', '1', '5', 'aws', ''), fc.string());
    fc.assert(
      fc.property(fc.dictionary(keys, values), fc.boolean(), (meta, isKnown) => {
        const nodes = [aNode({ meta }), node('n2', meta)];
        const found = discoverPools(nodes, isKnown ? new Map([['pool-a', '{']]) : new Map());
        for (const { members, nodes: all } of found.values())
          expect(all).toEqual(expect.arrayContaining([...members]));
      }),
    );
  });
});

describe('the tables', () => {
  test.each(POOL_KEYS.map(({ key }) => [key]))('has a row for %s', (key) => {
    expect(poolKeyTable()).toContain(`| \`${key}\` |`);
  });

  test('of reasons has a row for each', () => {
    for (const [reason, text] of Object.entries(POOL_REASON_TEXT)) {
      expect(poolReasonTable()).toContain(`| \`${reason}\` | ${text} |`);
    }
  });
});

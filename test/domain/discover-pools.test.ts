import { describe, expect, test } from 'vitest';
import { discoverPools } from '../../src/domain/discover-pools.ts';
import type { NodeFacts } from '../../src/domain/node.ts';
import { parsePoolDocument, parsePoolMeta } from '../../src/domain/policy/pool-policy.ts';
import { aNode, aPoolPolicy, POOL_META } from './build-pool.ts';

function node(id: string, meta: Record<string, string> = {}, part: Partial<NodeFacts> = {}): NodeFacts {
  return aNode({ id, meta: { ...POOL_META, ...meta }, ...part });
}

function pool(nodes: readonly NodeFacts[], document?: object) {
  const documents = new Map(document ? [['pool-a', JSON.stringify(document)]] : []);
  const found = discoverPools(nodes, documents).get('pool-a');
  if (!found) throw new Error('no pool');
  return found;
}

describe("a node's meta", () => {
  test('gives a policy with the defaults of the documentation', () => {
    expect(parsePoolMeta(POOL_META)).toEqual({
      kind: 'policy',
      policy: aPoolPolicy({ notificationUid: 'REP1' }),
    });
  });

  test('without a pool name is no part of any', () => {
    expect(parsePoolMeta({ replicator_enabled: 'true' })).toEqual({ kind: 'none' });
  });

  test('may have the cooldown under the name that the Go init wrote', () => {
    const reading = parsePoolMeta({ ...POOL_META, replicator_cool_down: '20' });
    expect(reading).toMatchObject({ policy: { cooldownMs: 20_000 } });
    const both = parsePoolMeta({ ...POOL_META, replicator_cool_down: '20', replicator_cooldown: '30' });
    expect(both).toMatchObject({ policy: { cooldownMs: 30_000 } });
  });

  test('has all its faults told at once', () => {
    const reading = parsePoolMeta({
      ...POOL_META,
      replicator_region: '',
      replicator_provider: 'gce',
      replicator_min: '5',
      replicator_max: '4',
      replicator_reserve: 'some',
      replicator_scaling_threshold: '0',
    });
    expect(reading.kind === 'invalid' ? reading.faults.map((fault) => fault.key) : []).toEqual([
      'replicator_region',
      'replicator_provider',
      'replicator_scaling_threshold',
      'replicator_reserve',
      'replicator_max',
    ]);
  });
});

describe('a policy in KV', () => {
  test('has texts, numbers or booleans', () => {
    const reading = parsePoolDocument(
      'pool-a',
      '{"replicator_enabled":true,"replicator_region":"eu-west-1","replicator_cooldown":60,"replicator_min":"2"}',
    );
    expect(reading).toEqual({ kind: 'policy', policy: aPoolPolicy({ cooldownMs: 60_000, min: 2 }) });
  });

  test.each([
    ['no JSON', 'nonsense', 'pool-a'],
    ['a list', '[]', 'pool-a'],
    ['a nested value', '{"replicator_min":{}}', 'replicator_min'],
    ['another name', '{"replicator_worker_pool":"b"}', 'replicator_worker_pool'],
    ['a missing region', '{"replicator_enabled":true}', 'replicator_region'],
  ])('with %s is a fault that names its key', (_what, text, key) => {
    const reading = parsePoolDocument('pool-a', text);
    expect(reading).toMatchObject({ kind: 'invalid', faults: [{ key }] });
  });
});

describe('a pool', () => {
  test('is known by its nodes or by its policy in KV', () => {
    const found = discoverPools([node('n1')], new Map([['pool-b', '{"replicator_enabled":true}']]));
    expect([...found.keys()].toSorted()).toEqual(['pool-a', 'pool-b']);
  });

  test.each<[string, Partial<NodeFacts>]>([
    ['drain', { draining: true }],
    ['are ineligible, as after a drain', { eligible: false }],
    ['are down', { status: 'down' }],
    ['are disconnected', { status: 'disconnected' }],
    ['still register', { status: 'initializing' }],
  ])('does not count nodes that %s', (_what, part) => {
    expect(pool([node('n1'), node('n2', {}, part)]).members.map((one) => one.id)).toEqual(['n1']);
  });

  test('does not count nodes that are switched off, whatever else is wrong with them', () => {
    const off = node('n2', { replicator_enabled: 'false', replicator_min: 'x' });
    expect(pool([node('n1'), off]).members.map((one) => one.id)).toEqual(['n1']);
  });

  test.each([
    'replicator_enabled',
    'replicator_notification_uid',
    'replicator_provider',
    'replicator_region',
  ])('takes its whole policy from KV where a node lacks %s', (key) => {
    const { [key]: _gone, ...meta } = POOL_META as Record<string, string>;
    const document = { replicator_enabled: true, replicator_region: 'us-east-1' };
    const found = pool([aNode({ meta: { ...meta, replicator_cooldown: '1' } })], document);
    expect(found.source).toBe('kv');
    expect(found.policy).toMatchObject({ policy: { region: 'us-east-1', cooldownMs: 300_000 } });
  });

  test('takes it from its nodes where they have all of those, or KV has none', () => {
    const document = { replicator_enabled: true, replicator_region: 'us-east-1' };
    expect(pool([node('n1')], document)).toMatchObject({
      source: 'meta',
      policy: { policy: { region: 'eu-west-1' } },
    });
    const { replicator_notification_uid: _gone, ...meta } = POOL_META;
    expect(pool([aNode({ meta })]).policy.kind).toBe('policy');
  });

  test('goes by the node that registered last, and names those that differ', () => {
    const found = pool([
      node('n1', { replicator_cooldown: '10' }, { createIndex: 5 }),
      node('n2', { replicator_cooldown: '20' }, { createIndex: 9 }),
    ]);
    expect(found.policy).toMatchObject({ policy: { cooldownMs: 20_000 } });
    expect(found.conflicts).toEqual([{ key: 'cooldownMs', nodes: ['client-n1'] }]);
    expect(found.isHeld).toBe(false);
  });

  test.each([
    ['replicator_region', 'us-east-1'],
    ['replicator_min', '1'],
    ['replicator_max', '9'],
  ])('is held where members differ in %s', (key, value) => {
    expect(pool([node('n1'), node('n2', { [key]: value })]).isHeld).toBe(true);
  });

  test('does not ask nodes that are not members', () => {
    const leaving = node('n2', { replicator_region: 'us-east-1' }, { draining: true, createIndex: 99 });
    expect(pool([node('n1'), leaving])).toMatchObject({
      isHeld: false,
      policy: { policy: { region: 'eu-west-1' } },
    });
  });
});

import { describe, expect, test } from 'vitest';
import type { NomadOptions } from '../../../src/adapters/nomad/options.ts';
import { ClusterWorld, Heard } from './cluster-world.ts';
import { adapterOf } from './fake-nomad.ts';
import type { Reply } from './fake-nomad.ts';
import { createRig } from './harness.ts';
import type { Rig } from './harness.ts';
import { recorded } from './recorded.ts';

function follow(world: ClusterWorld, options: Partial<NomadOptions> = {}): Rig & { readonly heard: Heard } {
  const rig = createRig({ address: 'http://nomad', adapter: adapterOf(world.handler), ...options });
  world.clock = rig.clock;
  const heard = new Heard();
  rig.nomad.follow(heard, { nodes: false });
  return { ...rig, heard };
}

function worldWithWeb(): ClusterWorld {
  const world = new ClusterWorld();
  world.jobs = [{ id: 'web', index: 5 }];
  return world;
}

describe('a list', () => {
  test('is asked for at once, then by stale blocking queries from its index on', async () => {
    const world = worldWithWeb();
    const { clock } = follow(world, { namespace: '*' });
    await clock.advance(2_000);
    expect(world.asked('jobs').map(({ query }) => Object.fromEntries(query))).toEqual([
      { namespace: '*', stale: 'true' },
      { namespace: '*', stale: 'true', index: '10', wait: '17500ms' },
    ]);
    expect(world.asked('allocations').map(({ query }) => query.get('resources'))).toEqual(['true', 'true']);
  });

  test('of one namespace is asked for by its name', async () => {
    const world = worldWithWeb();
    const { clock } = follow(world, { namespace: 'blue' });
    await clock.advance(0);
    expect(world.seen.map(({ query }) => query.get('namespace'))).toContain('blue');
    expect(world.asked('jobs')[0]?.query.get('namespace')).toBe('blue');
  });

  test.each([
    [0, '15000ms'],
    [0.999_999, '20000ms'],
  ])('waits between 15 and 20 seconds (random %d: %s)', async (random, wait) => {
    const world = worldWithWeb();
    const { clock } = follow(world, { random: () => random });
    await clock.advance(2_000);
    expect(world.asked('jobs')[1]?.query.get('wait')).toBe(wait);
  });

  test('that changes all the time is asked for once a second', async () => {
    const world = worldWithWeb();
    const { clock } = follow(world);
    for (let count = 0; count < 100; count += 1) {
      world.change(() => undefined);
      await clock.advance(100);
    }
    expect(world.asked('jobs').length).toBeGreaterThanOrEqual(9);
    expect(world.asked('jobs').length).toBeLessThanOrEqual(11);
  });

  test('that comes back unchanged renews the freshness of the view', async () => {
    const world = worldWithWeb();
    const { clock, heard } = follow(world);
    await clock.advance(18_499);
    expect(heard.views.at(-1)?.freshMs).toBe(0);
    await clock.advance(1);
    expect(heard.views.at(-1)?.freshMs).toBe(18_500);
    expect(heard.views.at(-1)?.jobs).toHaveLength(1);
  });

  test('is as fresh as the older of the two lists', async () => {
    const world = worldWithWeb();
    const { clock, heard } = follow(world);
    await clock.advance(500);
    world.faults.allocations.push('hang');
    await clock.advance(24_500);
    expect(world.asked('jobs')).toHaveLength(3);
    expect(heard.views.length).toBeGreaterThan(1);
    expect(heard.views.at(-1)?.freshMs).toBe(0);
  });

  test('from a server somewhat behind its leader is as old as that server', async () => {
    const world = worldWithWeb();
    const { clock, heard } = follow(world);
    await clock.advance(10_000);
    world.headers = { ...world.headers, 'x-nomad-lastcontact': '2500' };
    world.wake();
    await clock.advance(0);
    expect(heard.views.at(-1)?.freshMs).toBe(7_500);
  });
});

describe('an answer without a leader', () => {
  const leaderless = recorded('status-no-leader', { path: '/v1/jobs?stale=true' });

  test('is not believed: the jobs do not vanish, and the view grows old', async () => {
    const world = worldWithWeb();
    const { clock, heard } = follow(world);
    await clock.advance(5_000);
    expect(leaderless.text).toBe('[]');
    world.faults.jobs.push(leaderless);
    world.wake();
    await clock.advance(0);
    expect(heard.failures.map(({ kind }) => kind)).toEqual(['unavailable']);
    expect(heard.views.at(-1)?.jobs).toHaveLength(1);
    expect(heard.views.at(-1)?.freshMs).toBe(0);
  });

  test('of long ago is not believed either', async () => {
    const world = worldWithWeb();
    const { clock, heard } = follow(world, { staleLimitMs: 3_000 });
    await clock.advance(5_000);
    world.headers = { ...world.headers, 'x-nomad-lastcontact': '3001' };
    world.wake();
    await clock.advance(0);
    expect(heard.failures).toHaveLength(2);
  });
});

describe('an index that goes backwards', () => {
  test('is answered by asking anew, and all jobs are read again', async () => {
    const world = worldWithWeb();
    const { clock, heard } = follow(world);
    await clock.advance(5_000);
    world.jobs = [{ id: 'web', index: 5, count: 7 }];
    world.index = 3;
    world.wake();
    await clock.advance(1_500);
    expect(heard.views.at(-1)?.jobs[0]?.groups[0]?.count).toBe(7);
    expect(world.read('web')).toBe(2);
    expect(world.asked('jobs').map(({ query }) => query.get('index'))).toEqual([null, '10', null, '3']);
  });
});

describe('an outage', () => {
  test.each<readonly [string, Reply]>([
    ['no leader', { status: 500, text: 'No cluster leader' }],
    ['a reset', 'reset'],
    ['no JSON', { text: '[{', headers: { 'x-nomad-index': '11', 'x-nomad-knownleader': 'true' } }],
    ['no index', { text: '[]', headers: { 'x-nomad-knownleader': 'true' } }],
    ['refused', { status: 403, text: 'Permission denied' }],
  ])('(%s) is told once, and its end; the last view stands', async (_, fault) => {
    const world = worldWithWeb();
    const { clock, heard } = follow(world);
    await clock.advance(5_000);
    for (let count = 0; count < 5; count += 1) world.faults.jobs.push(fault);
    world.wake();
    await clock.advance(30_000);
    expect(heard.failures).toHaveLength(1);
    expect(heard.failures[0]?.detail.doing).toBe('list jobs');
    expect(heard.recoveries).toEqual(['jobs']);
    expect(heard.views.every(({ jobs }) => jobs.length === 1)).toBe(true);
  });

  test('is met with ever longer waits, up to 8 seconds', async () => {
    const world = worldWithWeb();
    for (let count = 0; count < 1_000; count += 1) world.faults.jobs.push({ status: 500, text: 'broken' });
    const { clock } = follow(world);
    await clock.advance(10_000);
    expect(world.asked('jobs').length).toBeLessThanOrEqual(7);
    await clock.advance(600_000);
    expect(world.asked('jobs').length).toBeGreaterThan(60);
    expect(world.asked('jobs').length).toBeLessThan(170);
  });

  test('that asks for a wait is given it', async () => {
    const world = worldWithWeb();
    world.faults.jobs.push({ status: 429, text: '', headers: { 'retry-after': '9' } });
    const { clock } = follow(world);
    await clock.advance(8_900);
    expect(world.asked('jobs')).toHaveLength(1);
    await clock.advance(200);
    expect(world.asked('jobs')).toHaveLength(2);
  });

  test('is over as soon as an answer comes: the next one is asked for without waiting', async () => {
    const world = worldWithWeb();
    const { clock } = follow(world);
    await clock.advance(5_000);
    world.faults.jobs.push('reset');
    world.wake();
    await clock.advance(2_000);
    expect(world.asked('jobs').at(-1)?.query.get('index')).toBe('10');
    expect(world.asked('jobs').at(-2)?.query.get('index')).toBeNull();
  });

  test('in which answers never end is noticed when the wait and its margin are over', async () => {
    const world = worldWithWeb();
    const { clock, heard } = follow(world);
    await clock.advance(0);
    world.faults.jobs.push('hang');
    await clock.advance(1_000 + 17_500 * (17 / 16) + 10_000 - 1);
    expect(heard.failures).toEqual([]);
    await clock.advance(1);
    expect(heard.failures.map(({ kind }) => kind)).toEqual(['timeout']);
  });
});

test('a proxy that cuts long waits is met with shorter ones, and that is no outage', async () => {
  const world = worldWithWeb();
  const { clock, heard } = follow(world);
  await clock.advance(5_000);
  world.faults.jobs.push({ status: 504, text: 'gateway timeout' });
  world.wake();
  await clock.advance(2_000);
  expect(heard.failures).toEqual([]);
  expect(world.asked('jobs').at(-1)?.query.get('wait')).toBe('8750ms');
  for (let count = 0; count < 2; count += 1) world.faults.jobs.push({ status: 504, text: '' });
  world.wake();
  await clock.advance(10_000);
  expect(heard.failures).toEqual([]);
  world.faults.jobs.push({ status: 504, text: '' });
  world.wake();
  await clock.advance(0);
  expect(heard.failures).toHaveLength(1);
});

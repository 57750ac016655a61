import { describe, expect, test } from 'vitest';
import { createCloudPools } from '../../src/simulator/aws/cloud-pools.ts';
import { createControlFace } from '../../src/simulator/control-face.ts';
import { VirtualClock } from '../../src/simulator/virtual-clock.ts';
import { buildWorld, parseWorldFile } from '../../src/simulator/world-file.ts';
import { REGION, STEADY_CLOUD } from './cloud-rig.ts';
import { job } from './cluster.ts';
import { clientOf } from './face-client.ts';
import type { Cluster } from './cluster.ts';
import type { Client } from './face-client.ts';
import type { CloudPools } from '../../src/simulator/aws/cloud-pools.ts';

type Controlled = Cluster &
  CloudPools & { readonly ask: Client; readonly put: (name: string, body: object) => Promise<string> };

function controlled(): Controlled {
  const clock = new VirtualClock();
  const pool = { name: 'pool', max: 5, desired: 2, node: { cpuMhz: 2000 }, ...STEADY_CLOUD };
  const parsed = parseWorldFile(JSON.stringify({ pools: [pool] }));
  if (!parsed.ok) throw new Error(parsed.faults.join('\n'));
  const world = buildWorld(parsed.description, clock);
  const cloud = createCloudPools(world, parsed.description.pools, 1);
  const log = [
    { t: 0, seq: 7, method: 'POST', path: '/', status: 200, elapsedMs: 1, bytes: 0, remotePort: 1 },
  ];
  const ask = clientOf(createControlFace(world, { cloud, awsLog: () => log }));
  return {
    ...cloud,
    clock,
    world,
    ask,
    put: async (name, body) => {
      const { status, text } = await ask(`/simulator/${name}`, { body });
      return `${status} ${text.trim()}`;
    },
  };
}

const memberIds = ({ cloud }: CloudPools): readonly string[] =>
  cloud.state.allGroups()[0]?.members.map((member) => member.instanceId) ?? [];

describe('the controls of AWS', () => {
  test('show each pool: its group, its instances, what their nodes do', async () => {
    const own = controlled();
    own.world.jobs.register(job({ count: 2, cpu: 500, update: null }));
    await own.clock.advance(15_000);
    const [pool] = (await own.ask('/simulator/pools')).body;
    expect(pool).toMatchObject({ name: 'pool', region: REGION, min: 0, max: 5, desired: 2, suspended: [] });
    expect(pool.instances).toMatchObject([
      {
        state: 'running',
        lifecycle: 'InService',
        node: {
          name: 'pool-1',
          status: 'ready',
          eligible: true,
          draining: false,
          capacity: { cpuMhz: 2000 },
        },
      },
      { state: 'running', lifecycle: 'InService', node: { name: 'pool-2' } },
    ]);
    const used = pool.instances.map(({ node }: any) => node.used.cpuMhz);
    expect(used[0] + used[1]).toBe(1000);
    expect(pool.activities[0]).toMatchObject({ status: 'Successful' });
  });

  test('show instances that have left their group, and those that are gone', async () => {
    const own = controlled();
    const [first = '', second = ''] = memberIds(own);
    await own.put('instance', { action: 'detach', id: first });
    await own.put('instance', { action: 'terminate', id: second });
    await own.clock.advance(30_000);
    const [pool] = (await own.ask('/simulator/pools')).body;
    expect(pool.instances.map((one: any) => [one.id, one.lifecycle, one.state])).toEqual([
      [first, '', 'running'],
      [second, 'InService', 'terminated'],
    ]);
    expect((await own.ask('/simulator/terminations')).body).toMatchObject([
      { instanceId: second, by: 'operator' },
    ]);
  });

  test('set what is wrong with the service, and take it away', async () => {
    const own = controlled();
    const calls = [{ mode: 'throttle', actions: ['DetachInstances'], next: 2 }];
    await own.put('aws', { calls, staleMs: [1000, 3000] });
    expect((await own.ask('/simulator/aws')).body).toEqual({
      calls,
      latencyMs: [0, 0],
      staleMs: [1000, 3000],
    });
    await own.put('aws', { calls: null, latencyMs: 20 });
    expect(own.cloud.faults).toEqual({ calls: [], latencyMs: [20, 20], staleMs: [1000, 3000] });
  });

  test('change a pool: bounds, wish, launches, joins, processes, times', async () => {
    const own = controlled();
    const order = {
      pool: 'pool',
      max: 8,
      desired: 3,
      failLaunches: 'always',
      launchFailure: 'Nothing left.',
      nextJoins: ['never'],
      suspended: ['AZRebalance'],
      protectsNew: true,
      bootMs: 1000,
      reactMs: [500, 500],
    };
    expect(await own.put('pool', order)).toBe('200 {"ok":true}');
    const [group] = own.cloud.state.allGroups();
    expect(group).toMatchObject({ max: 8, desired: 3, suspended: ['AZRebalance'], protectsNew: true });
    await own.clock.advance(500);
    expect((await own.ask('/simulator/pools')).body[0].activities[0]).toMatchObject({
      status: 'Failed',
      message: 'Nothing left.',
    });
    expect(own.clients.manners('pool')).toMatchObject({ bootMs: [1000, 1000], nextJoins: ['never'] });
    await own.put('pool', { pool: 'pool', failLaunches: 0 });
    await own.clock.advance(120_000);
    expect(memberIds(own)).toHaveLength(3);
    expect(own.clients.manners('pool').nextJoins).toEqual([]);
    expect(own.world.store.tables.nodes.all()).toHaveLength(2);
  });

  test('change an instance, and add one of no pool', async () => {
    const own = controlled();
    const [first = ''] = memberIds(own);
    const memberNow = (): unknown => own.cloud.state.allGroups()[0]?.members[0];
    await own.put('instance', { action: 'protect', id: first });
    expect(memberNow()).toMatchObject({ isProtected: true });
    await own.put('instance', { action: 'unprotect', id: first });
    await own.put('instance', { action: 'standby', id: first });
    expect(memberNow()).toMatchObject({ isProtected: false, lifecycle: 'Standby' });
    await own.put('instance', { action: 'in-service', id: first });
    expect(memberNow()).toMatchObject({ lifecycle: 'InService' });
    const { body } = await own.ask('/simulator/instance', {
      body: { action: 'add', addresses: ['10.1.0.1'] },
    });
    expect(own.cloud.state.instance(body.id)).toMatchObject({
      addresses: ['10.1.0.1'],
      state: 'running',
      tags: {},
    });
  });

  test('give the log of requests and the history of changes', async () => {
    const own = controlled();
    await own.clock.advance(1000);
    await own.put('pool', { pool: 'pool', desired: 3 });
    expect((await own.ask('/simulator/aws-log')).body).toMatchObject([{ seq: 7 }]);
    expect((await own.ask('/simulator/aws-log?since=7')).body).toEqual([]);
    expect((await own.ask('/simulator/aws-history')).body).toMatchObject([
      { kind: 'desired', seq: 1, atMs: 1000, group: 'pool', from: 2, to: 3, by: 'operator' },
    ]);
    expect((await own.ask('/simulator/aws-history?since=1')).body).toEqual([]);
  });

  test.each([
    ['aws', { cals: [] }, '400 cals is not known'],
    [
      'aws',
      { calls: [{ mode: 'explode' }] },
      '400 calls[0].mode must be one of throttle, deny, error, html, hang, lost, done-error',
    ],
    ['pool', { pool: 'x' }, '404 no such pool: x'],
    [
      'pool',
      { pool: 'pool', desired: 9 },
      '400 Desired capacity:9 must be between the specified min size:0 and max size:5',
    ],
    [
      'pool',
      { pool: 'pool', nextJoins: ['soon'] },
      '400 nextJoins must be a list of ordinary, address-only, second-address, stranger, never',
    ],
    ['instance', { action: 'protect', id: 'i-0' }, '404 no such instance: i-0'],
  ])('refuse %s with %j', async (name, body, expected) => {
    expect(await controlled().put(name, body)).toBe(expected);
  });

  test('refuse what an instance cannot do', async () => {
    const own = controlled();
    const [first = ''] = memberIds(own);
    expect(await own.put('instance', { action: 'paint', id: first })).toMatch(
      /^400 action must be one of add,/,
    );
    const { body } = await own.ask('/simulator/instance', { body: { action: 'add' } });
    expect(await own.put('instance', { action: 'detach', id: body.id })).toBe(
      `404 ${body.id} is in no group`,
    );
  });
});

test('a world without an AWS has no pools', async () => {
  const { world } = controlled();
  const ask = clientOf(createControlFace(world));
  expect((await ask('/simulator/pools')).body).toEqual([]);
  expect((await ask('/simulator/aws')).status).toBe(404);
  expect((await ask('/simulator/pool', { body: {} })).status).toBe(404);
});

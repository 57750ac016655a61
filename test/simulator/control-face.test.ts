import { expect, test } from 'vitest';
import { createControlFace } from '../../src/simulator/control-face.ts';
import { cluster, job, nodeNamed } from './cluster.ts';
import { clientOf } from './face-client.ts';
import type { RequestLogEntry } from '../../src/simulator/http-handler.ts';
import type { Client } from './face-client.ts';
import type { Cluster } from './cluster.ts';

const entry = (seq: number): RequestLogEntry => ({
  t: 0,
  seq,
  method: 'GET',
  path: '/v1/jobs',
  status: 200,
  elapsedMs: 1,
  bytes: 0,
  remotePort: 1,
});

async function controlled(): Promise<Cluster & { ask: Client }> {
  const own = cluster([{ name: 'a', cpuMhz: 2000 }]);
  own.world.jobs.register(job());
  await own.clock.advance(15_000);
  return { ...own, ask: clientOf(createControlFace(own.world, { log: () => [entry(1), entry(2)] })) };
}

test('sets the load of a group, and shows what groups are and use', async () => {
  const { ask } = await controlled();
  const load = { cpuMhz: 400, memoryMb: 128, noise: 0 };
  expect((await ask('/simulator/load', { body: { job: 'web', group: 'g', load } })).status).toBe(200);
  const [group] = (await ask('/simulator/groups')).body;
  expect(group).toMatchObject({ job: 'web', group: 'g', count: 1, running: 1, pending: 0, queued: 0 });
  expect([group.cpuPercent, group.memoryPercent].map(Math.round)).toEqual([80, 50]);
});

test('sets faults and takes them away one by one', async () => {
  const { ask, world } = await controlled();
  const statistics = { mode: 'error', fraction: 0.5 };
  await ask('/simulator/faults', { body: { statistics, throttled: 0.1, latencyMs: 5 } });
  expect(world.faults).toMatchObject({ statistics, throttled: 0.1, latencyMs: [5, 5], hasLeader: true });
  await ask('/simulator/faults', { body: { statistics: null, hasLeader: false } });
  expect((await ask('/simulator/faults')).body).toMatchObject({
    statistics: null,
    throttled: 0.1,
    hasLeader: false,
  });
});

test('adds, kills, revives and removes nodes', async () => {
  const { ask, world, clock } = await controlled();
  const own = { world, clock };
  const { body } = await ask('/simulator/node', {
    body: { action: 'add', node: { name: 'b', cpuMhz: 500 } },
  });
  expect(nodeNamed(own, 'b').id).toBe(body.id);
  await ask('/simulator/node', { body: { action: 'kill', name: 'b' } });
  await clock.advance(20_000);
  expect(nodeNamed(own, 'b').status).toBe('down');
  await ask('/simulator/node', { body: { action: 'revive', id: body.id } });
  expect(nodeNamed(own, 'b').status).toBe('ready');
  await ask('/simulator/node', { body: { action: 'remove', name: 'b' } });
  expect(world.store.tables.nodes.all()).toHaveLength(1);
});

test('restores the servers: indexes go back', async () => {
  const { ask, world } = await controlled();
  const { index } = world.store;
  await ask('/simulator/faults', { body: { restoreIndexes: 0.5 } });
  expect(world.store.index).toBeLessThan(index);
});

test('gives the log of requests, from a number on', async () => {
  const { ask } = await controlled();
  expect((await ask('/simulator/log')).body).toHaveLength(2);
  expect((await ask('/simulator/log?since=1')).body).toMatchObject([{ seq: 2 }]);
});

test.each([
  ['load', { job: 'web', group: 'g', load: { cpuMhz: 1 } }, 400, 'memoryMb is missing\n'],
  ['load', { job: 'web', load: { cpuMhz: 1, memoryMb: 1 } }, 400, 'group is missing\n'],
  ['faults', { statistcs: null }, 400, 'statistcs is not known\n'],
  ['node', { action: 'kill', name: 'z' }, 404, 'no such node: z\n'],
  ['node', { action: 'paint', name: 'a' }, 400, 'action must be one of add, remove, kill, hang, revive\n'],
  ['nothing', {}, 404, 'no such control: nothing\n'],
])('refuses %s with %j', async (name, body, status, text) => {
  const { ask } = await controlled();
  const answer = await ask(`/simulator/${name}`, { body });
  expect([answer.status, answer.text]).toEqual([status, text]);
});

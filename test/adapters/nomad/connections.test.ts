import { describe, expect, test } from 'vitest';
import { allocation, ClusterWorld, Heard } from './cluster-world.ts';
import { startFake } from './fake-nomad.ts';
import type { Handler, Reply } from './fake-nomad.ts';
import { createPermit, createRig, never, rejection } from './harness.ts';

const scaling = {
  namespace: 'default',
  group: 'g',
  from: 1,
  to: 2,
  modifyIndex: 5,
  deploys: false,
  message: '',
  numbers: {},
};

/** The world with registrations, which wait until they are let go; events are taken at once. */
function writable(world: ClusterWorld): { handler: Handler; writing: () => number; letGo: () => void } {
  const waiting: (() => void)[] = [];
  const answer = async (): Promise<Reply> => {
    await new Promise<void>((resolve) => waiting.push(resolve));
    return { text: '{"EvalID":"e","JobModifyIndex":9}' };
  };
  return {
    handler: (seen) => {
      if (seen.method === 'PUT') return seen.path === '/v1/jobs' ? answer() : { text: '{}' };
      if (/deployments?$|evaluations$/.test(seen.path)) {
        return { text: seen.path.endsWith('/deployment') ? 'null' : '[]', headers: world.headers };
      }
      return world.handler(seen);
    },
    writing: () => waiting.length,
    letGo: () => waiting.splice(0).forEach((go) => go()),
  };
}

test.each([
  ['three hundred jobs', { nodes: false }],
  ['three hundred jobs and nodes', { nodes: true }],
])(
  '%s are followed, read and scaled over at most five connections',
  async (_, scope) => {
    const world = new ClusterWorld();
    const ids = Array.from({ length: 300 }, (__, at) => `job-${at}`);
    world.jobs = ids.map((id) => ({ id, index: 5 }));
    world.allocations = ids.map((id) => allocation(`a-${id}`, id));
    world.nodes = ids.map((id) => ({ id: `node-${id}`, index: 5 }));
    const { handler, letGo } = writable(world);
    const server = await startFake(handler);
    const rig = createRig({ address: server.address });
    world.clock = rig.clock;
    const heard = new Heard();
    rig.nomad.follow(heard, scope);
    await expect.poll(() => heard.views.length, { timeout: 60_000 }).toBeGreaterThan(0);
    expect(heard.views[0]?.jobs).toHaveLength(300);

    const refs = ids.slice(0, 40).map((jobId) => ({ namespace: 'default', jobId }));
    const work = Promise.all([
      ...refs.map((ref) => rig.nomad.readJob(ref, never)),
      ...refs.map((ref) => rig.nomad.readRollout(ref, never)),
      ...refs.map((ref) => rig.nomad.readNode(`node-${ref.jobId}`, never)),
      ...refs.slice(0, 20).map((ref) => rig.nomad.scale({ ...ref, ...scaling }, createPermit())),
    ]);
    const going = setInterval(letGo, 1);
    world.change(() => {
      world.jobs = ids.map((id, at) => ({ id, index: at < 270 ? 5 : 11 }));
      world.nodes = ids.map((id) => ({ id: `node-${id}`, index: 11 }));
    });
    try {
      await rig.drive(work);
    } finally {
      clearInterval(going);
    }
    const written = server.seen.filter(({ method, path }) => method === 'PUT' && path === '/v1/jobs');
    expect(written).toHaveLength(20);
    expect(server.most()).toBeLessThanOrEqual(5);
    expect(server.most()).toBeGreaterThanOrEqual(4);
    if (!scope.nodes) return;
    await expect
      .poll(() => heard.nodes()?.every((text) => text.endsWith('@11 ready')), { timeout: 60_000 })
      .toBe(true);
    expect(heard.nodes()).toHaveLength(300);
    expect(server.most()).toBe(5);
  },
  120_000,
);

describe('with nodes followed', () => {
  test('of reads that hang, all of them, the oldest gives way to a write, and is begun anew', async () => {
    const world = new ClusterWorld();
    world.nodes = [{ id: 'n1', index: 5 }];
    const hanging = new Set(['/v1/node/n2', '/v1/node/n3']);
    const server = await startFake((seen) => {
      if (seen.method === 'PUT') return { text: '{}' };
      return hanging.has(seen.path) ? 'hang' : world.handler(seen);
    });
    const rig = createRig({ address: server.address });
    world.clock = rig.clock;
    const heard = new Heard();
    rig.nomad.follow(heard, { nodes: true });
    await expect.poll(() => heard.nodes()).toEqual(['n1@5 ready']);
    const oldest = rig.nomad.readNode('n2', never);
    await expect.poll(() => server.seen.at(-1)?.path).toBe('/v1/node/n2');
    const other = rejection(rig.nomad.readNode('n3', never));
    await expect.poll(() => server.seen.at(-1)?.path).toBe('/v1/node/n3');
    const written = rig.nomad.drain('n1', createPermit());
    hanging.clear();
    await rig.drive(written, 1_000);
    expect(await rig.drive(oldest, 1_000)).toBeUndefined();
    expect(server.seen.filter(({ path }) => path === '/v1/node/n2')).toHaveLength(2);
    expect((await rig.drive(other, 10_000)).kind).toBe('timeout');
    expect(server.most()).toBeLessThanOrEqual(5);
  });

  test('a write that hangs leaves a connection for reads, and a second write waits', async () => {
    const world = new ClusterWorld();
    world.nodes = ['n1', 'n2'].map((id) => ({ id, index: 5 }));
    const waiting: (() => void)[] = [];
    const server = await startFake(async (seen) => {
      if (seen.method === 'GET') return world.handler(seen);
      await new Promise<void>((resolve) => waiting.push(resolve));
      return { text: '{}' };
    });
    const rig = createRig({ address: server.address });
    world.clock = rig.clock;
    const heard = new Heard();
    rig.nomad.follow(heard, { nodes: true });
    await expect.poll(() => heard.nodes()).toEqual(['n1@5 ready', 'n2@5 ready']);
    const drained = ['n1', 'n2'].map((id) => rig.nomad.drain(id, createPermit()));
    await expect.poll(() => waiting.length).toBe(1);
    const reads = Array.from({ length: 20 }, () => rig.nomad.readNode('n1', never));
    expect((await rig.drive(Promise.all(reads), 2_000)).map((node) => node?.id)).toEqual(
      reads.map(() => 'n1'),
    );
    expect(waiting).toHaveLength(1);
    expect(server.open()).toBeLessThanOrEqual(5);
    waiting.shift()?.();
    await expect.poll(() => waiting.length).toBe(1);
    waiting.shift()?.();
    await Promise.all(drained);
    expect(server.most()).toBeLessThanOrEqual(5);
  });
});

test('two writes that hang leave a connection for reads, and a third write waits', async () => {
  const world = new ClusterWorld();
  const ids = ['a', 'b', 'c'];
  world.jobs = ids.map((id) => ({ id, index: 5 }));
  const { handler, writing, letGo } = writable(world);
  const server = await startFake(handler);
  const rig = createRig({ address: server.address });
  const scaled = ids.map((jobId) => rig.nomad.scale({ ...scaling, jobId }, createPermit()));
  await expect.poll(writing).toBe(2);
  expect((await rig.nomad.readJob({ namespace: 'default', jobId: 'c' }, never))?.jobId).toBe('c');
  expect(writing()).toBe(2);
  expect(server.open()).toBeLessThanOrEqual(3);
  letGo();
  await expect.poll(writing).toBe(1);
  letGo();
  expect(await Promise.all(scaled)).toHaveLength(3);
});

test('a job whose reads hang keeps no connection from the others', async () => {
  const world = new ClusterWorld();
  world.jobs = ['web', 'bad1', 'bad2', 'bad3'].map((id) => ({ id, index: 5 }));
  const { handler } = writable(world);
  for (const id of ['bad1', 'bad2', 'bad3']) world.bodyFaults.set(id, 'hang');
  const server = await startFake(handler);
  const rig = createRig({ address: server.address });
  world.clock = rig.clock;
  const heard = new Heard();
  rig.nomad.follow(heard, { nodes: false });
  await expect.poll(() => server.seen.length).toBeGreaterThan(3);
  await rig.clock.advance(8_000);
  await expect.poll(() => world.read('bad3')).toBe(1);
  await rig.clock.advance(8_000);
  for (let round = 0; round < 10; round += 1) {
    expect(
      (await rig.drive(rig.nomad.readJob({ namespace: 'default', jobId: 'web' }, never), 1_000))?.jobId,
    ).toBe('web');
    await rig.clock.advance(3_000);
  }
  expect(heard.jobs()).toEqual(['default:web@5=1']);
});

test('a half-open connection is given up at the deadline, and the next read has a new one', async () => {
  let hanging = false;
  const world = new ClusterWorld();
  world.jobs = [{ id: 'web', index: 5 }];
  const server = await startFake((seen) => (hanging ? 'hang' : world.handler(seen)));
  const rig = createRig({ address: server.address });
  const ref = { namespace: 'default', jobId: 'web' };
  await rig.nomad.readJob(ref, never);
  hanging = true;
  const stuck = rejection(rig.nomad.readJob(ref, never));
  await expect.poll(() => server.seen.length).toBe(2);
  await rig.clock.advance(8_000);
  expect((await stuck).kind).toBe('timeout');
  hanging = false;
  expect((await rig.nomad.readJob(ref, never))?.jobId).toBe('web');
  await expect.poll(server.open).toBe(1);
});

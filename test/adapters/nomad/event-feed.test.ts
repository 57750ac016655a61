import { describe, expect, test } from 'vitest';
import type { FaceResponse } from '../../../src/simulator/face.ts';
import { BODIES, EventRoom, INDEX, LIST, STREAM } from './event-room.ts';

const refusal = (status: number, body: string): FaceResponse => ({ status, headers: {}, body });

/** A room whose cluster runs and is known, its requests counted from here on. */
async function settled(room = new EventRoom()): Promise<EventRoom> {
  await room.run(40_000);
  expect(room.shown()).toEqual(room.truth());
  room.requests.length = 0;
  return room;
}

describe('a cluster with an event stream', () => {
  test('is listed once; afterwards every change is told, and nothing is read for it', async () => {
    const room = await settled();
    expect(room.asked(LIST)).toEqual([]);
    room.scale('job-0', 4);
    await room.run(300);
    expect(room.view.jobs.find(({ jobId }) => jobId === 'job-0')?.groups[0]?.count).toBe(4);
    for (let step = 0; step < 100; step += 1) {
      await room.run(250);
      const missing = room.truth().filter((line) => !room.shown().includes(line));
      if (missing.length > 0) await room.run(200);
      expect(room.shown()).toEqual(room.truth());
    }
    expect(room.asked(LIST)).toEqual([]);
    expect(room.asked(BODIES)).toEqual([]);
  });

  test('costs less than two requests in ten seconds while it is quiet, over three connections', async () => {
    const room = await settled();
    await room.run(600_000);
    expect(room.requests.length).toBeLessThanOrEqual(120);
    expect(room.asked(STREAM)).toEqual([]);
    expect(room.asked(LIST)).toEqual([]);
    expect(room.view.freshMs).toBeGreaterThan(room.clock.monotonicMs() - 21_000);
  });

  test('shows a node that is drained within a moment, and one that is purged not at all', async () => {
    const room = await settled();
    const [first, second] = room.world.store.tables.nodes.all();
    room.world.nodes.setEligible(first!, false);
    await room.run(300);
    expect(room.view.nodes?.all.find(({ id }) => id === first!.id)?.eligible).toBe(false);
    room.world.nodes.remove(second!.id);
    await room.run(6_000);
    expect(room.view.nodes?.all.map(({ id }) => id)).not.toContain(second!.id);
    expect(room.asked(BODIES)).toEqual([]);
  });

  test('loses a job that is purged, although nobody tells', async () => {
    const room = await settled();
    const purge = { namespace: 'default', jobId: 'job-1', purge: true };
    room.world.jobs.deregister(purge.namespace, purge.jobId, true);
    await room.run(6_000);
    expect(room.view.knows(purge)).toBe(false);
    expect(room.view.jobs.map(({ jobId }) => jobId)).toEqual(['job-0']);
  });

  test('knows a new job, its allocations and what type they are of', async () => {
    const room = await settled();
    const tasks = [
      { Name: 't', Driver: 'docker', Config: { image: 'x' }, Resources: { CPU: 100, MemoryMB: 64 } },
    ];
    room.world.jobs.register({
      ID: 'logs',
      Type: 'system',
      Datacenters: ['dc1'],
      TaskGroups: [{ Name: 'api', Tasks: tasks }],
    });
    await room.run(3_000);
    const work = room.view.allocations({ namespace: 'default', jobId: 'logs', group: 'api' });
    expect(work.map(({ jobType }) => jobType)).toEqual(['system', 'system', 'system']);
    expect(room.asked(LIST)).toEqual([]);
  });

  test('forgets what Nomad has forgotten', async () => {
    const room = await settled();
    room.scale('job-0', 1);
    await room.run(4 * 3_600_000);
    expect(room.shown()).toEqual(room.truth());
    expect(room.asked(LIST).length).toBeLessThan(20);
  });
});

describe('a stream that breaks', () => {
  test('is taken up where it ended; nothing is listed again', async () => {
    const room = await settled();
    for (const count of [3, 4, 2]) {
      room.cut();
      room.scale('job-0', count);
      await room.run(40_000);
      expect(room.shown()).toEqual(room.truth());
    }
    expect(room.asked(STREAM)).toHaveLength(3);
    expect(room.asked(/stream.*index=0/)).toEqual([]);
    expect(room.asked(LIST)).toEqual([]);
    expect(room.heard.failures).toEqual([]);
  });

  test('in the middle of a line is taken up before it', async () => {
    const room = await settled();
    let isCut = false;
    room.tamper = (line) => {
      if (isCut || !line.includes('"Topic":"Allocation"')) return line;
      isCut = true;
      setImmediate(() => room.cut());
      return line.slice(0, line.length / 2);
    };
    room.scale('job-0', 4);
    await room.run(40_000);
    expect(isCut).toBe(true);
    expect(room.shown()).toEqual(room.truth());
  });

  test('and has gone too far meanwhile: the list is read again', async () => {
    const room = await settled();
    let isAway = true;
    room.answer = ({ path }) => (isAway && path.includes('event') ? refusal(500, 'not now') : undefined);
    room.cut();
    for (let step = 0; step < 60; step += 1) room.world.nodes.setEligible(anyNode(room), step % 2 === 0);
    room.scale('job-0', 3);
    room.scale('job-1', 1);
    for (let step = 0; step < 60; step += 1) room.world.nodes.setEligible(anyNode(room), step % 2 === 0);
    isAway = false;
    await room.run(60_000);
    expect(room.asked(LIST)).toHaveLength(1);
    expect(room.shown()).toEqual(room.truth());
  });

  test('when nothing happens is taken up without a list', async () => {
    const room = await settled();
    await room.run(10_000);
    room.cut();
    await room.run(20_000);
    expect(room.asked(STREAM)).toHaveLength(1);
    expect(room.asked(LIST)).toEqual([]);
  });

  test('is missed when it cannot be had again, and told once', async () => {
    const room = await settled();
    room.answer = () => refusal(502, 'Bad Gateway');
    room.cut();
    await room.run(120_000);
    expect(new Set(room.heard.broken)).toEqual(new Set(['jobs', 'allocations', 'nodes']));
    expect(room.heard.broken).toHaveLength(3);
    const { freshMs } = room.view;
    room.answer = () => undefined;
    room.scale('job-0', 1);
    await room.run(120_000);
    expect(room.view.freshMs).toBeGreaterThan(freshMs + 60_000);
    expect(room.shown()).toEqual(room.truth());
    expect(room.heard.recoveries).toHaveLength(3);
  });
});

describe('a missed write', () => {
  test.each([
    ['of an allocation', /"Topic":"Allocation"/],
    ['of anything', /"Events"/],
  ])('%s is noticed, and the list is read again', async (_, pattern) => {
    const room = await settled();
    room.tamper = (line) => (pattern.test(line) ? undefined : line);
    room.scale('job-0', 4);
    await room.run(10_000);
    room.tamper = (line) => line;
    await room.run(25_000);
    expect(room.shown()).toEqual(room.truth());
    expect(room.asked(LIST).length).toBeGreaterThanOrEqual(1);
  });

  test('again and again ends listening for a while: blocking queries tell the truth', async () => {
    const room = await settled();
    room.tamper = (line) => (line.includes('"Events"') ? undefined : line);
    for (const count of [3, 4, 3, 4]) {
      room.scale('job-0', count);
      await room.run(20_000);
    }
    expect(room.asked(/^GET \/v1\/allocations\?.*wait=/).length).toBeGreaterThan(0);
    room.scale('job-1', 3);
    await room.run(10_000);
    expect(room.shown()).toEqual(room.truth());
  });
});

test('while the list is read again, nothing that is told meanwhile counts as shown', async () => {
  const room = await settled();
  room.tamper = (line) => (line.includes('"Topic":"Allocation"') ? undefined : line);
  room.scale('job-0', 4);
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  room.hold = ({ path, query }) =>
    path === '/v1/allocations' && !query.has('prefix') ? released : undefined;
  while (room.asked(LIST).length === 0) await room.run(1_000);
  room.tamper = (line) => line;
  room.scale('job-1', 4);
  await room.run(1_000);
  const scaled = room.view.jobs.find(({ jobId }) => jobId === 'job-1');
  expect(scaled?.groups[0]?.count).toBe(4);
  expect(room.view.allocationsIndex).toBeLessThan(scaled!.modifyIndex);
  release();
  await room.run(1_000);
  expect(room.view.allocationsIndex).toBeGreaterThanOrEqual(scaled!.modifyIndex);
  expect(room.shown()).toEqual(room.truth());
});

describe('servers that start over', () => {
  test('with lower indexes are listed anew', async () => {
    const room = await settled();
    room.scale('job-0', 3);
    await room.run(1_000);
    room.world.restoreIndexes(0.5);
    await room.run(60_000);
    expect(room.shown()).toEqual(room.truth());
    room.scale('job-1', 3);
    await room.run(30_000);
    expect(room.shown()).toEqual(room.truth());
  });

  test('without a leader keep nothing fresh, however well the stream lives', async () => {
    const room = await settled();
    room.world.setFaults({ hasLeader: false });
    await room.run(90_000);
    expect(room.view.freshMs).toBeLessThan(room.clock.monotonicMs() - 60_000);
    room.world.setFaults({ hasLeader: true });
    await room.run(30_000);
    expect(room.view.freshMs).toBeGreaterThan(room.clock.monotonicMs() - 30_000);
  });
});

describe('without a stream', () => {
  test.each([
    ['a server before 1.0', refusal(404, '')],
    ['a token that may not listen', refusal(500, 'Permission denied')],
    ['a token that may not listen, on a later server', refusal(403, 'Permission denied')],
    ['something that is no Nomad', { ...refusal(200, '<html>\n'), stream: nothing() }],
    ['a proxy that keeps everything back', { ...refusal(200, ''), stream: nothing() }],
    ['a proxy that is no use', refusal(502, 'Bad Gateway')],
  ])('(%s) the cluster is followed by blocking queries', async (_, answer) => {
    const room = new EventRoom({ answer: ({ path }) => (path.includes('event') ? answer : undefined) });
    await room.run(60_000);
    expect(room.shown()).toEqual(room.truth());
    room.scale('job-0', 4);
    await room.run(20_000);
    expect(room.shown()).toEqual(room.truth());
    expect(room.asked(/^GET \/v1\/allocations\?.*wait=/).length).toBeGreaterThan(0);
    expect(room.asked(INDEX)).toEqual([]);
  });

  test('a proxy that keeps everything back keeps nobody waiting: neither at the beginning nor when it is tried again', async () => {
    const silent = { ...refusal(200, ''), stream: nothing() };
    const room = new EventRoom({ answer: ({ path }) => (path.includes('event') ? silent : undefined) });
    await room.run(7_000);
    expect(room.shown()).toEqual(room.truth());
    for (let second = 0; second < 600; second += 5) {
      await room.run(5_000);
      expect(room.clock.monotonicMs() - room.view.freshMs).toBeLessThan(23_000);
    }
    expect(room.asked(STREAM).length).toBeGreaterThan(6);
    expect(room.heard.failures).toEqual([]);
    room.answer = () => undefined;
    await room.run(120_000);
    room.requests.length = 0;
    room.scale('job-0', 4);
    await room.run(60_000);
    expect(room.shown()).toEqual(room.truth());
    expect(room.asked(/^GET \/v1\/allocations\?.*wait=/)).toEqual([]);
  });

  test('it is tried again: after an upgrade of the servers there is one', async () => {
    const room = new EventRoom({
      answer: ({ path }) => (path.includes('event') ? refusal(404, '') : undefined),
    });
    await room.run(60_000);
    room.answer = () => undefined;
    await room.run(11 * 60_000);
    expect(room.asked(INDEX).length).toBeGreaterThan(0);
    expect(room.shown()).toEqual(room.truth());
  });

  test('of nodes alone, whose token may not read them, jobs and allocations are told all the same', async () => {
    const room = new EventRoom({
      answer: ({ path, query }) => {
        if (path === '/v1/nodes') return refusal(403, 'Permission denied');
        return query.getAll('topic').includes('Node') ? refusal(500, 'Permission denied') : undefined;
      },
    });
    await room.run(60_000);
    expect(room.asked(STREAM)).toHaveLength(2);
    expect(room.asked(INDEX).length).toBeGreaterThan(1);
    expect(room.view.nodes).toBeUndefined();
    expect(room.view.jobs).toHaveLength(2);
  });
});

/** Says nothing, ever. */
async function* nothing(): AsyncGenerator<string, void, undefined> {
  await new Promise(() => undefined);
  yield '';
}

function anyNode(room: EventRoom) {
  const [node] = room.world.store.tables.nodes.all();
  return node!;
}

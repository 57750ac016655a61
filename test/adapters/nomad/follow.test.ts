import { describe, expect, test } from 'vitest';
import type { NomadOptions } from '../../../src/adapters/nomad/options.ts';
import { allocation, ClusterWorld, Heard } from './cluster-world.ts';
import { adapterOf } from './fake-nomad.ts';
import { createPermit, createRig, rejection } from './harness.ts';
import type { Rig } from './harness.ts';

interface Following extends Rig {
  readonly world: ClusterWorld;
  readonly heard: Heard;
  readonly stop: () => Promise<void>;
}

/** Follows a world without sockets, in time that only moves when told. */
function follow(world: ClusterWorld, options: Partial<NomadOptions> = {}): Following {
  const rig = createRig({ address: 'http://nomad', adapter: adapterOf(world.handler), ...options });
  world.clock = rig.clock;
  const heard = new Heard();
  const stop = rig.nomad.follow(heard, { nodes: false });
  return { ...rig, world, heard, stop };
}

function worldOf(...ids: readonly string[]): ClusterWorld {
  const world = new ClusterWorld();
  world.jobs = ids.map((id) => ({ id, index: 5 }));
  world.allocations = ids.map((id) => allocation(`a-${id}`, id));
  return world;
}

describe('the first view', () => {
  test('has the jobs read whole, in order, and their allocations', async () => {
    const world = worldOf('web', 'api');
    world.jobs.push({ id: 'app', namespace: 'blue', index: 7, count: 3 });
    const { clock, heard } = follow(world);
    await clock.advance(0);
    expect(heard.views).toHaveLength(1);
    expect(heard.jobs()).toEqual(['blue:app@7=3', 'default:api@5=1', 'default:web@5=1']);
    const ref = { namespace: 'default', jobId: 'web', group: 'g' };
    expect(heard.views[0]?.allocations(ref).map(({ id }) => id)).toEqual(['a-web']);
    expect(heard.views[0]?.allocations({ ...ref, namespace: 'blue' })).toEqual([]);
  });

  test('waits for all jobs to have been read, or to have failed', async () => {
    const world = worldOf('web', 'slow');
    world.bodyFaults.set('slow', 'hang');
    const { clock, heard } = follow(world);
    await clock.advance(7_000);
    expect(heard.views).toEqual([]);
    await clock.advance(1_000);
    expect(heard.jobs()).toEqual(['default:web@5=1']);
    expect(heard.failures.map(({ message }) => message)).toEqual(['nomad: read job slow: no answer in time']);
  });

  test.each(['jobs', 'allocations'] as const)('waits for the list of %s', async (list) => {
    const world = worldOf('web');
    world.faults[list].push({ status: 500, text: 'No cluster leader' });
    const { clock, heard } = follow(world);
    await clock.advance(100);
    expect(heard.views).toEqual([]);
    expect(heard.failures.map(({ message }) => message)).toEqual([
      `nomad: list ${list}: 500 No cluster leader`,
    ]);
    await clock.advance(1_000);
    expect(heard.jobs()).toEqual(['default:web@5=1']);
    expect([heard.broken, heard.recoveries]).toEqual([[list], [list]]);
  });

  test('of an empty cluster is empty, and is not asked for over and over', async () => {
    const { clock, heard, world } = follow(new ClusterWorld());
    await clock.advance(14_000);
    expect(heard.jobs()).toEqual([]);
    expect(world.asked('jobs')).toHaveLength(2);
  });
});

describe('jobs that cannot be scaled', () => {
  test.each<readonly [string, Readonly<Record<string, unknown>>, number]>([
    ['a system job', { Type: 'system' }, 1],
    ['a sysbatch job', { Type: 'sysbatch' }, 1],
    ['a periodic parent', { Periodic: true }, 1],
    ['a parameterized parent', { ParameterizedJob: true }, 1],
    ['a stopped parent', { ParameterizedJob: true, Stop: true }, 1],
    ['a child', { ParentID: 'parent' }, 0],
    ['a stopped job', { Stop: true }, 0],
  ])(
    '(%s) are left out; those that run, or whose children do, are read all the same, for their groups',
    async (_, extra, reads) => {
      const world = worldOf('web');
      world.jobs.push({ id: 'other', index: 6, extra, body: extra });
      const { clock, heard } = follow(world);
      await clock.advance(0);
      expect(heard.jobs()).toEqual(['default:web@5=1']);
      expect(world.read('other')).toBe(reads);
      expect(heard.views[0]?.isUnread({ namespace: 'default', jobId: 'other' })).toBe(false);
    },
  );
});

describe('a change', () => {
  test('of a job is seen: it alone is read again', async () => {
    const { clock, heard, world } = follow(worldOf('web', 'api'));
    await clock.advance(5_000);
    world.change(() => {
      world.jobs = [
        { id: 'api', index: 5 },
        { id: 'web', index: 11, count: 2 },
      ];
    });
    await clock.advance(0);
    expect(heard.jobs()).toEqual(['default:api@5=1', 'default:web@11=2']);
    expect([world.read('web'), world.read('api')]).toEqual([2, 1]);
  });

  test('that leaves JobModifyIndex alone reads nothing again', async () => {
    const { clock, world } = follow(worldOf('web'));
    await clock.advance(5_000);
    world.change(() => {
      world.jobs = [{ id: 'web', index: 5, extra: { ModifyIndex: 99, Status: 'dead' } }];
    });
    await clock.advance(0);
    expect(world.read('web')).toBe(1);
  });

  test('of an allocation is seen', async () => {
    const { clock, heard, world } = follow(worldOf('web'));
    await clock.advance(5_000);
    world.change(() => {
      world.allocations = [
        allocation('a-web', 'web', { ClientStatus: 'complete' }),
        allocation('b-web', 'web'),
      ];
    });
    await clock.advance(0);
    const listed = heard.views.at(-1)?.allocations({ namespace: 'default', jobId: 'web', group: 'g' });
    expect(listed?.map(({ id, clientStatus }) => [id, clientStatus])).toEqual([
      ['a-web', 'complete'],
      ['b-web', 'running'],
    ]);
  });

  test.each([
    ['purged', (world: ClusterWorld) => (world.jobs = world.jobs.filter(({ id }) => id !== 'web'))],
    [
      'stopped',
      (world: ClusterWorld) =>
        (world.jobs = [
          { id: 'api', index: 5 },
          { id: 'web', index: 12, extra: { Stop: true } },
        ]),
    ],
  ])('by which a job is %s takes it out of the view', async (_, apply) => {
    const { clock, heard, world } = follow(worldOf('api', 'web'));
    await clock.advance(5_000);
    world.change(() => apply(world));
    await clock.advance(0);
    expect(heard.jobs()).toEqual(['default:api@5=1']);
  });

  test('leaves views that were given before as they are', async () => {
    const { clock, heard, world } = follow(worldOf('web'));
    await clock.advance(5_000);
    const before = heard.views.at(-1);
    world.change(() => {
      world.jobs = [];
      world.allocations = [];
    });
    await clock.advance(0);
    expect(heard.jobs()).toEqual([]);
    expect(before?.jobs).toHaveLength(1);
    expect(before?.allocations({ namespace: 'default', jobId: 'web', group: 'g' })).toHaveLength(1);
  });
});

describe('a changed job that cannot be read', () => {
  test('is left out, not shown as it was; others go on; it comes back', async () => {
    const { clock, heard, world } = follow(worldOf('web', 'api'));
    await clock.advance(5_000);
    world.bodyFaults.set('web', { status: 500, text: 'broken' });
    world.change(() => {
      world.jobs = [
        { id: 'api', index: 11, count: 4 },
        { id: 'web', index: 11, count: 2 },
      ];
    });
    await clock.advance(0);
    expect(heard.jobs()).toEqual(['default:api@11=4']);
    expect(heard.failures.map(({ message }) => message)).toEqual(['nomad: read job web: 500 broken']);
    world.bodyFaults.clear();
    await clock.advance(1_000);
    expect(heard.jobs()).toEqual(['default:api@11=4', 'default:web@11=2']);
    expect([heard.broken, heard.recoveries]).toEqual([['job specifications'], ['job specifications']]);
  });

  test('and hangs is left out after two seconds, and holds up no other', async () => {
    const { clock, heard, world } = follow(worldOf('web', 'api'));
    await clock.advance(5_000);
    world.bodyFaults.set('web', 'hang');
    world.change(() => {
      world.jobs = [
        { id: 'api', index: 11, count: 4 },
        { id: 'web', index: 11, count: 2 },
      ];
    });
    await clock.advance(2_000);
    expect(heard.jobs()).toEqual(['default:api@11=4']);
  });

  test('because it has gone meanwhile is no failure', async () => {
    const { clock, heard, world } = follow(worldOf('web'));
    world.bodyFaults.set('web', { status: 404, text: 'job not found' });
    await clock.advance(0);
    expect(heard.jobs()).toEqual([]);
    expect(heard.failures).toEqual([]);
  });

  test('is tried again ever more seldom, and is forgotten when it leaves the list', async () => {
    const { clock, world } = follow(worldOf('web'));
    world.bodyFaults.set('web', { status: 500, text: 'broken' });
    await clock.advance(120_000);
    const reads = world.read('web');
    expect(reads).toBeGreaterThan(4);
    expect(reads).toBeLessThan(12);
    world.change(() => {
      world.jobs = [];
    });
    await clock.advance(120_000);
    expect(world.read('web')).toBe(reads);
  });

  test('is asked of the leader when another server has only the version before', async () => {
    const { clock, heard, world } = follow(worldOf('web'));
    await clock.advance(5_000);
    const old = {
      headers: world.headers,
      text: JSON.stringify({ ID: 'web', JobModifyIndex: 5, TaskGroups: [] }),
    };
    world.bodyFaults.set('web', old);
    world.change(() => {
      world.jobs = [{ id: 'web', index: 11, count: 2 }];
    });
    await clock.advance(0);
    expect(heard.jobs()).toEqual([]);
    world.bodyFaults.clear();
    await clock.advance(1_000);
    expect(heard.jobs()).toEqual(['default:web@11=2']);
    const reads = world.seen
      .filter(({ path }) => path === '/v1/job/web')
      .map(({ query }) => query.has('stale'));
    expect(reads).toEqual([true, true, false]);
  });
});

test('a scaling that finds the job changed has it read again, from the leader', async () => {
  const { clock, heard, world, nomad, drive } = follow(worldOf('web'));
  await clock.advance(5_000);
  world.jobs = [{ id: 'web', index: 5, count: 3 }];
  const request = {
    namespace: 'default',
    jobId: 'web',
    group: 'g',
    from: 1,
    to: 2,
    modifyIndex: 5,
    deploys: false,
  };
  const scaled = nomad.scale({ ...request, message: '', numbers: {} }, createPermit());
  expect((await rejection(drive(scaled))).detail.conflict).toBe('job-changed');
  await clock.advance(0);
  expect(heard.jobs()).toEqual(['default:web@5=3']);
});

test('stopping waits for the end, and nothing is told afterwards', async () => {
  const { clock, heard, world, stop } = follow(worldOf('web'));
  await clock.advance(5_000);
  const told = heard.views.length;
  await stop();
  world.change(() => {
    world.jobs = [];
  });
  await clock.advance(60_000);
  expect(heard.views).toHaveLength(told);
  expect(heard.failures).toEqual([]);
  expect(world.asked('jobs')).toHaveLength(2);
});

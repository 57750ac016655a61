import { describe, expect, test } from 'vitest';
import type { NomadOptions } from '../../../src/adapters/nomad/options.ts';
import { allocation, ClusterWorld, Heard } from './cluster-world.ts';
import { adapterOf } from './fake-nomad.ts';
import { createRig } from './harness.ts';
import type { Rig } from './harness.ts';

interface Following extends Rig {
  readonly world: ClusterWorld;
  readonly heard: Heard;
  readonly stop: () => Promise<void>;
}

/** Follows a world and its nodes without sockets, in time that only moves when told. */
function follow(world: ClusterWorld, options: Partial<NomadOptions> = {}): Following {
  const rig = createRig({ address: 'http://nomad', adapter: adapterOf(world.handler), ...options });
  world.clock = rig.clock;
  const heard = new Heard();
  const stop = rig.nomad.follow(heard, { nodes: true });
  return { ...rig, world, heard, stop };
}

function worldOf(...ids: readonly string[]): ClusterWorld {
  const world = new ClusterWorld();
  world.jobs = [{ id: 'web', index: 5 }];
  world.allocations = [allocation('a1', 'web')];
  world.nodes = ids.map((id) => ({ id, index: 7 }));
  return world;
}

describe('nodes that are followed', () => {
  test('are in the view, read whole, in the order of their ids', async () => {
    const { clock, heard, world } = follow(worldOf('n2', 'n1'));
    await clock.advance(0);
    expect(heard.nodes()).toEqual(['n1@7 ready', 'n2@7 ready']);
    expect(heard.views.at(-1)?.nodes?.all[0]).toMatchObject({
      name: 'name-n1',
      capacity: { cpuMhz: 4000, memoryMb: 8192, diskMb: 40_000 },
    });
    const asked = world.asked('nodes')[0]?.query;
    expect(Object.fromEntries(asked ?? [])).toEqual({ resources: 'true', stale: 'true' });
  });

  test('are not asked for when nobody wants them', async () => {
    const world = worldOf('n1');
    const rig = createRig({ address: 'http://nomad', adapter: adapterOf(world.handler) });
    world.clock = rig.clock;
    const heard = new Heard();
    rig.nomad.follow(heard, { nodes: false });
    await rig.clock.advance(5_000);
    expect(heard.jobs()).toEqual(['default:web@5=1']);
    expect([heard.nodes(), world.asked('nodes').length, world.read('n1')]).toEqual([undefined, 0, 0]);
  });

  test('do not hold up the first view', async () => {
    const world = worldOf('n1', 'n2');
    world.bodyFaults.set('n1', 'hang');
    world.bodyFaults.set('n2', 'hang');
    const { clock, heard } = follow(world);
    await clock.advance(0);
    expect(heard.jobs()).toEqual(['default:web@5=1']);
    expect(heard.nodes() ?? ['n1?', 'n2?']).toEqual(['n1?', 'n2?']);
  });

  test('whose list cannot be had leave jobs alone, and are unknown', async () => {
    const world = worldOf('n1');
    world.faults.nodes.push({ status: 403, text: 'Permission denied' });
    const { clock, heard } = follow(world);
    await clock.advance(100);
    expect([heard.jobs(), heard.nodes()]).toEqual([['default:web@5=1'], undefined]);
    expect(heard.failures.map(({ message, detail }) => [message, detail.permission])).toEqual([
      ['nomad: list nodes: 403 Permission denied (node:read)', 'node:read'],
    ]);
    await clock.advance(1_000);
    expect(heard.nodes()).toEqual(['n1@7 ready']);
    expect([heard.broken, heard.recoveries]).toEqual([['nodes'], ['nodes']]);
  });

  test('have a freshness of their own', async () => {
    const world = worldOf('n1');
    const { clock, heard } = follow(world);
    await clock.advance(5_000);
    world.faults.nodes.push(
      ...Array.from({ length: 50 }, () => ({ status: 500, text: 'No cluster leader' })),
    );
    await clock.advance(60_000);
    const view = heard.views.at(-1);
    expect(clock.monotonicMs() - (view?.freshMs ?? 0)).toBeLessThan(25_000);
    expect(clock.monotonicMs() - (view?.nodes?.freshMs ?? 0)).toBeGreaterThan(40_000);
    expect(heard.nodes()).toEqual(['n1@7 ready']);
    expect(heard.broken).toEqual(['nodes']);
  });
});

describe('a change of a node', () => {
  test('is seen: it alone is read again', async () => {
    const { clock, heard, world } = follow(worldOf('n1', 'n2'));
    await clock.advance(5_000);
    world.change(() => {
      world.nodes = [
        { id: 'n1', index: 7 },
        { id: 'n2', index: 12, body: { Meta: { replicator_worker_pool: 'pool-a' } } },
      ];
    });
    await clock.advance(0);
    expect(heard.nodes()).toEqual(['n1@7 ready', 'n2@12 ready']);
    expect(heard.views.at(-1)?.nodes?.all[1]?.meta).toEqual({ replicator_worker_pool: 'pool-a' });
    expect([world.read('n1'), world.read('n2')]).toEqual([1, 2]);
  });

  test('shows its standing and capacity at once, and the rest as it was, until it has been read', async () => {
    const { clock, heard, world } = follow(worldOf('n1'));
    await clock.advance(5_000);
    world.bodyFaults.set('n1', 'hang');
    const capacity = { Cpu: { CpuShares: 3000 }, Memory: { MemoryMB: 8192 }, Disk: { DiskMB: 40_000 } };
    const extra = {
      Status: 'down',
      SchedulingEligibility: 'ineligible',
      Drain: true,
      NodeResources: capacity,
    };
    world.change(() => {
      world.nodes = [{ id: 'n1', index: 12, extra, body: { Name: 'new' } }];
    });
    await clock.advance(0);
    expect(heard.views.at(-1)?.nodes?.all).toMatchObject([
      {
        name: 'name-n1',
        modifyIndex: 7,
        status: 'down',
        eligible: false,
        draining: true,
        capacity: { cpuMhz: 3000 },
      },
    ]);
    world.bodyFaults.clear();
    await clock.advance(10_000);
    expect(heard.views.at(-1)?.nodes?.all).toMatchObject([{ name: 'new', modifyIndex: 12 }]);
  });

  test('by which it is gone takes it out of the view', async () => {
    const { clock, heard, world } = follow(worldOf('n1', 'n2'));
    await clock.advance(5_000);
    world.change(() => {
      world.nodes = [{ id: 'n2', index: 7 }];
    });
    await clock.advance(0);
    expect(heard.nodes()).toEqual(['n2@7 ready']);
  });

  test('after which the servers started over forgets what was read', async () => {
    const { clock, heard, world } = follow(worldOf('n1'));
    await clock.advance(5_000);
    world.change(() => {
      world.nodes = [{ id: 'n1', index: 2 }];
    }, -8);
    await clock.advance(25_000);
    expect(heard.nodes()).toEqual(['n1@2 ready']);
    expect(world.read('n1')).toBe(2);
  });
});

describe('a node that cannot be read', () => {
  test('is named as not read; the others are there; it comes', async () => {
    const world = worldOf('n1', 'n2');
    world.bodyFaults.set('n1', { text: '{"ID":"n1"}' });
    const { clock, heard } = follow(world);
    await clock.advance(100);
    expect(heard.nodes()).toEqual(['n2@7 ready', 'n1?']);
    expect(heard.broken).toEqual(['node specifications']);
    world.bodyFaults.clear();
    await clock.advance(1_000);
    expect(heard.nodes()).toEqual(['n1@7 ready', 'n2@7 ready']);
    expect(heard.recoveries).toEqual(['node specifications']);
  });

  test('has its old body shown when it was read before', async () => {
    const { clock, heard, world } = follow(worldOf('n1'));
    await clock.advance(5_000);
    world.bodyFaults.set('n1', { status: 500, text: 'broken' });
    world.change(() => {
      world.nodes = [{ id: 'n1', index: 12, extra: { Status: 'down' } }];
    });
    await clock.advance(30_000);
    expect(heard.nodes()).toEqual(['n1@7 down']);
  });
});

test('a thousand nodes are read one at a time, and make few views', async () => {
  const world = worldOf(...Array.from({ length: 1_000 }, (_, at) => `n${String(at).padStart(4, '0')}`));
  const reading = { now: 0, most: 0 };
  const adapter = adapterOf(async (seen) => {
    if (!seen.path.startsWith('/v1/node/')) return world.handler(seen);
    reading.now += 1;
    reading.most = Math.max(reading.most, reading.now);
    await Promise.resolve();
    reading.now -= 1;
    return world.handler(seen);
  });
  const { clock, heard } = follow(world, { adapter });
  await clock.advance(1_000);
  expect(heard.views.at(-1)?.nodes?.all).toHaveLength(1_000);
  expect(heard.views.at(-1)?.nodes?.unread).toEqual([]);
  expect(reading.most).toBe(1);
  expect(heard.views.length).toBeLessThan(6);
});

test('stopping ends the third list too', async () => {
  const { clock, world, stop, nomad } = follow(worldOf('n1'));
  await clock.advance(5_000);
  await stop();
  const before = world.asked('nodes').length;
  const again = new Heard();
  nomad.follow(again, { nodes: true });
  await clock.advance(0);
  expect(again.nodes()).toEqual(['n1@7 ready']);
  expect(world.asked('nodes')).toHaveLength(before + 1);
});

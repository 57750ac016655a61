import { describe, expect, test } from 'vitest';
import { FollowedPools } from '../../src/simulator/aws/followed-pools.ts';
import { parseWorldFile } from '../../src/simulator/world-file.ts';
import { World } from '../../src/simulator/world/world.ts';
import { cloudOf, need, REGION } from './cloud-rig.ts';
import type { CloudReader } from '../../src/simulator/aws/followed-pools.ts';
import type { CloudRig } from './cloud-rig.ts';

interface FollowRig extends CloudRig {
  readonly followed: FollowedPools;
  readonly failures: string[];
  /** What is wrong with the reads; '' for nothing. */
  trouble: string;
  names(): readonly string[];
}

/** A reader of the cloud, as an adapter would be. */
function readerOf(rig: CloudRig, trouble: () => string): CloudReader {
  const check = (): void => {
    if (trouble() !== '') throw new Error(trouble());
  };
  return {
    readGroup: async ({ pool, region }) => {
      check();
      const { members, desired, min, max, zones, suspended } = rig.group();
      return Promise.resolve({ pool, region, members, desired, min, max, zones, suspended });
    },
    readInstances: async (region, ids) => {
      check();
      const { instances } = rig.cloud.view(region);
      const known = instances.filter(({ id }) => ids.includes(id));
      return Promise.resolve(new Map(known.map(({ id, ...rest }) => [id, { instanceId: id, ...rest }])));
    },
  };
}

function followed(): FollowRig {
  const rig = cloudOf();
  const world = new World({ clock: rig.clock });
  const pool = { name: 'pool', max: 5, bootMs: 30_000, node: { cpuMhz: 1000 }, meta: { tier: 'a' } };
  const parsed = parseWorldFile(JSON.stringify({ pools: [pool] }));
  if (!parsed.ok) throw new Error(parsed.faults.join('\n'));
  const own: Omit<FollowRig, 'followed'> = {
    ...rig,
    failures: [],
    trouble: '',
    names: () =>
      world.store.tables.nodes
        .all()
        .map((node) => `${node.name} ${node.status}`)
        .toSorted((a, b) => a.localeCompare(b)),
  };
  const reader = readerOf(rig, () => own.trouble);
  const pools = new FollowedPools({
    world,
    pools: parsed.description.pools,
    reader,
    clock: rig.clock,
    failed: (name, error) => void own.failures.push(`${name}: ${String(error)}`),
  });
  return Object.assign(own, { followed: pools });
}

describe('another AWS that is followed', () => {
  test('gives a node for each running instance, some time after it was seen', async () => {
    const rig = followed();
    rig.followed.start();
    await rig.clock.advance(29_000);
    expect(rig.names()).toEqual([]);
    await rig.clock.advance(2_000);
    expect(rig.names()).toEqual(['pool-1 ready', 'pool-2 ready']);
    rig.cloud.update(rig.key, { desired: 3 }, 'test');
    await rig.clock.advance(53_000);
    expect(rig.names()).toEqual(['pool-1 ready', 'pool-2 ready', 'pool-3 ready']);
    const node = rig.followed.clients.nodeOf(need(rig.ids()[2]));
    expect(node).toMatchObject({ cpuMhz: 1000, meta: { tier: 'a' }, address: '10.1.0.3' });
    await rig.followed.stop();
  });

  test('takes the client of an instance that is terminated, also after a detach', async () => {
    const rig = followed();
    const [gone = ''] = rig.ids();
    rig.followed.start();
    await rig.clock.advance(31_000);
    rig.cloud.detach(rig.key, [gone], { decrement: true, by: 'test' });
    await rig.clock.advance(60_000);
    expect(rig.names()).toEqual(['pool-1 ready', 'pool-2 ready']);
    rig.cloud.terminate(REGION, [gone], 'test');
    await rig.clock.advance(25_000);
    expect(rig.names()).toEqual(['pool-1 down', 'pool-2 ready']);
    expect(rig.followed.clients.terminations).toMatchObject([{ instanceId: gone, by: 'EC2' }]);
    await rig.clock.advance(3_700_000);
    expect(rig.followed.clients.terminations).toHaveLength(1);
    await rig.followed.stop();
  });

  test('changes nothing while it cannot be read', async () => {
    const rig = followed();
    rig.followed.start();
    await rig.clock.advance(31_000);
    rig.trouble = 'out of order';
    rig.cloud.terminate(REGION, rig.ids(), 'test');
    await rig.clock.advance(40_000);
    expect(rig.names()).toEqual(['pool-1 ready', 'pool-2 ready']);
    expect(rig.failures[0]).toBe('pool: Error: out of order');
    rig.trouble = '';
    await rig.clock.advance(25_000);
    expect(rig.names()).toEqual(['pool-1 down', 'pool-2 down']);
    await rig.followed.stop();
  });

  test('is shown as it was last seen', async () => {
    const rig = followed();
    expect(rig.followed.pools()).toMatchObject([{ name: 'pool', max: 5, instances: [] }]);
    await rig.followed.look();
    const [pool] = rig.followed.pools();
    expect(pool).toMatchObject({ name: 'pool', region: REGION, min: 1, max: 5, desired: 2 });
    expect(pool?.instances.map((one) => one.state)).toEqual(['running', 'running']);
    expect(pool?.members).toHaveLength(2);
    await rig.followed.stop();
  });
});

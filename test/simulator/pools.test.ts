import { describe, expect, test } from 'vitest';
import { createCloudPools } from '../../src/simulator/aws/cloud-pools.ts';
import { groupKey } from '../../src/simulator/aws/types.ts';
import { VirtualClock } from '../../src/simulator/virtual-clock.ts';
import { buildWorld, parseWorldFile } from '../../src/simulator/world-file.ts';
import { REGION, STEADY_CLOUD } from './cloud-rig.ts';
import { runningOf, job, states } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import type { CloudPools } from '../../src/simulator/aws/cloud-pools.ts';
import type { Node } from '../../src/simulator/world/types.ts';

interface PoolRig extends Cluster, CloudPools {
  readonly key: string;
  nodes(): readonly Node[];
  instanceIds(): readonly string[];
}

const POOL = { name: 'pool', region: REGION, min: 1, max: 6, desired: 2, ...STEADY_CLOUD };

/** A world of one pool. */
function rigOf(pool: object = {}, world: object = {}): PoolRig {
  const clock = new VirtualClock();
  const meta = { replicator_worker_pool: 'pool' };
  const text = JSON.stringify({ ...world, pools: [{ ...POOL, meta, node: { cpuMhz: 2000 }, ...pool }] });
  const parsed = parseWorldFile(text);
  if (!parsed.ok) throw new Error(parsed.faults.join('\n'));
  const built = buildWorld(parsed.description, clock);
  const pools = createCloudPools(built, parsed.description.pools, 1);
  const key = groupKey({ region: REGION, name: 'pool' });
  return {
    clock,
    world: built,
    ...pools,
    key,
    nodes: () => built.store.tables.nodes.all().toSorted((a, b) => a.createIndex - b.createIndex),
    instanceIds: () => pools.cloud.state.group(key)?.members.map((member) => member.instanceId) ?? [],
  };
}

const names = (nodes: readonly Node[]): readonly string[] =>
  nodes.map((node) => `${node.name} ${node.status}`);

describe('an instance of a pool', () => {
  test('that was there at the start is a node at once, and says where it runs', () => {
    const { nodes, instanceIds, clients } = rigOf({
      zones: ['us-east-1a', 'us-east-1b'],
      node: { nodeClass: 'worker', cpuMhz: 3000 },
    });
    expect(names(nodes())).toEqual(['pool-1 ready', 'pool-2 ready']);
    const [id = ''] = instanceIds();
    const [node] = nodes();
    expect(node).toMatchObject({
      address: '10.1.0.1',
      cpuMhz: 3000,
      nodeClass: 'worker',
      meta: { replicator_worker_pool: 'pool' },
      attributes: {
        'platform.aws.placement.availability-zone': 'us-east-1a',
        'unique.network.ip-address': '10.1.0.1',
        'unique.platform.aws.instance-id': id,
        'unique.platform.aws.local-ipv4': '10.1.0.1',
      },
    });
    expect(nodes()[1]?.attributes['platform.aws.placement.availability-zone']).toBe('us-east-1b');
    expect(clients.nodeOf(id)).toBe(node);
  });

  test('becomes a node after it runs and has booted', async () => {
    const { cloud, clock, key, nodes, clients, instanceIds } = rigOf();
    cloud.update(key, { desired: 3 }, 'test');
    await clock.advance(2_000 + 20_000 + 29_999);
    expect(nodes()).toHaveLength(2);
    await clock.advance(1);
    expect(names(nodes())).toEqual(['pool-1 ready', 'pool-2 ready', 'pool-3 ready']);
    expect(nodes()[2]?.createIndex).toBeGreaterThan(nodes()[1]?.createIndex ?? 0);
    expect(clients.nodeOf(instanceIds()[2] ?? '')?.name).toBe('pool-3');
  });

  test('takes work that had no room', async () => {
    const own = rigOf({ desired: 1 }, { jobs: [] });
    own.world.jobs.register(job({ count: 6, cpu: 500, update: null }));
    await own.clock.advance(10_000);
    expect(runningOf(own)).toHaveLength(4);
    own.cloud.update(own.key, { desired: 2 }, 'test');
    await own.clock.advance(60_000);
    expect(runningOf(own)).toHaveLength(6);
  });

  test('takes its client along when it is shut down: the node goes down, its work is lost and placed elsewhere', async () => {
    const own = rigOf();
    own.world.jobs.register(job({ count: 4, cpu: 400, update: null }));
    own.world.jobs.register({ ...job({ id: 'sys', type: 'system', cpu: 100 }) });
    await own.clock.advance(15_000);
    const [gone = ''] = own.instanceIds();
    const node = own.clients.nodeOf(gone);
    expect(runningOf(own)).toHaveLength(4);
    const there = runningOf(own).filter((row) => row.nodeId === node?.id).length;
    own.cloud.terminate(REGION, [gone], 'TerminateInstances');
    expect(own.clients.terminations).toMatchObject([
      { instanceId: gone, pool: 'pool', by: 'TerminateInstances', node: 'pool-1', isEligible: true },
    ]);
    expect(own.clients.terminations[0]?.allocations).toHaveLength(there);
    expect(own.clients.terminations[0]?.allocations[0]).toMatchObject({
      jobId: 'web',
      clientStatus: 'running',
    });
    await own.clock.advance(13_000);
    expect(own.clients.nodeOf(gone)?.status).toBe('ready');
    await own.clock.advance(10_000);
    expect(own.clients.nodeOf(gone)?.status).toBe('down');
    expect(states(own).filter((line) => line.endsWith('stop/lost'))).toHaveLength(there);
    expect(runningOf(own)).toHaveLength(4);
    expect(states(own, 'sys').filter((line) => line.endsWith('run/running'))).toHaveLength(1);
  });

  test('is forgotten by Nomad a day after its node went down', async () => {
    const { cloud, clock, nodes, instanceIds, key } = rigOf({ min: 0 });
    const [gone = ''] = instanceIds();
    cloud.detach(key, [gone], { decrement: true, by: 'test' });
    cloud.terminate(REGION, [gone], 'test');
    await clock.advance(23 * 3_600_000);
    expect(names(nodes())).toEqual(['pool-1 down', 'pool-2 ready']);
    await clock.advance(2 * 3_600_000);
    expect(names(nodes())).toEqual(['pool-2 ready']);
  });

  test('that is shut down while it boots never becomes a node', async () => {
    const { cloud, clock, key, nodes, instanceIds, clients } = rigOf();
    cloud.update(key, { desired: 3 }, 'test');
    await clock.advance(30_000);
    cloud.terminate(REGION, [instanceIds()[2] ?? ''], 'test');
    await clock.advance(40_000);
    expect(nodes()).toHaveLength(2);
    expect(clients.terminations).toMatchObject([{ node: '', allocations: [] }]);
  });

  test('stays a node when it is detached, until it is terminated', async () => {
    const { cloud, clock, key, instanceIds, clients } = rigOf();
    const [id = ''] = instanceIds();
    cloud.detach(key, [id], { decrement: true, by: 'test' });
    await clock.advance(600_000);
    expect([clients.nodeOf(id)?.status, clients.poolOf(id)]).toEqual(['ready', 'pool']);
    cloud.terminate(REGION, [id], 'test');
    await clock.advance(60_000);
    expect([clients.nodeOf(id)?.status, clients.terminations[0]?.pool]).toEqual(['down', 'pool']);
  });

  test('that the group itself ends is in the record too', async () => {
    const { cloud, key, clients } = rigOf();
    cloud.update(key, { desired: 1 }, 'test');
    expect(clients.terminations).toMatchObject([{ by: 'group', node: 'pool-1' }]);
  });
});

describe('how an instance joins', () => {
  const withoutEc2 = {
    'unique.platform.aws.instance-id': undefined,
    'platform.aws.instance-type': undefined,
  };

  test.each([
    ['address-only', { address: '10.1.0.1' }],
    ['second-address', { address: '10.2.0.1' }],
    ['stranger', { address: '172.17.0.1' }],
  ])('%s', (joins, expected) => {
    const { nodes } = rigOf({ joins, desired: 1, interfaces: 2 });
    const [node] = nodes();
    expect(node?.address).toBe(expected.address);
    expect(node?.attributes).toMatchObject({ 'unique.network.ip-address': expected.address });
    expect({ ...withoutEc2, ...node?.attributes }).toMatchObject(withoutEc2);
  });

  test('never', async () => {
    const { nodes, clock } = rigOf({ joins: 'never' });
    await clock.advance(600_000);
    expect(nodes()).toEqual([]);
  });

  test('can be said of the next instances, one by one', async () => {
    const { cloud, clock, key, nodes, clients } = rigOf({ desired: 1, min: 0 });
    clients.manners('pool').nextJoins = ['never', 'stranger'];
    cloud.update(key, { desired: 4 }, 'test');
    await clock.advance(120_000);
    expect(nodes().map((node) => node.address)).toEqual(['10.1.0.1', '172.17.0.2', '10.1.0.4']);
  });
});

test('pools do not change what a world without them draws', async () => {
  const run = async (pools: readonly object[]): Promise<unknown> => {
    const clock = new VirtualClock();
    const parsed = parseWorldFile(JSON.stringify({ nodes: [{}, {}], pools }));
    if (!parsed.ok) throw new Error('faults');
    const world = buildWorld(parsed.description, clock);
    createCloudPools(world, parsed.description.pools, 1);
    world.jobs.register(job({ count: 3 }));
    await clock.advance(60_000);
    return world.store.tables.allocations.all();
  };
  expect(await run([])).toEqual(await run([{ name: 'empty', max: 3 }]));
});

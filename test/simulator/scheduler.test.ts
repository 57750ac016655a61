import { describe, expect, test } from 'vitest';
import {
  allocationsOf,
  cluster,
  job,
  jobOf,
  latest,
  nodeNamed,
  runningOf,
  scale,
  states,
  summaryOf,
} from './cluster.ts';
import type { Cluster } from './cluster.ts';

const evaluations = ({ world }: Cluster): readonly string[] =>
  world.store.tables.evaluations
    .all()
    .toSorted((a, b) => a.createIndex - b.createIndex)
    .map((row) => `${row.triggeredBy} ${row.status}`);

const nodesOf = (own: Cluster, id?: string): readonly string[] =>
  runningOf(own, id).map((row) => row.nodeName);

describe('the scheduler', () => {
  test('places what fits: first by CPU, then by memory, then by disk', async () => {
    for (const [input, fits] of [
      [{ cpu: 900, memory: 100 }, 2],
      [{ cpu: 100, memory: 1000 }, 4],
      [{ cpu: 10, memory: 10 }, 5],
    ] as const) {
      const own = cluster([{ cpuMhz: 2000, memoryMb: 4096, diskMb: 550 }]);
      own.world.jobs.register(job({ ...input, count: 9 }));
      await own.clock.advance(5000);
      expect(runningOf(own)).toHaveLength(fits);
      expect(summaryOf(own)).toMatchObject({ running: fits, queued: 9 - fits });
    }
  });

  test('respects datacenter, class, meta and drivers', async () => {
    const own = cluster([
      { name: 'other-dc', datacenter: 'dc2' },
      { name: 'other-class', nodeClass: 'b' },
      { name: 'no-driver', nodeClass: 'a', drivers: ['exec'], meta: { tier: 'gold' } },
      { name: 'no-meta', nodeClass: 'a' },
      { name: 'right', nodeClass: 'a', meta: { tier: 'gold' } },
    ]);
    const constraints = [
      { LTarget: '${node.class}', Operand: '=', RTarget: 'a' },
      { LTarget: '${meta.tier}', Operand: '=', RTarget: 'gold' },
    ];
    own.world.jobs.register(job({ count: 3, constraints }));
    await own.clock.advance(5000);
    expect(nodesOf(own)).toEqual(['right', 'right', 'right']);
  });

  test.each([
    ['!=', 'a', ['n-b']],
    ['regexp', '^[ab]$', ['n-a', 'n-b']],
    ['distinct_hosts', 'true', ['n-a', 'n-b']],
    ['is_set', '', ['n-a', 'n-b']],
    ['is_not_set', '', []],
    ['version', '>= 1', []],
  ])('understands a constraint with %s %s', async (Operand, RTarget, nodes) => {
    const own = cluster([
      { name: 'n-a', nodeClass: 'a' },
      { name: 'n-b', nodeClass: 'b' },
    ]);
    own.world.jobs.register(job({ count: 4, constraints: [{ LTarget: '${node.class}', Operand, RTarget }] }));
    await own.clock.advance(5000);
    expect([...new Set(nodesOf(own))].toSorted()).toEqual(nodes);
  });

  test('spreads a group over nodes while they are empty', async () => {
    const own = cluster([{}, {}, {}]);
    own.world.jobs.register(job({ count: 3 }));
    await own.clock.advance(5000);
    expect(new Set(nodesOf(own)).size).toBeGreaterThan(1);
  });

  test('blocks an evaluation that cannot place everything, and takes it up when a node joins', async () => {
    const own = cluster([{ cpuMhz: 1000 }]);
    own.world.jobs.register(job({ count: 3, update: {} }));
    await own.clock.advance(5000);
    expect(states(own)).toHaveLength(2);
    expect(evaluations(own)).toEqual(['job-register complete', 'queued-allocs blocked']);
    const [complete, blocked] = own.world.store.tables.evaluations
      .all()
      .toSorted((a, b) => a.createIndex - b.createIndex);
    expect(complete).toMatchObject({ blockedEval: blocked?.id, queuedAllocations: { g: 1 } });
    expect(complete?.failedGroups?.['g']).toMatchObject({
      nodesExhausted: 1,
      dimensionExhausted: { cpu: 1 },
    });
    expect(blocked).toMatchObject({
      previousEval: complete?.id,
      queuedAllocations: null,
      failedGroups: null,
    });
    own.world.addNode({ cpuMhz: 1000 });
    await own.clock.advance(20_000);
    expect(runningOf(own)).toHaveLength(3);
    expect(summaryOf(own)).toMatchObject({ running: 3, queued: 0 });
    expect(latest(own).status).toBe('successful');
  });

  test('takes it up when another job makes room, and when a node becomes eligible', async () => {
    for (const free of [
      (own: Cluster) => own.world.jobs.deregister('default', 'first', false),
      (own: Cluster) => own.world.nodes.setEligible(nodeNamed(own, 'spare'), true),
    ]) {
      const own = cluster([{ cpuMhz: 1000 }, { name: 'spare', cpuMhz: 1000 }]);
      own.world.nodes.setEligible(nodeNamed(own, 'spare'), false);
      own.world.jobs.register(job({ id: 'first', count: 2 }));
      await own.clock.advance(5000);
      own.world.jobs.register(job({ id: 'second', count: 2 }));
      await own.clock.advance(5000);
      expect([jobOf(own, 'second').status, runningOf(own, 'second').length]).toEqual(['pending', 0]);
      free(own);
      await own.clock.advance(5000);
      expect(runningOf(own, 'second')).toHaveLength(2);
    }
  });

  test('keeps one blocked evaluation a job', async () => {
    const own = cluster([{ cpuMhz: 500 }]);
    own.world.jobs.register(job({ count: 2, update: { MaxParallel: 0 } }));
    await own.clock.advance(30_000);
    scale(own, 3);
    await own.clock.advance(30_000);
    scale(own, 4);
    await own.clock.advance(30_000);
    const blocked = evaluations(own).filter((row) => row.endsWith('blocked'));
    expect(blocked).toHaveLength(1);
  });

  test('stops the highest names when the count falls', async () => {
    const own = cluster([{}, {}]);
    own.world.jobs.register(job({ count: 4 }));
    await own.clock.advance(10_000);
    scale(own, 2);
    await own.clock.advance(10_000);
    expect(states(own)).toEqual([
      'web.g[0] run/running',
      'web.g[1] run/running',
      'web.g[2] stop/complete',
      'web.g[3] stop/complete',
    ]);
    expect(allocationsOf(own)[3]?.desiredDescription).toBe('alloc not needed due to job update');
  });

  test('runs one allocation of a system job on every suitable node, new ones included', async () => {
    const own = cluster([{ nodeClass: 'a' }, { nodeClass: 'b' }]);
    own.world.jobs.register(job({ id: 'sys', type: 'system', cpu: 50 }));
    await own.clock.advance(5000);
    expect(runningOf(own, 'sys')).toHaveLength(2);
    own.world.addNode({ nodeClass: 'a' });
    await own.clock.advance(5000);
    expect(runningOf(own, 'sys')).toHaveLength(3);
    expect(own.world.store.tables.deployments.size).toBe(0);
  });

  test('ends a batch job when its work is done, and does not do it again', async () => {
    const own = cluster([{}]);
    const config = { run_for: '5s' };
    own.world.jobs.register(job({ id: 'work', type: 'batch', count: 2, driver: 'mock_driver', config }));
    await own.clock.advance(4000);
    expect([jobOf(own, 'work').status, runningOf(own, 'work').length]).toEqual(['running', 2]);
    await own.clock.advance(10_000);
    expect(jobOf(own, 'work')).toMatchObject({ status: 'dead', stop: false });
    expect(states(own, 'work')).toEqual(['work.g[0] run/complete', 'work.g[1] run/complete']);
    own.world.addNode({});
    await own.clock.advance(60_000);
    expect(states(own, 'work')).toHaveLength(2);
  });

  test('replaces a failing allocation after its delay, longer each time', async () => {
    const own = cluster([{}, {}]);
    const restart = { Attempts: 0, Mode: 'fail' };
    const reschedule = { Delay: 5e9, DelayFunction: 'exponential', MaxDelay: 60e9, Unlimited: true };
    const config = { command: '/bin/false' };
    own.world.jobs.register(
      job({ driver: 'raw_exec', config, restart, reschedule, update: { MaxParallel: 0 } }),
    );
    await own.clock.advance(120_000);
    const rows = allocationsOf(own).toSorted((a, b) => a.createIndex - b.createIndex);
    expect(rows.length).toBeGreaterThan(3);
    expect(rows[0]).toMatchObject({
      desiredStatus: 'stop',
      clientStatus: 'failed',
      desiredDescription: 'alloc was rescheduled because it failed',
      nextAllocation: rows[1]?.id,
    });
    const delays = rows.slice(1, 4).map((row) => row.rescheduleEvents.at(-1)?.delayMs);
    expect(delays).toEqual([5000, 10_000, 20_000]);
    expect(summaryOf(own)).toMatchObject({
      failed: rows.filter((row) => row.clientStatus === 'failed').length,
    });
  });

  test('forgets what has been over for an hour, but neither running work nor jobs at count 0', async () => {
    const own = cluster([{}]);
    own.world.jobs.register(job({ count: 4 }));
    await own.clock.advance(20_000);
    scale(own, 1);
    own.world.jobs.register(job({ id: 'parked', count: 0 }));
    await own.clock.advance(2 * 3600_000);
    expect(states(own)).toEqual(['web.g[0] run/running']);
    expect(own.world.store.tables.evaluations.size).toBeLessThan(2);
    await own.clock.advance(10 * 3600_000);
    expect(jobOf(own, 'parked').status).toBe('dead');
    own.world.jobs.deregister('default', 'web', false);
    await own.clock.advance(10 * 3600_000);
    expect(own.world.store.job('default', 'web')).toBeUndefined();
  });
});

describe('a seed', () => {
  const transcript = async (seed: number): Promise<string> => {
    const own = cluster([{}, {}, {}], { seed });
    const lines: string[] = [];
    own.world.store.onChange((changes) => {
      for (const { table, key } of changes) lines.push(`${own.clock.now()} ${table} ${key}`);
    });
    own.world.jobs.register(job({ count: 3 }));
    await own.clock.advance(20_000);
    scale(own, 5);
    own.world.nodes.silence(nodeNamed(own, 'node-2').id, 'dead');
    await own.clock.advance(60_000);
    return lines.join('\n');
  };

  test('gives the same run twice, byte for byte; another seed gives another', async () => {
    const first = await transcript(5);
    expect(first.length).toBeGreaterThan(1000);
    expect(await transcript(5)).toBe(first);
    expect(await transcript(6)).not.toBe(first);
  });
});

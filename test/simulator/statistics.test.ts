import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { allocationsOf, cluster, job, nodeNamed, runningOf, scale } from './cluster.ts';
import { shapeFaults } from '../contract/nomad/shape.ts';
import { nomadOf } from './face-client.ts';
import type { NodeInput } from '../../src/simulator/world/node-build.ts';
import type { Cluster } from './cluster.ts';
import type { Asked } from './face-client.ts';

const GROUP = { namespace: 'default', jobId: 'web', group: 'g' };
const MB = 1024 * 1024;

async function started(input: object = {}, node: NodeInput = {}): Promise<Cluster> {
  const own = cluster([{ name: 'a', coreMhz: 2000, ...node }]);
  own.world.jobs.register(job(input));
  await own.clock.advance(20_000);
  return own;
}

async function statistics(own: Cluster, position = 0): Promise<Asked> {
  const row = allocationsOf(own)[position];
  return nomadOf(own.world)(`/v1/client/allocation/${row?.id}/stats`);
}

const cpuOf = ({ body }: Asked): number => body.Tasks.t.ResourceUsage.CpuStats.TotalTicks;
const memoryOf = ({ body }: Asked): any => body.Tasks.t.ResourceUsage.MemoryStats;

describe('the load of a group', () => {
  test('is shared by its running allocations: more of them have less to do each', async () => {
    const own = await started({ count: 2 });
    own.world.statistics.setLoad(GROUP, { cpuMhz: 900, memoryMb: 300, noise: 0 });
    expect(cpuOf(await statistics(own))).toBeCloseTo(450);
    expect(memoryOf(await statistics(own)).Usage / MB).toBeCloseTo(150);
    scale(own, 3);
    await own.clock.advance(10_000);
    expect(cpuOf(await statistics(own))).toBeCloseTo(300);
  });

  test('can be of each allocation, whatever their number', async () => {
    const own = await started({ count: 2 });
    const each = { kind: 'constant', value: 120, per: 'allocation' } as const;
    own.world.statistics.setLoad(GROUP, { cpuMhz: each, memoryMb: each, noise: 0 });
    expect(cpuOf(await statistics(own))).toBeCloseTo(120);
  });

  test.each([
    ['a wave', { kind: 'wave', mean: 100, amplitude: 50, periodS: 40 }, [100, 50, 100, 150]],
    ['a spike', { kind: 'spike', base: 10, peak: 90, atS: 29, forS: 5 }, [10, 90, 10, 10]],
    [
      'a spike again and again',
      { kind: 'spike', base: 10, peak: 90, atS: 19, forS: 5, everyS: 20 },
      [90, 10, 90, 10],
    ],
    [
      'steps',
      {
        kind: 'steps',
        steps: [
          [0, 1],
          [25, 2],
          [45, 3],
        ],
      },
      [1, 2, 2, 3],
    ],
  ] as const)('follows %s', async (_name, curve, expected) => {
    const own = await started();
    own.world.statistics.setLoad(GROUP, { cpuMhz: curve, memoryMb: 10, noise: 0 });
    const seen: number[] = [];
    for (const _ of expected) {
      seen.push(cpuOf(await statistics(own)));
      await own.clock.advance(10_000);
    }
    const isNear = seen.map((value, position) => Math.abs(value - (expected[position] ?? 0)) <= 8);
    expect(isNear).toEqual(expected.map(() => true));
  });

  test('falls to tasks as it says, else as they reserve', async () => {
    const two = job();
    const [group] = two.TaskGroups;
    const [task] = group.Tasks;
    const side = { ...task, Name: 'side', Resources: { CPU: 100, MemoryMB: 256 } };
    const own = cluster([{}]);
    own.world.jobs.register({ ...two, TaskGroups: [{ ...group, Tasks: [task, side] }] });
    await own.clock.advance(20_000);
    const ticks = async (): Promise<number[]> => {
      const { body } = await statistics(own);
      return ['t', 'side'].map((name) => Math.round(body.Tasks[name].ResourceUsage.CpuStats.TotalTicks));
    };
    own.world.statistics.setLoad(GROUP, { cpuMhz: 600, memoryMb: 10, noise: 0 });
    expect(await ticks()).toEqual([500, 100]);
    own.world.statistics.setLoad(GROUP, {
      cpuMhz: 600,
      memoryMb: 10,
      noise: 0,
      tasks: { t: 0.25, side: 0.75 },
    });
    expect(await ticks()).toEqual([150, 450]);
  });

  test('is noisy within its bounds, the same for the same seed', async () => {
    const own = await started();
    own.world.statistics.setLoad(GROUP, { cpuMhz: 100, memoryMb: 10, noise: 0.1 });
    const seen: number[] = [];
    for (let sample = 0; sample < 30; sample += 1) {
      seen.push(cpuOf(await statistics(own)));
      await own.clock.advance(1000);
    }
    expect(Math.min(...seen)).toBeGreaterThanOrEqual(90);
    expect(Math.max(...seen)).toBeLessThanOrEqual(110);
    expect(new Set(seen).size).toBeGreaterThan(20);
  });
});

describe('statistics', () => {
  test.each([
    ['raw_exec', 'v1', ['RSS', 'Swap'], ['System Mode', 'User Mode', 'Percent']],
    [
      'exec',
      'v1',
      ['RSS', 'Cache', 'Swap', 'Usage', 'Max Usage', 'Kernel Usage', 'Kernel Max Usage'],
      ['System Mode', 'User Mode', 'Throttled Periods', 'Throttled Time', 'Percent'],
    ],
    [
      'exec',
      'v2',
      ['Cache', 'Swap', 'Usage'],
      ['System Mode', 'User Mode', 'Throttled Periods', 'Throttled Time', 'Percent'],
    ],
    ['docker', 'v2', ['Cache', 'Swap', 'Usage'], ['Throttled Periods', 'Throttled Time', 'Percent']],
    [
      'docker',
      'v1',
      ['RSS', 'Cache', 'Swap', 'Usage', 'Max Usage'],
      ['Throttled Periods', 'Throttled Time', 'Percent'],
    ],
  ] as const)('of %s on cgroup %s measure what that driver measures', async (driver, cgroup, memory, cpu) => {
    const own = await started({ driver }, { cgroup });
    own.world.statistics.setLoad(GROUP, { cpuMhz: 500, memoryMb: 64, noise: 0 });
    const answer = await statistics(own);
    const { CpuStats, MemoryStats } = answer.body.Tasks.t.ResourceUsage;
    expect([MemoryStats.Measured, CpuStats.Measured]).toEqual([memory, cpu]);
    expect([CpuStats.TotalTicks, CpuStats.Percent]).toEqual([500, 25]);
    const hasRss = memory.some((name) => name === 'RSS');
    const own34 = driver === 'raw_exec' ? 34_562_048 : 0;
    expect(MemoryStats.RSS).toBe(hasRss ? 64 * MB + own34 : 0);
    expect(MemoryStats.Usage).toBe(driver === 'raw_exec' ? 0 : 64 * MB);
    expect(answer.body.ResourceUsage.CpuStats).toEqual(CpuStats);
  });

  test('of the mock driver have no CPU, and memory beyond 2^53 digit for digit, as recorded', async () => {
    const own = await started({ driver: 'mock_driver', config: {} });
    const answer = await statistics(own);
    const file = new URL(
      '../recordings/nomad-1.0.18/client-allocation-stats-mock-driver.json',
      import.meta.url,
    );
    const [recorded] = JSON.parse(readFileSync(file, 'utf8')).exchanges;
    expect(shapeFaults(recorded.body, answer.body)).toEqual([]);
    expect(answer.body.Tasks.t.ResourceUsage.CpuStats).toBeNull();
    expect(answer.text).toMatch(/"RSS":\d{17,19},/);
    expect(answer.text).toMatch(/"Timestamp":\d{19}}/);
  });

  test('have no sample in the first second, then one that changes every second', async () => {
    const own = cluster([{}], { timing: { evaluationMs: [0, 0], receiveMs: [0, 0], startMs: [1000, 1000] } });
    own.world.jobs.register(job());
    await own.clock.advance(1900);
    const none = await statistics(own);
    expect(none.body).toMatchObject({ Tasks: {}, Timestamp: 0 });
    expect(none.body.ResourceUsage.MemoryStats.Measured).toBeNull();
    await own.clock.advance(200);
    const first = (await statistics(own)).text;
    await own.clock.advance(500);
    expect((await statistics(own)).text).toBe(first);
    await own.clock.advance(500);
    expect((await statistics(own)).text).not.toBe(first);
  });

  test('of a finished allocation stay at its last sample', async () => {
    const own = await started({ count: 2 });
    scale(own, 1);
    await own.clock.advance(5000);
    const last = (await statistics(own, 1)).body.Timestamp;
    await own.clock.advance(60_000);
    const { status, body } = await statistics(own, 1);
    expect([status, body.Timestamp]).toEqual([200, last]);
  });

  test('are not to be had when the client is dead: at once, while the node is still ready', async () => {
    const own = await started();
    own.world.nodes.silence(nodeNamed(own, 'a').id, 'dead');
    const answer = await statistics(own);
    expect([answer.status, answer.text, nodeNamed(own, 'a').status]).toEqual([
      404,
      'No path to node',
      'ready',
    ]);
  });

  test('are not answered by a client that hangs, until the caller gives up', async () => {
    const own = await started();
    own.world.nodes.silence(nodeNamed(own, 'a').id, 'hung');
    const caller = new AbortController();
    const id = allocationsOf(own)[0]?.id;
    const answered: number[] = [];
    const ask = async (): Promise<void> => {
      const path = `/v1/client/allocation/${id}/stats`;
      answered.push((await nomadOf(own.world)(path, { signal: caller.signal })).status);
    };
    const pending = ask();
    await own.clock.advance(10_000);
    expect(answered).toEqual([]);
    caller.abort();
    await pending;
    expect(answered).toHaveLength(1);
  });

  test('fail for all, for a fraction of each group, or for those that are named', async () => {
    const own = await started({ count: 4 });
    const failing = async (): Promise<number[]> => {
      const answers = await Promise.all([0, 1, 2, 3].map((position) => statistics(own, position)));
      return answers.map((answer) => answer.status);
    };
    own.world.setFaults({ statistics: { mode: 'error' } });
    expect(await failing()).toEqual([500, 500, 500, 500]);
    own.world.setFaults({ statistics: { mode: 'error', fraction: 0.5 } });
    expect((await failing()).toSorted((a, b) => a - b)).toEqual([200, 200, 500, 500]);
    own.world.setFaults({ statistics: { mode: 'error', allocations: [runningOf(own)[2]?.id ?? ''] } });
    expect(await failing()).toEqual([200, 200, 500, 200]);
    own.world.setFaults({ statistics: { mode: 'error', jobs: ['other'] } });
    expect(await failing()).toEqual([200, 200, 200, 200]);
    own.world.setFaults({ statistics: null });
    expect(await failing()).toEqual([200, 200, 200, 200]);
  });

  test('stand still while they are stale, and go on afterwards', async () => {
    const own = await started();
    own.world.setFaults({ statistics: { mode: 'stale' } });
    const first = (await statistics(own)).body.Timestamp;
    await own.clock.advance(30_000);
    expect((await statistics(own)).body.Timestamp).toBe(first);
    own.world.setFaults({ statistics: null });
    expect((await statistics(own)).body.Timestamp).toBeGreaterThan(first);
  });
});

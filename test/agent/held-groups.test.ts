import { expect, onTestFinished, test } from 'vitest';
import { VirtualCluster } from '../support/virtual-cluster.ts';
import { scenarioJob, type ScenarioJob } from '../support/virtual-jobs.ts';

const INDEX_CHECKS_A_MINUTE = 4;

interface Asked {
  readonly made: VirtualCluster;
  /** Reads of Nomad in the next so many minutes, each but those of the list's index. */
  readonly readsIn: (minutes: number) => Promise<number>;
}

/** A job of two allocations that an agent follows alone. */
async function followed(job: ScenarioJob): Promise<Asked> {
  const made = new VirtualCluster({ jobs: [scenarioJob(job)] });
  onTestFinished(() => made.stop());
  let reads = 0;
  made.startAgent('a', '', {
    observe: ({ api, call }) => {
      if (api === 'nomad' && call === 'read') reads += 1;
    },
  });
  await made.run(60_000);
  return {
    made,
    readsIn: async (minutes) => {
      const before = reads;
      await made.run(minutes * 60_000);
      return reads - before - minutes * INDEX_CHECKS_A_MINUTE;
    },
  };
}

test.each<readonly [string, ScenarioJob, number]>([
  ['that may act is asked each round', {}, 12],
  [
    'that is disabled is asked each round too: what it would do is shown',
    { meta: { replicator_enabled: 'false' } },
    12,
  ],
])('a group %s', async (_, job, expected) => {
  const { readsIn } = await followed(job);
  const reads = await readsIn(10);
  expect(reads / 10).toBeGreaterThanOrEqual(expected - 1);
  expect(reads / 10).toBeLessThanOrEqual(expected + 1);
});

test('a group that is paused is asked once a minute, and at once when it may act again', async () => {
  const { made, readsIn } = await followed({});
  made.consul.putKey(made.keys.paused, JSON.stringify({ set: true, by: 'me', at: '', reason: '' }));
  await made.run(60_000);
  expect(await readsIn(10)).toBeLessThanOrEqual(22);
  await made.deleteKey(made.keys.paused);
  expect(await readsIn(1)).toBeGreaterThanOrEqual(10);
});

test('a group that cools down is asked once a minute, and afresh before it acts', async () => {
  const { made, readsIn } = await followed({ cpuMhz: 1_000, cooldownS: 600, max: 4 });
  expect(made.count('web')).toBe(3);
  expect(await readsIn(5)).toBeLessThanOrEqual(20);
  made.setLoad({ namespace: 'default', jobId: 'web', group: 'api' }, { cpuMhz: 300, memoryMb: 100 });
  await made.run(620_000);
  expect(made.count('web')).toBe(2);
});

import { expect, onTestFinished, test } from 'vitest';
import type { RequestSeen } from '../../src/ports/metrics.ts';
import { VirtualCluster } from '../support/virtual-cluster.ts';
import { scenarioJob } from '../support/virtual-jobs.ts';

const MINUTES = 10;

test('a cluster in which nothing changes writes no state, and reads Consul by blocking queries alone', async () => {
  const jobs = Array.from({ length: 20 }, (_none, at) => scenarioJob({ id: `job-${at}`, count: 2 }));
  const made = new VirtualCluster({ nodes: [{ count: 10 }], jobs });
  onTestFinished(() => made.stop());
  const seen: RequestSeen[] = [];
  made.startAgent('a', '', { observe: (one) => void (one.api === 'consul' && seen.push(one)) });
  await made.run(120_000);
  const states = (): readonly unknown[] =>
    jobs.map((_none, at) => made.document(`replicator/config/state/jobs/job-${at}/api`));
  const before = states();
  expect(before.every((state) => state !== undefined)).toBe(true);
  seen.length = 0;
  await made.run(MINUTES * 60_000);
  expect(states()).toEqual(before);
  const count = (call: RequestSeen['call']): number => seen.filter((one) => one.call === call).length;
  expect(count('write') / MINUTES).toBeLessThanOrEqual(60 / 4 + 1);
  expect(count('read')).toBe(0);
  expect(count('watch') / MINUTES).toBeLessThanOrEqual(10);
});

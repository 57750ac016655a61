import { describe, expect, test } from 'vitest';
import type { FaceRequest } from '../../src/simulator/face.ts';
import { REGION, scenarioPool } from '../support/scenario-pools.ts';
import { scenarioJob } from '../support/virtual-jobs.ts';
import { VirtualCluster, type VirtualClusterOptions } from '../support/virtual-cluster.ts';
import { isTransaction, type Match } from '../support/virtual-wire.ts';
import { work } from './pools/pool-scenes.ts';

const SECOND = 1_000;
const STATE = 'replicator/config/state/jobs/web/api';

const isListOf =
  (what: string): Match =>
  ({ path }: FaceRequest) =>
    path === `/v1/${what}`;

const isWatch: Match = ({ query }) => query.has('recurse') && query.has('index');

/** A transaction that stores this text. */
const stores =
  (text: string): Match =>
  (request) => {
    if (!isTransaction(request)) return false;
    const operations = JSON.parse(request.body) as { readonly KV: { readonly Value?: string } }[];
    return operations.some(({ KV }) => decoded(KV.Value).includes(text));
  };

function decoded(value = ''): string {
  return Buffer.from(value, 'base64').toString();
}

async function play(
  options: VirtualClusterOptions,
  tell: (cluster: VirtualCluster) => Promise<void>,
): Promise<void> {
  const cluster = new VirtualCluster(options);
  try {
    await tell(cluster);
  } catch (error) {
    throw new Error(`${String(error)}\n${cluster.transcript.text()}`, { cause: error });
  } finally {
    await cluster.stop();
  }
}

describe('news that come late', () => {
  test('a scaling is counted once although the answer to its record was lost', async () => {
    const jobs = [scenarioJob({ count: 2, max: 3, cpuMhz: 900, deploys: false })];
    await play({ jobs }, async (cluster) => {
      const agent = cluster.startAgent();
      agent.consul.loseAnswer(stores('"phase":"confirming"'), () => {
        agent.consul.hold(isWatch);
      });
      await cluster.until(/scale out from 2 to 3 ended, success/);
      expect(cluster.document(STATE)).toMatchObject({ scaleout_requests: 1 });
    });
  });

  test('a failure of a pool is counted once although the answer to its record was lost', async () => {
    const pools = [scenarioPool({ desired: 2, cooldownS: 0 })];
    const settings = { jobScalingDisabled: true };
    await play({ pools, jobs: [work(16)], settings }, async (cluster) => {
      await cluster.run(5 * SECOND);
      cluster.pools.cloud.configure(`${REGION}/workers`, { failLaunches: Infinity });
      const agent = cluster.startAgent();
      agent.consul.loseAnswer(stores('"failure_count":1'));
      await cluster.run(275 * SECOND);
      agent.consul.hold(isWatch);
      await cluster.run(120 * SECOND);
      expect(cluster.document(cluster.keys.poolState('workers'))).toMatchObject({ failure_count: 1 });
    });
  });

  test('a group is not decided from a job that is older than its own last scaling', async () => {
    const jobs = [scenarioJob({ count: 2, max: 4, cpuMhz: 1_700, cooldownS: 0 })];
    await play({ jobs }, async (cluster) => {
      const agent = cluster.startAgent();
      await cluster.run(11 * SECOND);
      agent.nomad.hold(isListOf('jobs'));
      await cluster.until(/scale out from 2 to 3 ended, success/);
      await cluster.until(/Nomad accepted the count 4/);
      expect(cluster.transcript.count(/web\/api: scale out from 2 to 3: above/)).toBe(1);
    });
  });

  test('a group is not decided on what was measured before the process was stopped for a while', async () => {
    const jobs = [scenarioJob({ count: 3, cpuMhz: 150, cooldownS: 0, deploys: false })];
    await play({ jobs }, async (cluster) => {
      const agent = cluster.startAgent();
      const told = { beforeMs: 0 };
      const isRollout: Match = ({ path }) => path === '/v1/job/web/deployments';
      const release = agent.nomad.holdAnswer(isRollout, () => {
        told.beforeMs = cluster.clock.monotonicMs();
        cluster.clock.stall(40 * SECOND);
        setImmediate(() => release());
      });
      await cluster.until(/scale in from 3 to 2: below/);
      expect(cluster.clock.monotonicMs() - told.beforeMs).toBeGreaterThan(40 * SECOND + 1);
    });
  });

  test('a group does not go in on allocations that are older than its count', async () => {
    const job = { min: 1, max: 8, cpuMhz: 700, cooldownS: 0, deploys: false };
    await play({ jobs: [scenarioJob({ ...job, count: 2 })] }, async (cluster) => {
      const agent = cluster.startAgent();
      await cluster.run(30 * SECOND);
      agent.nomad.hold(isListOf('allocations'));
      await cluster.run(20 * SECOND);
      await cluster.register(scenarioJob({ ...job, count: 5, cpuMhz: 250 }));
      await cluster.until(/web\/api: scale in from 5/);
      expect(cluster.transcript.count(/scale in from 5 .* 5 of 5 measured/)).toBe(1);
      expect(cluster.transcript.count(/\(1\.\.8\).* 2 of 2 measured/)).toBeGreaterThan(0);
    });
  });
});

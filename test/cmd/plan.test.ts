import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { runCli } from '../support/processes.ts';
import { scenarioPool } from '../support/scenario-pools.ts';
import { type ScenarioJob, scenarioJob } from '../support/virtual-jobs.ts';
import { type SimulatedServers, startServers } from './simulated-servers.ts';

let servers: SimulatedServers;

/** 500 MHz for each allocation. */
const load = (percent: number, count: number): number => (500 * percent * count) / 100;

/** A job that is not just being deployed. */
const still = (job: ScenarioJob): object => scenarioJob({ ...job, nodeClass: 'plain', deploys: false });

beforeAll(async () => {
  servers = await startServers({
    nodes: [{ count: 3, nodeClass: 'plain' }],
    pools: [scenarioPool({ name: 'workers', desired: 3, threshold: 3, zones: ['eu-west-1a', 'eu-west-1b'] })],
    jobs: [
      still({ id: 'hot', count: 2, cpuMhz: load(90, 2) }),
      still({ id: 'cold', count: 3, cpuMhz: load(5, 3) }),
      still({ id: 'steady', count: 2, cpuMhz: load(50, 2) }),
      still({ id: 'low', count: 1, min: 2, cpuMhz: load(50, 1) }),
      still({ id: 'off', count: 2, cpuMhz: load(90, 2), meta: { replicator_enabled: 'false' } }),
      still({ id: 'broken', meta: { replicator_max: 'ten' } }),
      still({ id: 'stopped', count: 2, cpuMhz: load(90, 2) }),
      still({ id: 'unreadable', count: 2 }),
      scenarioJob({ nodeClass: 'plain', id: 'deploying', count: 2, cpuMhz: load(90, 2) }),
    ],
  });
  await servers.putKey('replicator/config/state/jobs/unreadable/api', '{"failsafe_mode": 7');
  await servers.putKey('replicator/config/state/jobs/stopped/api', {
    failsafe_admin: true,
    failsafe_mode: true,
    failure_count: 0,
    eligible_nodes: null,
    last_notification_event: '0001-01-01T00:00:00Z',
    last_scaling_event: '0001-01-01T00:00:00Z',
    last_updated: '0001-01-01T00:00:00Z',
    resource_name: 'api',
    resource_type: 'job_group',
    scalein_requests: 0,
    scaleout_requests: 0,
    state_path: 'replicator/config/state/jobs/stopped/api',
  });
  await vi.waitFor(allRun, { timeout: 10_000 });
}, 60_000);
afterAll(() => servers.stop());

/** Throws until every allocation runs and has been measured. */
async function allRun(): Promise<void> {
  const ask = async (path: string): Promise<unknown> =>
    (await fetch(`${servers.cluster.nomad.url}/v1/${path}`)).json();
  const list = (await ask('allocations')) as { ID: string; ClientStatus: string }[];
  const running = list.filter((one) => one.ClientStatus === 'running');
  if (running.length !== 18) throw new Error(`${running.length} allocations run`);
  const read = running.map(async ({ ID }) => (await ask(`client/allocation/${ID}/stats`)) as Statistics);
  const unmeasured = (await Promise.all(read)).filter(({ Timestamp = 0 }) => Timestamp === 0);
  if (unmeasured.length > 0) throw new Error(`${unmeasured.length} allocations are not measured`);
}

interface Statistics {
  readonly Timestamp?: number;
}

const run = (...more: string[]) => runCli(['plan', ...servers.flags, ...more], { env: servers.env });

describe('replicator plan', () => {
  test('says of every group and pool what would be done, and why', async () => {
    const { code, stdout, stderr } = await run();
    expect([code, stderr]).toEqual([0, '']);
    const lines = stdout.split('\n');
    const of = (id: string): string => lines.find((line) => line.startsWith(`${id} `)) ?? '';
    expect(of('hot/api')).toMatch(
      / scale out from 2 to 3: above, .* \[count 2 \(1\.\.4\), cpu 9\d\.\d % \(30\/80\), 2 of 2 measured\]$/,
    );
    expect(of('cold/api')).toMatch(/ scale in from 3 to 2: below, /);
    expect(of('deploying/api')).toMatch(/ hold: deployment, .* \(would scale out to 3: above\)/);
    expect(of('steady/api')).toMatch(/ hold: steady, /);
    expect(of('low/api')).toMatch(/ scale out from 1 to 2: bounds, /);
    expect(of('off/api')).toMatch(/ hold: disabled, .* \(would scale out to 3: above\)/);
    expect(of('stopped/api')).toMatch(/ hold: failsafe, /);
    expect(of('broken/api')).toMatch(/ hold: invalid, .* \(replicator_max is "ten", not a whole number/);
    expect(of('unreadable/api')).toMatch(
      / hold: state, .* \(replicator\/config\/state\/jobs\/unreadable\/api: /,
    );
    expect(of('workers')).toMatch(/ hold: threshold, .* \(would remove workers-\d: below\) \[nodes 3 of 3/);
    expect(stdout).toContain('this evaluation would be request 1 of 3');
    expect(stdout).toMatch(/the group spans eu-west-1a, eu-west-1b and AZRebalance is not suspended/);
    expect(stdout).toContain(
      'nothing is done meanwhile: no agent leads: nobody holds replicator/config/leader',
    );
  });

  test('gives the decisions with all their numbers to programs', async () => {
    const { code, stdout } = await run('-json');
    expect([code, stdout.trim().split('\n')]).toEqual([0, [expect.any(String)]]);
    const plan = JSON.parse(stdout) as { groups: { id: string }[]; pools: unknown[]; standstill: string[] };
    expect(plan.groups.find(({ id }) => id === 'hot/api')).toMatchObject({
      namespace: 'default',
      jobId: 'hot',
      group: 'api',
      sentence: expect.stringMatching(/^scale out from 2 to 3: above/),
      decision: {
        verdict: { kind: 'scale', direction: 'out', from: 2, to: 3, because: 'above' },
        numbers: {
          count: 2,
          min: 1,
          max: 4,
          running: 2,
          measured: 2,
          cpuThresholds: { scaleIn: 30, scaleOut: 80 },
        },
      },
      operation: null,
    });
    expect(plan.pools).toEqual([
      expect.objectContaining({
        pool: 'workers',
        decision: expect.objectContaining({
          verdict: { kind: 'hold', reason: 'threshold' },
          ask: expect.objectContaining({
            kind: 'in',
            node: { id: expect.any(String), name: expect.stringMatching(/^workers-/) },
          }),
          asked: 1,
          threshold: 3,
        }),
      }),
    ]);
  });

  test('goes on from the counters that are stored, and says what stands in the way of everything', async () => {
    await servers.putKey('replicator/config/paused', { set: true, by: 'me', at: '', reason: '' });
    const { stdout } = await run('-job-scaling-disable');
    expect(stdout).toMatch(/hot\/api +hold: paused, .* \(would scale out to 3: above\)/);
    expect(stdout).toContain('nothing is done meanwhile: scaling is paused, at replicator/config/paused');
    expect(stdout).toContain('nothing is done meanwhile: job scaling is disabled in this configuration');
    await servers.putKey('replicator/config/paused', { set: false, by: 'me', at: '', reason: '' });
  });

  test('leaves pools out where cluster scaling is disabled', async () => {
    const { stdout } = await run('-cluster-scaling-disable', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ pools: null });
    expect(servers.cluster.awsLog.length).toBeGreaterThan(0);
  });

  test('goes by what is stored for the group that the agents form, and tells what is wrong with that', async () => {
    const key = 'replicator/config/groups/one/config';
    const stored = (options: object) => ({ options, partitions: 4, by: 'me', at: '2026-01-01T00:00:00Z' });
    await servers.putKey(key, stored({ cluster_scaling_disable: true }));
    expect(JSON.parse((await run('-group=one', '--json')).stdout)).toMatchObject({ pools: null });
    await servers.putKey(key, stored({ colour: 1 }));
    expect(await run('-group=one')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: `replicator plan: consul:${key}:1: colour: unknown key\n`,
    });
    await servers.putKey(key, '{}');
    const { code, stderr } = await run('-group=one');
    expect([code, stderr]).toEqual([1, `replicator plan: consul: read ${key}: options cannot be read\n`]);
  });

  test('no request of it changes anything', () => {
    const ours = servers
      .mutations()
      .filter((line) => !line.startsWith('consul PUT /v1/kv/replicator/config/'));
    expect(ours).toEqual([]);
    expect(servers.cluster.consulLog.length + servers.cluster.nomadLog.length).toBeGreaterThan(20);
  });

  test.each([
    [
      'Nomad',
      ['-nomad=http://127.0.0.1:9'],
      /^replicator plan: nomad: .*connection refused: 127\.0\.0\.1:9\n$/,
    ],
    ['Consul', ['-consul=http://127.0.0.1:9'], /^replicator plan: consul: .*\n$/],
  ])('says in one line that %s cannot be had', async (_name, flags, line) => {
    const { code, stdout, stderr } = await run(...flags);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(line);
  });
});

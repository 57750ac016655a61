import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { awsEnvironment } from '../support/aws-environment.ts';
import { needsConsul, needsNomad } from '../support/needs.ts';
import { type RunningCli, spawnCli } from '../support/processes.ts';
import { startConsul } from '../support/real-consul.ts';
import { eventually } from './support/agents.ts';
import { probeConsul } from './support/consul.ts';
import { type NomadCluster, startNomadCluster } from './support/nomad-cluster.ts';
import type { PoolView } from './support/pools.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const jobFile = join(root, 'jobs/replicator.nomad.hcl');
const both = { ...needsNomad, skip: needsConsul.skip === true || needsNomad.skip === true };

const POOL = 'workers';
const REGION = 'us-east-1';
/** What a busy machine may add to a time. */
const BUSY_MS = 3_000;

/** A simulated AWS with a group of three instances, 10.1.0.1 to 3, that no simulated node comes of. */
async function startAws(): Promise<{
  readonly program: RunningCli;
  readonly url: string;
  readonly aws: string;
}> {
  const folder = mkdtempSync(join(tmpdir(), 'replicator-aws-'));
  const file = join(folder, 'world.json');
  const quick = { reactMs: 200, launchMs: 500, bootMs: 500, detachMs: 500, terminateMs: 500 };
  const pool = { name: POOL, region: REGION, min: 1, max: 6, desired: 3, joins: 'never', ...quick };
  writeFileSync(file, JSON.stringify({ seed: 1, nodes: [], jobs: [], pools: [pool] }));
  const program = spawnCli(['simulate', `--world=${file}`, '--consul-port=-1']);
  const { text } = await program.waitForLine(/"nomad":/, 30_000);
  rmSync(folder, { recursive: true, force: true });
  const { nomad: url, aws } = JSON.parse(text) as { nomad: string; aws: string };
  return { program, url, aws };
}

const META = {
  replicator_enabled: 'true',
  replicator_worker_pool: POOL,
  replicator_region: REGION,
  replicator_provider: 'aws',
  replicator_notification_uid: POOL,
  replicator_cooldown: '3',
  replicator_scaling_threshold: '2',
  replicator_node_fault_tolerance: '0',
};

const LEADS = /leadership lock obtained/;

interface NodeView {
  readonly ID: string;
  readonly SchedulingEligibility: string;
}

interface CheckView {
  readonly Name: string;
  readonly ServiceName: string;
  readonly Status: string;
}

interface AllocationView {
  readonly ID: string;
  readonly NodeID: string;
  readonly ClientStatus: string;
  readonly DesiredStatus: string;
}

describe('jobs/replicator.nomad.hcl on a real Nomad', both, () => {
  let consul: Awaited<ReturnType<typeof startConsul>>;
  let aws: Awaited<ReturnType<typeof startAws>>;
  let nomad: NomadCluster;

  beforeAll(async () => {
    if (both.skip) return;
    [consul, aws] = await Promise.all([startConsul(), startAws()]);
    nomad = await startNomadCluster({
      consul: consul.address,
      clients: [1, 2, 3].map((n) => ({ address: `10.1.0.${n}`, meta: META })),
      env: awsEnvironment(aws.aws),
    });
  });
  afterAll(async () => {
    await nomad?.stop();
    await Promise.all([consul?.stop(), aws?.program.stop()]);
  });

  const running = async (): Promise<readonly AllocationView[]> => {
    const all = (await nomad.get('/v1/job/replicator/allocations')) as readonly AllocationView[];
    return all.filter((one) => one.ClientStatus === 'running' && one.DesiredStatus === 'run');
  };
  const logOf = async ({ ID }: AllocationView): Promise<string> => {
    const query = 'task=replicator&type=stderr&origin=start&offset=0&plain=true';
    const answer = await fetch(`${nomad.url}/v1/client/fs/logs/${ID}?${query}`);
    return answer.ok ? answer.text() : '';
  };
  /** The agents whose log has such a line. */
  const saying = async (pattern: RegExp): Promise<readonly AllocationView[]> => {
    const all = await Promise.all((await running()).map(async (one) => [one, await logOf(one)] as const));
    return all.flatMap(([one, log]) => (pattern.test(log) ? [one] : []));
  };
  const onlyOne = (found: readonly AllocationView[]): AllocationView | undefined =>
    found.length === 1 ? found[0] : undefined;
  const pool = async (): Promise<PoolView> => {
    const pools = (await (await fetch(`${aws.url}/simulator/pools`)).json()) as readonly PoolView[];
    if (!pools[0]) throw new Error('no pool');
    return pools[0];
  };
  const nodes = async (): Promise<readonly NodeView[]> =>
    (await nomad.get('/v1/nodes')) as readonly NodeView[];

  test('is valid, with each way to run it', both, () => {
    const ways = [
      [],
      ['-var', 'driver=raw_exec'],
      ['-var', 'driver=exec', '-var', 'artifact=https://files.example/replicator.tgz'],
      ['-var', 'tokens=variables'],
      ['-var', 'tokens=vault'],
      ['-var', 'flags=["-group=prod", "-service-id=$${NOMAD_ALLOC_ID}"]'],
    ];
    for (const way of ways)
      expect(nomad.command('job', 'run', '-output', ...way, jobFile)).toContain('"Job"');
    expect(nomad.command('job', 'validate', jobFile)).toMatch(/successful/);
  });

  test('runs two agents on two nodes, and one of them leads', both, async () => {
    const flags = ['-log-level=debug', '-job-scaling-interval=1', '-cluster-scaling-interval=1'];
    const variables = {
      driver: 'raw_exec',
      node: process.execPath,
      folder: root.replace(/\/$/, ''),
      nomad: nomad.url,
      consul: consul.address,
      flags: JSON.stringify(flags),
    };
    const words = Object.entries(variables).flatMap(([name, value]) => ['-var', `${name}=${value}`]);
    nomad.command('job', 'run', '-detach', ...words, jobFile);
    const agents = await eventually('two run', 60_000, async () => {
      const found = await running();
      return found.length === 2 ? found : undefined;
    });
    expect(new Set(agents.map(({ NodeID }) => NodeID)).size).toBe(2);
    await eventually('one leads', 30_000, async () => onlyOne(await saying(LEADS)));
    await eventually('the other follows', 30_000, async () => {
      const known = await saying(/added the worker pool workers/);
      return known.length === 2 ? true : undefined;
    });
    expect(await saying(LEADS)).toHaveLength(1);
  });

  test('both answer that they are ready and alive, and the deployment has succeeded', both, async () => {
    const passing = async (): Promise<readonly string[]> => {
      const services = (await (
        await fetch(`http://${consul.address}/v1/health/service/replicator-http`)
      ).json()) as readonly { readonly Checks: readonly CheckView[] }[];
      const checks = services.flatMap(({ Checks }) => Checks).filter(({ ServiceName }) => ServiceName !== '');
      return checks.filter(({ Status }) => Status === 'passing').map(({ Name }) => Name);
    };
    const names = await eventually('all checks pass', 60_000, async () => {
      const found = await passing();
      return found.length === 4 ? found : undefined;
    });
    expect(names.toSorted()).toEqual(['alive', 'alive', 'ready', 'ready']);
    const status = await eventually('the deployment is over', 90_000, async () => {
      const found = (await nomad.get('/v1/job/replicator/deployment')) as { readonly Status: string };
      return found.Status === 'running' ? undefined : found.Status;
    });
    expect(status).toBe('successful');
  });

  test('the idle node goes, and the nodes that run agents stay', both, async () => {
    const homes = (await running()).map(({ NodeID }) => NodeID);
    await eventually('two instances are left', 60_000, async () => {
      const { desired, instances } = await pool();
      const alive = instances.filter(({ state }) => state === 'running');
      return desired === 2 && alive.length === 2 ? true : undefined;
    });
    const open = (await nodes()).filter((one) => one.SchedulingEligibility === 'eligible');
    expect(open.map(({ ID }) => ID).toSorted()).toEqual(homes.toSorted());
    // With two nodes left it would take one more, if it might.
    const held = await eventually('it has looked at those', 30_000, async () =>
      onlyOne(await saying(/workers: hold: (?:placement|protected).*protected \(this agent runs on it\)/)),
    );
    expect(await saying(LEADS)).toEqual([expect.objectContaining({ ID: held.ID })]);
    expect((await pool()).desired).toBe(2);
  });

  test('it scales a job beside it', both, async () => {
    await nomad.register({ id: 'web', heat: 'hot', count: 1, max: 2, cooldownS: 0 });
    const count = await eventually('web has another count', 60_000, async () => {
      const now = await nomad.count('web');
      return now === 1 ? undefined : now;
    });
    expect(count).toBe(2);
  });

  test('a stopped leader hands over within two seconds, and is replaced', both, async () => {
    const probe = probeConsul(consul.address);
    const before = await probe.holder();
    const [leader] = await saying(LEADS);
    const stoppedMs = Date.now();
    await nomad.send('PUT', `/v1/allocation/${leader?.ID ?? ''}/stop`);
    const after = await eventually('another leads', 30_000, async () => {
      const holder = await probe.holder();
      return holder === '' || holder === before ? undefined : holder;
    });
    const tookMs = Date.now() - stoppedMs;
    console.log(`stopping the leader's allocation: another leads after ${tookMs} ms`);
    expect(tookMs).toBeLessThan(2_000 + BUSY_MS);
    const next = await eventually('it says so', 10_000, async () =>
      (await saying(LEADS)).find(({ ID }) => ID !== leader?.ID),
    );
    expect(await logOf(next)).toContain(after);
    await eventually('two run again', 60_000, async () =>
      (await running()).length === 2 ? true : undefined,
    );
    await nomad.register({ id: 'api', heat: 'hot', count: 1, max: 2, cooldownS: 0 });
    await eventually('api has two', 60_000, async () =>
      (await nomad.count('api')) === 2 ? true : undefined,
    );
  });
});

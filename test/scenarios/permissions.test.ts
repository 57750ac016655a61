import { describe, expect, onTestFinished, test } from 'vitest';
import { nomadPolicyOf, readJobsFile, withoutLine } from '../support/policy-file.ts';
import { PoolEye, scenarioPool } from '../support/scenario-pools.ts';
import { VirtualCluster, type VirtualClusterOptions } from '../support/virtual-cluster.ts';
import { scenarioJob } from '../support/virtual-jobs.ts';
import { lossesOf, work } from './pools/pool-scenes.ts';
import { MINUTE, SECOND } from './tell-stories.ts';

const policy = readJobsFile('nomad-policy.hcl');

/** A cluster that runs; it is stopped when the test has finished. */
async function start(options: VirtualClusterOptions): Promise<VirtualCluster> {
  const cluster = new VirtualCluster(options);
  onTestFinished(() => cluster.stop());
  await cluster.run(5 * SECOND);
  return cluster;
}

const errorsOf = (cluster: VirtualCluster): readonly string[] =>
  cluster.transcript.lines.filter((line) => line.includes(' ERROR '));

/** One service with deployments and one batch job, both wanting one more; a pool that is too large. */
const busy = {
  jobs: [
    scenarioJob({ id: 'web', max: 3, cpuMhz: 900 }),
    scenarioJob({ id: 'sums', type: 'batch', max: 3, cpuMhz: 900 }),
  ],
  pools: [scenarioPool({ desired: 4, min: 3 })],
};

interface Came {
  readonly web: number | undefined;
  readonly sums: number | undefined;
  readonly nodes: number;
}

/** Ten minutes with this policy for the agents: what it came to, and the lines at ERROR. */
async function live(
  rules: string,
  nomadVersion?: string,
): Promise<{ readonly came: Came; readonly errors: readonly string[] }> {
  const nomadPolicy = nomadPolicyOf(rules);
  const cluster = await start({ ...busy, nomadPolicy, ...(nomadVersion !== undefined && { nomadVersion }) });
  cluster.startAgent();
  await cluster.run(10 * MINUTE);
  const eye = new PoolEye(cluster);
  expect(lossesOf(cluster, eye)).toEqual([]);
  const came = { web: cluster.count('web'), sums: cluster.count('sums'), nodes: eye.standing.readyNodes };
  return { came, errors: errorsOf(cluster) };
}

const ALL = { web: 3, sums: 3, nodes: 3 };
const NONE = { web: 2, sums: 2, nodes: 4 };

describe('the Nomad policy in jobs/', () => {
  test('is enough for jobs and pools', async () => {
    expect(await live(policy)).toEqual({ came: ALL, errors: [] });
  });

  test.each([
    { without: '"list-jobs",', needs: 'namespace:list-jobs', came: NONE },
    { without: '"read-job",', needs: 'namespace:read-job', came: NONE },
    { without: '"submit-job",', needs: 'namespace:submit-job', came: { ...NONE, nodes: 3 } },
  ])('without $without an agent says once what it needs: $needs', async ({ without, needs, came }) => {
    const lived = await live(withoutLine(policy, without));
    expect(lived.came).toEqual(came);
    expect(lived.errors).toEqual([expect.stringContaining(`(${needs})`)]);
  });

  test.each([
    { what: 'without node rules', rules: policy.replace(/^node[^}]*}/m, ''), needs: 'node:read' },
    {
      what: 'with nodes to read only',
      rules: policy.replace('policy = "write"', 'policy = "read"'),
      needs: 'node:write',
    },
  ])('$what jobs are scaled and pools are not, and it is said: $needs', async ({ rules, needs }) => {
    const { came, errors } = await live(rules);
    expect(came).toEqual({ ...ALL, nodes: 4 });
    expect(errors[0]).toContain(`(${needs})`);
    expect(errors.filter((line) => line.includes(`(${needs})`))).toHaveLength(1);
  });

  test('for some namespaces only: pools wait, because what runs in the others is not seen', async () => {
    const rules = `${policy}\nnamespace "blue" {\n  capabilities = ["list-jobs"]\n}\n`;
    const jobs = [...busy.jobs, scenarioJob({ id: 'app', namespace: 'blue' })];
    const cluster = await start({ ...busy, jobs, nomadPolicy: nomadPolicyOf(rules) });
    cluster.startAgent();
    await cluster.run(10 * MINUTE);
    expect([cluster.count('web'), cluster.count('sums')]).toEqual([3, 3]);
    expect(new PoolEye(cluster).reason).toBe('unread');
    expect(cluster.awsWrites).toEqual([]);
    expect(errorsOf(cluster)).toEqual([expect.stringContaining('(namespace:read-job)')]);
    expect(cluster.transcript.text()).toMatch(/the jobs of blue may not be read/);
  });

  test('can be for one namespace: jobs of others are neither seen nor scaled', async () => {
    const nomadPolicy = nomadPolicyOf(policy.replace('namespace "*"', 'namespace "blue"'));
    const jobs = [
      scenarioJob({ id: 'web', max: 3, cpuMhz: 900 }),
      scenarioJob({ id: 'app', namespace: 'blue', max: 3, cpuMhz: 900 }),
    ];
    const cluster = await start({ jobs, nomadPolicy });
    cluster.startAgent();
    await cluster.run(3 * MINUTE);
    expect([cluster.count('web'), cluster.count('app', undefined, 'blue')]).toEqual([2, 3]);
    expect(errorsOf(cluster)).toEqual([]);
  });
});

describe('a Nomad of 1.4 or later', () => {
  const scaling = policy.replace('"submit-job"', '"scale-job"');

  test.each([
    { what: '"scale-job" instead of "submit-job"', rules: scaling, web: 3, needs: 'namespace:submit-job' },
    {
      what: 'neither of them',
      rules: withoutLine(scaling, '"scale-job",'),
      web: 2,
      needs: 'namespace:scale-job',
    },
  ])(
    'with $what: services are at $web, batch jobs stay, and it is said why',
    async ({ rules, web, needs }) => {
      const { came, errors } = await live(rules, '1.7.7');
      expect(came).toEqual({ web, sums: 2, nodes: 3 });
      expect(errors.some((line) => line.includes(`(${needs})`))).toBe(true);
    },
  );

  test('with "scale-job" alone a deployment without room waits for its own deadline, and it is said why', async () => {
    const jobs = [scenarioJob({ cpuMhz: 900, update: { progressDeadlineS: 3_600 } })];
    const cluster = await start({
      jobs,
      nodes: [{ cpuMhz: 1_200 }],
      nomadVersion: '1.7.7',
      nomadPolicy: nomadPolicyOf(scaling),
    });
    cluster.startAgent();
    await cluster.run(20 * MINUTE);
    expect(cluster.count('web')).toBe(3);
    expect(errorsOf(cluster)).toEqual([expect.stringContaining('(namespace:submit-job)')]);
  });

  test('is not known as such without the right to read nodes: then only "submit-job" scales', async () => {
    const { came, errors } = await live(scaling.replace(/^node[^}]*}/m, ''), '1.7.7');
    expect(came).toEqual(NONE);
    expect(errors.some((line) => line.includes('(namespace:submit-job)'))).toBe(true);
  });
});

describe('each IAM action of jobs/iam-policy.json', () => {
  const { Statement: statements } = JSON.parse(readJobsFile('iam-policy.json')) as {
    readonly Statement: readonly { readonly Action: readonly string[] }[];
  };
  const actions = statements.flatMap(({ Action }) => Action);
  const settings = { jobScalingDisabled: true };
  const growing = { pools: [scenarioPool({ desired: 2 })], jobs: [work(14)], settings };
  const shrinking = { pools: [scenarioPool({ desired: 4 })], jobs: [work(8)], settings };
  /** Those that only growing needs; all others are met by a pool that shrinks. */
  const grows = ['autoscaling:UpdateAutoScalingGroup', 'autoscaling:DescribeScalingActivities'];

  test.each(actions)(
    '%s, when it is denied, is named once; nothing is lost; given, all goes on',
    async (name) => {
      const cluster = await start(grows.includes(name) ? growing : shrinking);
      const action = name.replace(/^.*:/, '');
      const deny = (calls: readonly object[]): void => {
        const { cloud } = cluster.pools;
        cloud.faults = { ...cloud.faults, calls: calls as typeof cloud.faults.calls };
      };
      deny([{ mode: 'deny', actions: [action] }]);
      cluster.startAgent();
      await cluster.run(2 * MINUTE);
      expect(errorsOf(cluster).filter((line) => line.includes(`(${name})`))).toHaveLength(1);
      deny([]);
      cluster.say('the permission is given');
      await cluster.until(/ended, success/, 20 * MINUTE);
      const eye = new PoolEye(cluster);
      expect(eye.standing).toEqual({ desired: 3, inService: 3, readyNodes: 3, setAside: [], detached: 0 });
      expect(lossesOf(cluster, eye)).toEqual([]);
    },
  );

  test(
    'a termination that is denied for an hour: asked for less and less often, told once, done once permitted',
    { timeout: 120_000 },
    async () => {
      const cluster = await start(shrinking);
      const { cloud } = cluster.pools;
      cloud.faults = { ...cloud.faults, calls: [{ mode: 'deny', actions: ['TerminateInstances'] }] };
      cluster.startAgent();
      await cluster.until(/refused, looking again/);
      const from = cluster.transcript.lines.length;
      const asked = (): number =>
        cluster.awsWrites.filter(({ path }) => path === 'TerminateInstances').length;
      await cluster.run(10 * MINUTE);
      expect(asked()).toBeLessThanOrEqual(5);
      await cluster.run(50 * MINUTE);
      expect(asked()).toBeLessThanOrEqual(16);
      const told = cluster.transcript.lines
        .slice(from)
        .filter((line) => /terminat/i.test(line) && !/ aws /.test(line));
      expect(told.length).toBeLessThanOrEqual(2);
      cloud.faults = { ...cloud.faults, calls: [] };
      cluster.say('the permission is given');
      await cluster.until(/ended, success/, 6 * MINUTE);
      expect(
        cluster.transcript.lines.filter((line) => line.includes('(ec2:TerminateInstances)')).length,
      ).toBeLessThanOrEqual(2);
    },
  );
});

import { afterEach, describe, expect, test } from 'vitest';
import type { CheckItem } from '../../cmd/check/item.ts';
import type { ConsulAcl } from '../../src/simulator/consul/acl.ts';
import type { Policy } from '../../src/simulator/nomad/acl.ts';
import { stubAws } from '../support/aws-environment.ts';
import { runCli } from '../support/processes.ts';
import { runInProcess } from './run-in-process.ts';
import { scenarioPool } from '../support/scenario-pools.ts';
import { scenarioJob } from '../support/virtual-jobs.ts';
import { type SimulatedServers, startServers } from './simulated-servers.ts';

const NOMAD_TOKEN = '11111111-2222-3333-4444-555555555555';
const CONSUL_TOKEN = 'c0c0c0c0-2222-3333-4444-555555555555';
const tokens = [`-nomad-token=${NOMAD_TOKEN}`, `-consul-token=${CONSUL_TOKEN}`];

const world = {
  nodes: [{ count: 1 }],
  pools: [scenarioPool({ name: 'workers', desired: 2, zones: ['eu-west-1a', 'eu-west-1b'] })],
  jobs: [scenarioJob({})],
};

let servers: SimulatedServers;
afterEach(() => servers.stop());

interface Checked {
  readonly code: number | null;
  readonly items: readonly CheckItem[];
  /** `outcome what` of the service. */
  of(service: CheckItem['service']): readonly string[];
  detail(what: string): string;
}

async function check(...flags: string[]): Promise<Checked> {
  stubAws(servers.env);
  const { code, stdout, stderr } = await runInProcess(['check', '--json', ...servers.flags, ...flags]);
  expect(stderr).toBe('');
  const { items, ok } = JSON.parse(stdout) as { ok: boolean; items: CheckItem[] };
  expect(ok).toBe(code === 0);
  return {
    code,
    items,
    of: (service) =>
      items.filter((item) => item.service === service).map(({ outcome, what }) => `${outcome} ${what}`),
    detail: (what) => items.find((item) => item.what === what)?.detail ?? 'nothing of that name',
  };
}

const nomadRights = (policy: Policy, version = '1.9.3') => ({
  nomadOptions: { acl: { tokens: { [NOMAD_TOKEN]: policy } }, identity: { version } },
});

const consulRights = (rules: ConsulAcl['tokens'][string]): { consulAcl: ConsulAcl } => ({
  consulAcl: { tokens: { [CONSUL_TOKEN]: rules, root: 'management' } },
});

describe('servers that allow everything', () => {
  test('are good; what is odd is a warning, what cannot be seen is not known', async () => {
    servers = await startServers(world);
    const found = await check();
    expect(found.code).toBe(0);
    expect(found.of('Consul')).toEqual([
      'ok connection',
      'ok version',
      'ok clock',
      'ok session:write consul-1',
      'ok key:write replicator/config/leader',
      'ok key:write replicator/config/state/jobs/job/group',
      'ok key:write replicator/config/operations/x',
      'ok failsafe',
      'ok agents',
    ]);
    expect(found.of('Nomad')).toEqual([
      'ok connection',
      'warning version',
      'ok clock',
      'ok permissions',
      'ok jobs',
      'ok nodes',
    ]);
    expect(found.of('AWS')).toEqual([
      'ok group workers',
      'warning AZRebalance workers',
      'ok autoscaling:DescribeScalingActivities eu-west-1',
      'ok autoscaling:DescribeAutoScalingInstances eu-west-1',
      'ok ec2:DescribeInstances eu-west-1',
      'ok ec2:TerminateInstances eu-west-1',
      'unknown autoscaling:UpdateAutoScalingGroup workers',
      'unknown autoscaling:DetachInstances workers',
    ]);
    expect(found.detail('version')).toBe('1.8.7');
    expect(found.detail('agents')).toBe('0 sessions of agents; nobody leads at this key root');
    expect(found.detail('permissions')).toBe('all: ACLs are off');
  });

  test('are sent nothing that changes anything', async () => {
    servers = await startServers(world);
    await check();
    const isDryRun = (line: string): boolean =>
      /^aws .*DryRun=true/.test(line) || / \/v1\/internal\/acl\/authorize /.test(line);
    expect(servers.mutations().filter((line) => !isDryRun(line))).toEqual([]);
    expect(servers.mutations().filter(isDryRun)).toHaveLength(2);
    expect(servers.cluster.world.store.tables.nodes.all()).toHaveLength(3);
  });

  test('with -write what is tried leaves nothing behind', async () => {
    servers = await startServers(world);
    const found = await check('-write');
    expect(found.code).toBe(0);
    expect(found.of('AWS')).toContain('ok autoscaling:UpdateAutoScalingGroup workers');
    expect(servers.cluster.cloud?.cloud.view('eu-west-1').groups.map(({ desired }) => desired)).toEqual([2]);
  });

  test('are not asked about pools where cluster scaling is disabled', async () => {
    servers = await startServers(world);
    const found = await check('-cluster-scaling-disable');
    expect([found.code, found.of('AWS'), servers.cluster.awsLog]).toEqual([0, [], []]);
  });

  test('show people a table and a count, without colour where there is no terminal', async () => {
    servers = await startServers(world);
    await servers.putKey('replicator/config/failsafe', {
      set: true,
      by: 'me@here',
      at: '2026-01-01T00:00:00Z',
      reason: '',
    });
    const { code, stdout } = await runCli(['check', ...servers.flags], { env: servers.env });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ok +Consul +connection +http:\/\/127\.0\.0\.1:\d+\n/);
    expect(stdout).toMatch(
      /\nwarning +Consul +failsafe +set for everything by me@here at 2026-01-01T00:00:00Z: nothing is scaled\n/,
    );
    expect(stdout).toMatch(/\n\nno faults, 3 warnings, 2 not known\n$/);
    expect(stdout).not.toContain('\u001B');
  });
});

describe('a Nomad token', () => {
  const least: Policy = {
    namespaces: { '*': ['list-jobs', 'read-job', 'scale-job', 'submit-job'] },
    node: 'write',
  };

  test('with the least rights that are documented is good', async () => {
    servers = await startServers(world, nomadRights(least));
    const found = await check(...tokens);
    expect(found.code).toBe(0);
    expect(found.of('Nomad')).toEqual([
      'ok connection',
      'ok version',
      'ok clock',
      'ok namespace:list-jobs',
      'ok namespace:read-job',
      'ok namespace:scale-job',
      'ok namespace:submit-job',
      'ok node:read',
      'ok node:write',
      'ok jobs',
      'ok nodes',
    ]);
  });

  test.each<[string, Policy, readonly string[]]>([
    [
      'scale-job',
      { ...least, namespaces: { '*': ['list-jobs', 'read-job', 'submit-job'] } },
      ['namespace "…" { capabilities = ["scale-job"] }'],
    ],
    [
      'submit-job',
      { ...least, namespaces: { '*': ['list-jobs', 'read-job', 'scale-job'] } },
      ['namespace "…" { capabilities = ["submit-job"] }'],
    ],
    ['node:write', { ...least, node: 'read' }, ['node { policy = "write" }']],
    [
      'node:read',
      { namespaces: least.namespaces ?? {} },
      ['node { policy = "write" }', 'node { policy = "write" }', 'node:read'],
    ],
    [
      'any right',
      {},
      [
        ...['list-jobs', 'read-job', 'scale-job', 'submit-job'].map(
          (capability) => `namespace "…" { capabilities = ["${capability}"] }`,
        ),
        'node { policy = "write" }',
        'node { policy = "write" }',
        'namespace:list-jobs',
      ],
    ],
  ])('without %s is told the rule', async (_name, policy, rules) => {
    servers = await startServers(world, nomadRights(policy));
    const found = await check(...tokens);
    expect(found.code).toBe(1);
    const missing = found.items
      .filter(({ service }) => service === 'Nomad')
      .flatMap((item) => item.missing ?? []);
    expect(missing).toEqual(rules);
  });

  test('that has a right in some namespaces only is told which lack it', async () => {
    servers = await startServers(
      { ...world, jobs: [scenarioJob({}), scenarioJob({ id: 'other', namespace: 'prod' })] },
      nomadRights({ namespaces: { '*': 'read', default: 'write' }, node: 'write' }),
    );
    const found = await check(...tokens);
    expect(found.of('Nomad')).toContain('warning namespace:submit-job');
    expect(found.detail('namespace:submit-job')).toBe(
      'missing in prod: batch jobs, and jobs without update, are registered again',
    );
  });

  test('that Nomad does not know, or none at all, is a fault in one line', async () => {
    servers = await startServers(world, nomadRights(least));
    const unknown = await check('-nomad-token=99999999-2222-3333-4444-555555555555');
    const fault = unknown.items.find(({ outcome }) => outcome === 'fault');
    expect([unknown.code, fault?.detail]).toEqual([
      1,
      expect.stringMatching(/^missing: token unknown; .*ACL token not found/),
    ]);
    const none = await check();
    expect(none.items.map(({ missing }) => missing)).toContain(
      'namespace "…" { capabilities = ["list-jobs"] }',
    );
  });
});

describe('a Consul token', () => {
  const least = { keyPrefix: { 'replicator/config': 'write' }, sessionPrefix: { '': 'write' } } as const;

  test('with the least rights that are documented is good; the version it may not ask is not known', async () => {
    servers = await startServers(world, consulRights(least));
    const found = await check(...tokens);
    expect(found.code).toBe(0);
    expect(found.of('Consul')).toEqual([
      'ok connection',
      'unknown version',
      'ok clock',
      'ok session:write',
      'ok key:write replicator/config/leader',
      'ok key:write replicator/config/state/jobs/job/group',
      'ok key:write replicator/config/operations/x',
      'ok failsafe',
      'ok agents',
    ]);
  });

  test.each([
    [
      'the rules of the older releases’ documentation, which name one key',
      { key: { '': 'read', 'replicator/config': 'write' }, session: { '': 'write' } },
      'key_prefix "replicator/config" { policy = "write" }',
    ],
    [
      'a token without sessions',
      { keyPrefix: { 'replicator/config': 'write' } },
      'session_prefix "" { policy = "write" }',
    ],
    [
      'a token that only reads',
      { keyPrefix: { '': 'read' }, sessionPrefix: { '': 'write' } },
      'key_prefix "replicator/config" { policy = "write" }',
    ],
  ] as const)('%s: the rule is told', async (_name, rules, rule) => {
    servers = await startServers(world, consulRights(rules));
    const found = await check(...tokens);
    expect(found.code).toBe(1);
    expect(found.items.map(({ missing }) => missing)).toContain(rule);
  });

  test('of a member needs the right to register its service besides', async () => {
    servers = await startServers(world, consulRights(least));
    const lacking = await check(...tokens, '-group=blue');
    const rule = 'service "replicator" { policy = "write" }';
    expect([lacking.code, lacking.of('Consul')]).toEqual([
      1,
      expect.arrayContaining(['fault service:write replicator']),
    ]);
    expect(lacking.items.map(({ missing }) => missing)).toContain(rule);
    await servers.stop();
    servers = await startServers(world, consulRights({ ...least, service: { replicator: 'write' } }));
    const good = await check(...tokens, '-group=blue');
    expect([good.code, good.of('Consul')]).toEqual([
      0,
      expect.arrayContaining(['ok service:write replicator']),
    ]);
  });

  test('that Consul does not know is a fault in one line', async () => {
    servers = await startServers(world, consulRights(least));
    const found = await check('-consul-token=99999999-2222-3333-4444-555555555555');
    expect(found.code).toBe(1);
    expect(found.items.find(({ outcome }) => outcome === 'fault')?.detail).toMatch(
      /the token is not known to Consul/,
    );
  });
});

describe('AWS credentials', () => {
  test.each([
    ['DescribeAutoScalingGroups', 'fault group workers', 'autoscaling:DescribeAutoScalingGroups'],
    [
      'DescribeScalingActivities',
      'fault autoscaling:DescribeScalingActivities eu-west-1',
      'autoscaling:DescribeScalingActivities',
    ],
    ['DescribeInstances', 'fault ec2:DescribeInstances eu-west-1', 'ec2:DescribeInstances'],
    ['TerminateInstances', 'fault ec2:TerminateInstances eu-west-1', 'ec2:TerminateInstances'],
  ])('without %s are told the action', async (action, item, missing) => {
    servers = await startServers(world);
    const body = JSON.stringify({ calls: [{ mode: 'deny', actions: [action] }] });
    await fetch(`${servers.cluster.nomad.url}/simulator/aws`, { method: 'PUT', body });
    const found = await check();
    expect([found.code, found.of('AWS')]).toEqual([1, expect.arrayContaining([item])]);
    expect(found.items.map((one) => one.missing)).toContain(missing);
  });

  test('a group that is not there is a fault', async () => {
    const gone = scenarioPool({ name: 'workers', meta: { replicator_worker_pool: 'gone' } });
    servers = await startServers({ ...world, pools: [gone] });
    const found = await check();
    expect([found.code, found.detail('group gone')]).toEqual([
      1,
      expect.stringContaining('there is no Auto Scaling group of that name'),
    ]);
  });
});

describe('servers that are not there', () => {
  test('are a fault each, and what depends on them is not known', async () => {
    servers = await startServers(world);
    const found = await check('-nomad=http://127.0.0.1:9', '-consul=127.0.0.1:9');
    expect(found.code).toBe(1);
    expect(found.items.map(({ service, outcome, what }) => `${service} ${outcome} ${what}`)).toEqual([
      'Consul fault connection',
      'Nomad fault connection',
      'AWS unknown worker pools',
    ]);
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { explanationShape } from '../../cmd/explain/explanation.ts';
import { sightShape } from '../../cmd/look/sight.ts';
import { checkSchema } from '../../src/http/schema.ts';
import { type SimulatedServers, startServers } from '../cmd/simulated-servers.ts';
import { decideAfter, decideAgain, type ToldEntry } from '../http/recompute.ts';
import { runCli, spawnCli } from '../support/processes.ts';
import { scenarioPool } from '../support/scenario-pools.ts';
import { type ScenarioJob, scenarioJob } from '../support/virtual-jobs.ts';
import { eventually } from './support/agents.ts';
import { type HttpAgent, startHttpAgent } from './support/http-agent.ts';

const load = (percent: number, count: number): number => (500 * percent * count) / 100;
const still = (job: ScenarioJob): object => scenarioJob({ ...job, nodeClass: 'plain', deploys: false });
const STATE = {
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
};

let servers: SimulatedServers;
const agents: HttpAgent[] = [];
const IDS = ['broken/api', 'cold/api', 'hot/api', 'pausing/api', 'steady/api', 'stopped/api', 'unheard/api'];

beforeAll(async () => {
  servers = await startServers({
    nodes: [{ count: 3, nodeClass: 'plain' }],
    pools: [scenarioPool({ name: 'workers', desired: 2, threshold: 3 })],
    jobs: [
      still({ id: 'hot', count: 4, max: 4, cpuMhz: load(90, 4) }),
      still({ id: 'cold', count: 2, min: 2, cpuMhz: load(5, 2) }),
      still({ id: 'steady', count: 2, cpuMhz: load(50, 2) }),
      still({ id: 'pausing', count: 2, cpuMhz: load(90, 2), cooldownS: 3600 }),
      still({ id: 'stopped', count: 2, cpuMhz: load(90, 2) }),
      still({ id: 'broken', meta: { replicator_max: 'ten' } }),
      {
        ...still({ id: 'unheard', count: 2, nodeClass: 'plain' }),
        constraints: { '${node.class}': 'nowhere' },
      },
    ],
  });
  const scaled = { ...STATE, failsafe_admin: false, failsafe_mode: false };
  await servers.putKey('replicator/config/state/jobs/stopped/api', STATE);
  await servers.putKey('replicator/config/state/jobs/pausing/api', {
    ...scaled,
    last_scaling_event: new Date().toISOString(),
  });
  for (const id of ['a', 'b']) agents.push(await startAgent(id));
  await eventually('every group was decided by somebody', 60_000, async () => {
    const { groups, pools } = await status();
    const all = [...groups, ...pools];
    return groups.length === IDS.length && all.every((one) => one.last_decision !== null) ? true : undefined;
  });
}, 120_000);
afterAll(async () => {
  for (const agent of agents) agent.child.kill('SIGTERM');
  await Promise.all(agents.map((agent) => agent.exit));
  await servers?.stop();
});

function startAgent(id: string): Promise<HttpAgent> {
  const flags = ['-group=one', `-service-id=${id}`, '-job-scaling-interval=1', '-cluster-scaling-interval=1'];
  return startHttpAgent({
    nomadUrl: servers.cluster.nomad.url,
    consul: servers.cluster.consul?.url ?? '',
    flags,
    env: servers.env,
  });
}

const run = (command: string, ...more: string[]) =>
  runCli([command, `-http-address=${agents[0]?.address}`, ...flagsOf(command), ...more], {
    env: servers.env,
  });

/** Only `explain` may have to ask Nomad. */
const flagsOf = (command: string): readonly string[] =>
  command === 'explain' ? servers.flags : servers.flags.filter((flag) => flag.startsWith('-consul='));

interface Status {
  source: string;
  agents: { answered: boolean }[];
  groups: { id: string; acts: boolean; last_decision: unknown }[];
  pools: { id: string; acts: boolean; last_decision: unknown }[];
}

async function status(...more: string[]): Promise<Status> {
  const { stdout, stderr } = await run('status', '-json', ...more);
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Status;
}

async function explain(id: string): Promise<{ decisions: ToldEntry[] }> {
  const { code, stdout, stderr } = await run('explain', '--json', id);
  expect([code, stderr]).toEqual([0, '']);
  const answer = JSON.parse(stdout) as { decisions: ToldEntry[] };
  expect(checkSchema(explanationShape.schema, answer)).toEqual([]);
  return answer;
}

describe('while two agents share the work', () => {
  test.each([0, 1])('status from agent %i alone shows what both of them have decided', async (number) => {
    const { code, stdout } = await runCli(
      ['status', `-http-address=${agents[number]?.address}`, '--json', ...flagsOf('status')],
      { env: servers.env },
    );
    const seen = JSON.parse(stdout) as Status;
    expect([code, checkSchema(sightShape.schema, seen)]).toEqual([0, []]);
    expect(seen).toMatchObject({
      source: 'agents',
      agents: [{ answered: true }, { answered: true }],
      missing: [],
    });
    expect(seen.groups.map(({ id }) => id)).toEqual(IDS);
    expect([...seen.groups, ...seen.pools].filter(({ acts }) => !acts)).toEqual([]);
  });

  test('status finds the agents by itself, through what is stored in Consul', async () => {
    const { code, stdout } = await runCli(['status', ...flagsOf('status'), '-http-port=-1'], {
      env: servers.env,
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^from 2 agents: /);
    expect(stdout).toMatch(/^leader +[ab] /m);
  });

  test('for people: what needs attention comes first, each with its numbers', async () => {
    const { stdout } = await run('status');
    const lines = stdout.split('\n');
    const order = lines.flatMap((line) => IDS.filter((id) => line.startsWith(`${id} `)));
    expect(order).toEqual(
      ['stopped', 'broken', 'unheard', 'hot', 'cold', 'pausing', 'steady'].map((id) => `${id}/api`),
    );
    const of = (id: string): string => lines.find((line) => line.startsWith(id)) ?? '';
    expect(of('stopped')).toContain('failsafe is set by an operator');
    expect(of('broken')).toContain('replicator_max is "ten", not a whole number');
    expect(of('hot')).toMatch(
      / 4 +1\.\.4 +9\d\.\d % \(30\/80\) +- +- +hold: max, would scale out to 5: above$/,
    );
    expect(of('pausing')).toMatch(/ 3\d\d\d s +hold: cooldown, would scale out to 3: above$/);
    expect(of('workers')).toMatch(/ 2 of 2 /);
    expect(stdout).not.toContain('\u001B');
  });

  test('a prefix narrows it', async () => {
    expect((await status('ho', 'st')).groups.map(({ id }) => id)).toEqual([
      'hot/api',
      'steady/api',
      'stopped/api',
    ]);
  });

  test.each([
    ['hot/api', 'max', 'out to 5 if the maximum is at least 5 (now 4)'],
    ['cold/api', 'min', 'in to 1 if the minimum is at most 1 (now 2)'],
    ['steady/api', 'steady', /out to 3 if cpu is above 80 % \(now \d\d(\.\d)? %\)/],
    ['pausing', 'cooldown', /out to 3 if the cooldown is over \(3\d\d\d s left\)/],
    ['stopped/api', 'failsafe', 'out to 3 if failsafe is reset'],
    [
      'unheard',
      'no-metrics',
      /running allocations is at least 1 \(now 0\), and the number of measured allocations is at least 1/,
    ],
    ['workers', expect.any(String), /to \d/],
  ])(
    'explain %s: the decision is made again from its JSON alone, and flips with what is said',
    async (id, reason, way) => {
      const { decisions } = await explain(id);
      const [latest] = decisions;
      if (!latest) throw new Error('no decision');
      expect(latest.decision.verdict['reason']).toEqual(reason);
      for (const entry of decisions) {
        const { is, again } = decideAgain(entry);
        expect(again).toMatchObject({ wish: is.wish, verdict: is.verdict });
      }
      const { is, again } = decideAgain(latest);
      expect(rounded(again)).toEqual(rounded(is));
      const open = latest.ways.filter(({ never }) => never === '');
      for (const { direction, to, conditions } of open) {
        expect(decideAfter(latest, conditions)).toMatchObject({ kind: 'scale', direction, to });
        expect(decideAfter(latest, conditions.slice(1))).not.toMatchObject({ kind: 'scale', direction });
      }
      expect(latest.ways.map(({ sentence }) => sentence).join('\n')).toMatch(way);
    },
  );

  test('explain for people has the formula with its numbers, the gates, and what would have to change', async () => {
    const { code, stdout } = await run('explain', 'pausing/api');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^pausing\/api {2}task group, asked 127\.0\.0\.1:\d+\n/);
    expect(stdout).toMatch(/^decision +hold: cooldown, waiting after the last scaling event$/m);
    expect(stdout).toMatch(/^asked for +scale out from 2 to 3: above, /m);
    expect(stdout).toMatch(/^cpu +\d+\.\d %; in below 30 %, out above 80 %: above$/m);
    expect(stdout).toMatch(/^cooldown +3\d\d\d s left of 3600 s since 20/m);
    expect(stdout).toMatch(/^gates shut +cooldown$/m);
    expect(stdout).toMatch(/^gates open +disabled, failsafe, paused, operation, deployment, /m);
  });

  test.each([
    ['hott/api', 'there is no task group and no worker pool hott/api; did you mean hot/api?'],
    ['nothing-like-it', 'there is no task group and no worker pool nothing-like-it'],
  ])('explain %s is one line and exit 1', async (id, line) => {
    expect(await run('explain', id)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: `replicator explain: ${line}\n`,
    });
  });

  test('watch looks again and again, and ends with Ctrl-C', async () => {
    const flags = ['status', '-watch', '-every=1', '-json', `-http-address=${agents[0]?.address}`];
    const watching = spawnCli([...flags, ...flagsOf('status')], { env: servers.env });
    const first = await watching.waitForLine(/^\{"source":"agents"/);
    await watching.waitForLine(/^\{"source":"agents"/, 15_000, first.index + 1);
    expect(await watching.stop('SIGINT')).toMatchObject({ code: 0 });
  });
});

describe('after all agents have stopped', () => {
  beforeAll(async () => {
    await Promise.all(agents.map((agent) => agent.stop()));
  }, 30_000);

  test('status is told by Consul, and says what is therefore not known', async () => {
    const { code, stdout } = await run('status');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^from Consul: no agent answers\n/);
    expect(stdout).toContain(`not heard: ${agents[0]?.address}, connection refused`);
    expect(stdout).toContain('not known: counts, bounds, usage and decisions');
    expect(stdout).toMatch(/^leader +nobody$/m);
    expect(stdout).toMatch(/^stopped\/api .*failsafe is set by an operator/m);
    const seen = await status();
    expect(checkSchema(sightShape.schema, seen)).toEqual([]);
    expect(seen.source).toBe('consul');
  });

  test('explain evaluates once itself, says so, and changes nothing', async () => {
    const before = servers.mutations().length;
    const { decisions } = await explain('hot');
    expect(decisions[0]?.decision.verdict['reason']).toBe('max');
    const { stdout } = await run('explain', 'hot/api');
    expect(stdout).toContain(
      'no agent answers that has decided: evaluated once, here and now; nothing was changed',
    );
    expect(stdout).toContain('nothing is done meanwhile: no agent leads');
    expect(servers.mutations()).toHaveLength(before);
  });

  test('where Consul does not answer either, both say so in one line', async () => {
    const flags = ['-consul=http://127.0.0.1:9', '-http-port=-1'];
    for (const command of [['status'], ['explain', 'hot']]) {
      const { code, stdout, stderr } = await runCli([...command, ...flags], { env: servers.env });
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(
        /^replicator \w+: no agent answers(?: that has decided)?, and consul: [^\n]*\n$/,
      );
    }
  });
});

/** Sums may be made in another order. */
function rounded(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_key, one: unknown) =>
    typeof one === 'number' ? Math.round(one * 1e4) : one,
  );
}

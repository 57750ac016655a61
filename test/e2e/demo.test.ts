import { expect, test } from 'vitest';
import { findMarked, runName } from '../setup/leftovers.mjs';
import { long } from '../support/needs.ts';
import { type RunningCli, runCli, spawnCli } from '../support/processes.ts';
import { eventually } from './support/agents.ts';

interface Report {
  readonly scenario: string;
  readonly seed: number;
  readonly speed: number;
  readonly durationS: number;
  readonly decisions: readonly {
    readonly at: string;
    readonly group: string;
    readonly by?: string;
    readonly direction: 'out' | 'in';
    readonly from: number;
    readonly to: number;
    readonly reason: string;
    readonly numbers: { readonly count: number };
  }[];
  readonly poolDecisions: readonly { readonly node: string; readonly direction: string }[];
  readonly errors: readonly unknown[];
  readonly requests: Readonly<Record<'nomad' | 'consul' | 'aws', Readonly<Record<string, number>>>>;
  readonly sessions: number;
  readonly fencedTransactions: number;
  readonly scaleRequests: number;
  readonly handovers: readonly {
    readonly member: string;
    readonly how: string;
    readonly partitions: number;
    readonly tookS: number;
  }[];
}

test('a demo scales a group out and in, and reports it as one line of JSON', async () => {
  const { code, stdout, stderr } = await runCli([
    'demo',
    '--scenario=wave',
    '--speed=60',
    '--duration=22',
    '--seed=3',
    '--json',
  ]);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stdout.trimEnd().split('\n')).toHaveLength(1);
  const report = JSON.parse(stdout) as Report;
  expect(report).toMatchObject({
    scenario: 'wave',
    seed: 3,
    speed: 60,
    durationS: 22,
    errors: [],
    sessions: 1,
    poolDecisions: [],
    handovers: [],
  });
  expect(report.requests.aws).toEqual({});

  const directions = (name: string): Set<string> =>
    new Set(report.decisions.filter(({ group }) => group === name).map(({ direction }) => direction));
  const groups = [...new Set(report.decisions.map(({ group }) => group))];
  expect(Math.max(...groups.map((name) => directions(name).size))).toBe(2);
  for (const { from, to, direction, numbers, at } of report.decisions) {
    expect(Math.sign(to - from)).toBe(direction === 'out' ? 1 : -1);
    expect(numbers.count).toBe(from);
    expect(Date.parse(at)).not.toBeNaN();
  }
  expect(report.scaleRequests).toBeGreaterThanOrEqual(2);
  expect(report.fencedTransactions).toBeGreaterThanOrEqual(report.scaleRequests);
  expect(report.requests.consul).toMatchObject({
    'PUT /v1/session/create': 1,
    'PUT /v1/txn': expect.any(Number),
  });
  expect(report.requests.nomad['GET /v1/client/allocation/:id/stats']).toBeGreaterThan(10);
  expect(stderr).toMatch(/export NOMAD_ADDR=http:\/\/127\.0\.0\.1:\d+ CONSUL_HTTP_ADDR=127\.0\.0\.1:\d+\n/);
  expect(stderr).toMatch(
    /^\d\d:\d\d:\d\d shop\/web: scale out from 2 to 3: above, .*\[count 2 \(2\.\.8\), cpu /m,
  );
});

test('a demo with a pool adds nodes for work without room, all at once, and removes one when it is done', async () => {
  const demo = spawnCli(['demo', '--scenario=pending', '--speed=60', '--json']);
  await demo.waitForLine(/ workers: scale in ended, success: /, 60_000);
  demo.child.kill('SIGINT');
  expect(await demo.exit).toEqual({ code: 0, signal: null });
  const line = demo.lines.find(({ stream }) => stream === 'stdout');
  const report = JSON.parse(line?.text ?? '') as Report;
  const [out, first] = report.poolDecisions;
  expect(out).toMatchObject({ pool: 'workers', direction: 'out', from: 2, to: 8, reason: 'pending' });
  expect(out).toMatchObject({ outcome: 'success', numbers: { nodes: 2, desired: 2 } });
  expect(first).toMatchObject({ direction: 'in', from: 8, to: 7, reason: 'below', outcome: 'success' });
  expect(first?.node).toMatch(/^workers-\d$/);
  expect(report).toMatchObject({ scenario: 'pending', errors: [] });
  const { UpdateAutoScalingGroup, DetachInstances, TerminateInstances } = report.requests.aws;
  expect(UpdateAutoScalingGroup).toBe(1);
  expect(DetachInstances).toBeGreaterThanOrEqual(1);
  expect(TerminateInstances).toBeGreaterThanOrEqual(1);
});

/** A demo whose agent leads, and the process of that agent. */
async function startDemo(
  ...flags: readonly string[]
): Promise<{ demo: RunningCli; nomad: string; agent: number }> {
  const demo = spawnCli(['demo', '--json', ...flags]);
  const { text } = await demo.waitForLine(/NOMAD_ADDR=\S+/, 30_000);
  const nomad = /NOMAD_ADDR=(\S+)/.exec(text)?.[1] ?? '';
  await demo.waitForLine(/leadership lock obtained/, 30_000);
  const agent = await eventually('the agent', 5_000, () => agentsAt(nomad)[0]);
  return { demo, nomad, agent };
}

function agentsAt(nomad: string): readonly number[] {
  const mark = process.env[runName] ?? `process-${process.pid}`;
  const agents = findMarked(mark).filter(({ command }) => command.includes(` agent -nomad=${nomad} `));
  return agents.map(({ pid }) => pid);
}

const needsProc = { skip: process.platform !== 'linux' };

test(
  'Ctrl-C that arrives twice ends a demo cleanly: exit 0, the report, no process left',
  needsProc,
  async () => {
    const { demo, nomad } = await startDemo();
    demo.child.kill('SIGINT');
    demo.child.kill('SIGINT');
    expect(await demo.exit).toEqual({ code: 0, signal: null });
    expect(agentsAt(nomad)).toEqual([]);
    const report = demo.lines.filter(({ stream }) => stream === 'stdout').map(({ text }) => text);
    expect(report).toHaveLength(1);
    expect(JSON.parse(report[0] ?? '')).toMatchObject({ speed: 20, sessions: 1, errors: [] });
    await expect(fetch(`${nomad}/v1/jobs`)).rejects.toThrow('fetch failed');
  },
);

test('a demo whose agent dies says so and ends with exit code 1', needsProc, async () => {
  const { demo, agent } = await startDemo();
  process.kill(agent, 'SIGKILL');
  expect(await demo.exit).toEqual({ code: 1, signal: null });
  const errors = demo.lines.filter(({ stream }) => stream === 'stderr');
  expect(errors.at(-1)?.text).toBe('replicator demo: the agent was ended by SIGKILL');
});

/** 2 × TTL + lock-delay + 1 s and half an interval of the agents, which the demo shortens. */
const TAKEOVER_S = 2 * 12 + 15 + 1 + 0.5;

test(
  'a demo of a group: a killed agent is taken over and comes back, a stopped one hands over, each task group goes on',
  long({ timeout: 200_000 }),
  async () => {
    const demo = spawnCli(['demo', '--scenario=group', '--json']);
    const killed = await demo.waitForLine(/--- agent-a is killed /, 90_000);
    const back = await demo.waitForLine(/--- agent-a is started again/, 60_000, killed.index);
    await demo.waitForLine(/ partitions: agent-a .*, agent-b .*, agent-c /, 40_000, back.index);
    const stopped = await demo.waitForLine(/--- agent-b is told to stop/, 40_000, back.index);
    await demo.waitForLine(/ agent-c .* been handed the \d partitions of agent-b, /, 20_000, stopped.index);
    demo.child.kill('SIGINT');
    expect(await demo.exit).toEqual({ code: 0, signal: null });

    const told = demo.lines.filter(({ stream }) => stream === 'stderr').map(({ text }) => text);
    const meanwhile = told.slice(killed.index + 1, back.index).join('\n');
    expect(meanwhile).toMatch(/ the session of agent-a has ended: nobody can lock its 6 partitions for /);
    expect(meanwhile).toMatch(/ agent-[bc]: leadership lock obtained at replicator\/config\/leader/);
    expect(meanwhile).toMatch(
      / agent-b and agent-c have taken over the 6 partitions of agent-a, [\d.]+ s by the clock on the wall after/,
    );
    expect(meanwhile).not.toMatch(/ agent-a: /);

    const report = JSON.parse(demo.lines.find(({ stream }) => stream === 'stdout')?.text ?? '') as Report;
    expect(report).toMatchObject({
      scenario: 'group',
      errors: [],
      handovers: [
        { member: 'agent-a', how: 'killed', partitions: 6 },
        { member: 'agent-b', how: 'stopped' },
      ],
    });
    const [takeover, handover] = report.handovers;
    expect(takeover?.tookS).toBeGreaterThan(15);
    expect(takeover?.tookS).toBeLessThan(TAKEOVER_S);
    expect(handover?.tookS).toBeLessThan(5);
    const actors = new Set(report.decisions.map(({ by = '' }) => by));
    expect(actors).toEqual(new Set(['agent-a', 'agent-b', 'agent-c']));
  },
);

test(
  'Ctrl-C while a killed agent is missing ends a demo of a group, and leaves no process',
  long(needsProc),
  async () => {
    const { demo, nomad } = await startDemo('--scenario=group');
    await demo.waitForLine(/--- agent-a is killed /, 60_000);
    expect(agentsAt(nomad)).toHaveLength(2);
    demo.child.kill('SIGINT');
    expect(await demo.exit).toEqual({ code: 0, signal: null });
    expect(agentsAt(nomad)).toEqual([]);
  },
);

test(
  'a demo of a group ends with exit code 1 when a member dies that nobody ended',
  long(needsProc),
  async () => {
    const { demo, nomad } = await startDemo('--scenario=group');
    const [, last] = await eventually('three agents', 30_000, () => {
      const all = agentsAt(nomad);
      return all.length === 3 ? all : undefined;
    });
    process.kill(last ?? 0, 'SIGKILL');
    expect(await demo.exit).toEqual({ code: 1, signal: null });
    const errors = demo.lines.filter(({ stream }) => stream === 'stderr');
    expect(errors.at(-1)?.text).toMatch(/^replicator demo: agent-[abc] was ended by SIGKILL$/);
    expect(agentsAt(nomad)).toEqual([]);
  },
);

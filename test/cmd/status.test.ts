import { stripVTControlCharacters } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { sightShape } from '../../cmd/look/sight.ts';
import { checkSchema } from '../../src/http/schema.ts';
import type { GroupStatus } from '../../src/ports/status-view.ts';
import { poolDecision, poolNumbers } from '../agent/decisions.ts';
import { freePort } from '../support/free-port.ts';
import { spawnCli } from '../support/processes.ts';
import { ALONE, type GroupPart, type FakeAgent, fakeGroup, fakePool, startFakeAgent } from './fake-agent.ts';
import { type Outcome, runInProcess } from './run-in-process.ts';
import { type SimulatedServers, startServers } from './simulated-servers.ts';

const NO_CONSUL = '-consul=http://127.0.0.1:9';
const HOT = { cpu: 95.5, policy: { max: 3 } };
const SEVERAL: FakeAgent = {
  groups: [
    fakeGroup('calm'),
    fakeGroup('cart', { cpu: 90, gates: { cooldownLeftMs: 29_500 } }),
    fakeGroup('full', HOT),
    fakeGroup('growing', { cpu: 90 }),
    fakeGroup('sick', { state: { failureCount: 2 } }),
    fakeGroup('stopped', { state: { failsafeMode: true, failsafeAdmin: true } }),
    fakeGroup('wrong', {
      status: {
        policy: { kind: 'invalid', faults: [{ key: 'replicator_max', text: 'is "ten"' }] },
        decision: undefined,
      },
    }),
  ],
  pools: [
    fakePool('workers', poolDecision({ kind: 'hold', reason: 'steady' }, { kind: 'none', reason: 'steady' })),
  ],
};

/** Runs `status` against a fake agent; `columns`: on a terminal. */
async function status(
  told: FakeAgent,
  {
    flags = [],
    env = {},
    columns,
  }: { flags?: string[]; env?: Record<string, string>; columns?: number } = {},
): Promise<Outcome & { readonly address: string; readonly ids: readonly string[] }> {
  const address = await startFakeAgent(told);
  const argv = ['status', `-http-address=${address}`, NO_CONSUL, ...flags];
  const outcome = await runInProcess(argv, env, columns);
  const ids = outcome.stdout.split('\n').flatMap((line) => /^[\w-]+\/api(?= )/.exec(line)?.[0] ?? []);
  return { ...outcome, address, ids };
}

describe('status for people', () => {
  test('is a head, a table of task groups with the urgent ones first, and a table of worker pools', async () => {
    const { code, stdout, stderr, address } = await status(SEVERAL);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.split('\n')).toEqual([
      `from 1 agent: ${address}`,
      'leader  agent-1',
      '',
      'TASK GROUP   COUNT  BOUNDS  CPU             MEMORY  COOLDOWN  LAST DECISION',
      'stopped/api  3      1..10   50.0 % (30/80)  -       -         failsafe is set by an operator; hold: steady',
      'wrong/api    3      -       -               -       -         replicator_max is "ten"',
      'sick/api     3      1..10   50.0 % (30/80)  -       -         failures: 2; hold: steady',
      'full/api     3      1..3    95.5 % (30/80)  -       -         hold: max, would scale out to 4: above',
      'growing/api  3      1..10   90.0 % (30/80)  -       -         scale out from 3 to 4: above',
      'calm/api     3      1..10   50.0 % (30/80)  -       -         hold: steady',
      'cart/api     3      1..10   90.0 % (30/80)  -       30 s      hold: cooldown, would scale out to 4: above',
      '',
      'WORKER POOL  NODES   BOUNDS  USED           ALLOWED       COOLDOWN  LAST DECISION',
      'workers      3 of 3  1..5    memory 75.0 %  below 58.3 %  -         hold: steady',
      '',
    ]);
  });

  test.each<[string, FakeAgent, RegExp]>([
    [
      'failsafe for everything, with who, when and why',
      { failsafe: { set: true, by: 'me@here', at: '2026-01-01T00:00:00Z', reason: 'a test' } },
      /^failsafe is set for everything by me@here at 2026-01-01T00:00:00Z \(a test\)$/m,
    ],
    ['a pause', { paused: { set: true, by: 'me', at: '', reason: '' } }, /^scaling is paused by me$/m],
    ['that there is nothing', {}, /^no task group and no worker pool is known$/m],
    [
      'that nobody leads, and what is therefore not known',
      {
        members: [{ ...ALONE, isLeader: false }],
        groups: [fakeGroup('calm', { status: { isOurs: false, decision: undefined } })],
      },
      /^not known: no agent leads: nothing is decided about 1 of them\nleader {2}consul-1$/m,
    ],
    [
      'a state that cannot be read',
      {
        groups: [
          fakeGroup('calm', {
            status: { stored: undefined, fault: { key: 'state/calm', text: 'no JSON' }, decision: undefined },
          }),
        ],
      },
      /^calm\/api .* state\/calm: no JSON$/m,
    ],
    [
      'a pool that is full',
      {
        pools: [
          fakePool(
            'workers',
            poolDecision(
              { kind: 'hold', reason: 'asg-max' },
              { kind: 'out', nodes: 1, because: 'above' },
              poolNumbers({ max: 3 }),
            ),
          ),
        ],
      },
      /^workers +3 of 3 +1\.\.3 .*hold: asg-max, would scale out to 3: above$/m,
    ],
  ])('tells %s', async (_what, told, line) => {
    const { code, stdout } = await status(told);
    expect(code).toBe(0);
    expect(stdout).toMatch(line);
  });

  test('words narrow it to ids that begin with them', async () => {
    expect((await status(SEVERAL, { flags: ['ca', 'wrong/'] })).ids).toEqual([
      'wrong/api',
      'calm/api',
      'cart/api',
    ]);
  });

  test('control characters of an id do not reach the terminal', async () => {
    const { stdout } = await status({ groups: [fakeGroup('a\u001B[31mb\nc')] });
    expect(stdout).not.toContain('\u001B');
    expect(stdout.split('\n').filter((line) => line.includes('hold: steady'))).toHaveLength(1);
  });
});

const LIMITED = { max: 3 };
const WAITS = { cooldownLeftMs: 30_000 };
const GROWS = { kind: 'out', nodes: 1, because: 'above' } as const;

describe('a resource that waits and', () => {
  test.each<[string, GroupPart, boolean, string]>([
    [
      'is hot at its maximum needs attention',
      { cpu: 90, policy: LIMITED, gates: WAITS },
      true,
      'hold: cooldown and max, would scale out to 4: above',
    ],
    [
      'backs off there needs attention',
      { cpu: 90, policy: LIMITED, gates: { backoffLeftMs: 1 } },
      true,
      'hold: backoff and max, would scale out to 4: above',
    ],
    [
      'is hot below its maximum needs none',
      { cpu: 90, gates: WAITS },
      false,
      'hold: cooldown, would scale out to 4: above',
    ],
    [
      'is cold at its maximum needs none',
      { cpu: 5, policy: LIMITED, gates: WAITS },
      false,
      'hold: cooldown, would scale in to 2: below',
    ],
    ['is steady at its maximum needs none', { policy: LIMITED, gates: WAITS }, false, 'hold: steady'],
    [
      'is disabled at its maximum needs none',
      { cpu: 90, policy: { ...LIMITED, enabled: false }, gates: WAITS },
      false,
      'hold: disabled and cooldown and max, would scale out to 4: above',
    ],
  ])('%s', async (_what, part, isUrgent, telling) => {
    const { stdout, ids } = await status({ groups: [fakeGroup('calm'), fakeGroup('it', part)] });
    expect(stdout).toMatch(new RegExp(`^it/api .*(?<= )${telling}$`, 'm'));
    expect(ids).toEqual(isUrgent ? ['it/api', 'calm/api'] : ['calm/api', 'it/api']);
  });

  test('is a worker pool at its maximum needs attention', async () => {
    const numbers = poolNumbers({ max: 3 });
    const pools = [
      fakePool('calm', poolDecision({ kind: 'hold', reason: 'steady' }, { kind: 'none', reason: 'steady' })),
      fakePool('full', {
        ...poolDecision({ kind: 'hold', reason: 'backoff' }, GROWS, numbers),
        gates: { failsafe: false, paused: false, operation: false },
        backoffLeftMs: 9_000,
        asked: 3,
      }),
    ];
    const { stdout } = await status({ pools });
    expect(stdout).toMatch(/^full .* 9 s +hold: backoff and asg-max, would scale out to 3: above\ncalm /m);
  });
});

describe('colour', () => {
  test.each<[string, { env?: Record<string, string>; columns?: number }, boolean]>([
    ['is on a terminal', { columns: 200 }, true],
    ['is not where the output is none', {}, false],
    ['is not with NO_COLOR', { columns: 200, env: { NO_COLOR: '1' } }, false],
    ['is with an empty NO_COLOR', { columns: 200, env: { NO_COLOR: '' } }, true],
  ])('%s', async (_what, at, isColoured) => {
    const { stdout } = await status(SEVERAL, at);
    expect(stdout.includes('\u001B[')).toBe(isColoured);
    expect(stripVTControlCharacters(stdout)).toContain('hold: max, would scale out to 4: above');
  });

  test('is never in -json', async () => {
    expect((await status(SEVERAL, { columns: 200, flags: ['-json'] })).stdout).not.toContain('\u001B');
  });
});

describe('many rows', () => {
  const names = (count: number, what: string): string[] =>
    Array.from({ length: count }, (_none, at) => `${what}-${String(at).padStart(2, '0')}`);
  const many = (quiet: number, urgent: number): GroupStatus[] => [
    ...names(quiet, 'calm').map((name) => fakeGroup(name)),
    ...names(urgent, 'full').map((name) => fakeGroup(name, HOT)),
  ];
  const SHORT = { columns: 200, env: { NO_COLOR: '1' } };

  test.each<[string, GroupStatus[], { columns?: number; flags?: string[] }, number, string | undefined]>([
    ['40 are all shown on a terminal', many(40, 0), SHORT, 40, undefined],
    ['41 are folded to 40 there', many(41, 0), SHORT, 40, '… and 1 more task groups'],
    ['what needs attention comes first, and counts', many(60, 2), SHORT, 40, '… and 22 more task groups'],
    ['all that needs attention is shown', many(5, 45), SHORT, 45, '… and 5 more task groups'],
    ['-all shows them all', many(60, 2), { ...SHORT, flags: ['-all'] }, 62, undefined],
    ['without a terminal all are shown', many(60, 2), {}, 62, undefined],
  ])('%s', async (_what, groups, at, rows, rest) => {
    const { stdout, ids } = await status({ groups }, at);
    const urgent = groups.filter(({ id }) => id.startsWith('full'));
    expect(ids).toHaveLength(rows);
    expect(ids.slice(0, urgent.length)).toEqual(urgent.map(({ id }) => id));
    const told = stdout.split('\n').find((line) => line.startsWith('…'));
    expect(told).toEqual(rest && `${rest} that need no attention (-all lists them)`);
  });
});

describe('status -json', () => {
  test('is one line in the documented form, with everything that was told', async () => {
    const { code, stdout, address } = await status(SEVERAL, { flags: ['-json'] });
    const seen = JSON.parse(stdout) as Record<string, unknown[]>;
    expect([code, stdout.split('\n').length, checkSchema(sightShape.schema, seen)]).toEqual([0, 2, []]);
    expect(Object.keys(seen).join(' ')).toBe(
      'source agents missing leader group members failsafe paused groups pools',
    );
    expect(seen).toMatchObject({
      source: 'agents',
      agents: [{ address, answered: true, error: '' }],
      leader: { SessionID: 'session-1', NodeID: 'consul-1' },
      group: null,
      failsafe: { set: false },
    });
    expect(seen['groups']).toHaveLength(7);
    expect(seen['groups']?.[2]).toMatchObject({
      id: 'full/api',
      count: 3,
      policy: { max: 3 },
      last_decision: {
        decision: {
          verdict: { kind: 'hold', reason: 'max' },
          wish: { to: 4 },
          numbers: { cpu: 95.5, max: 3 },
        },
      },
    });
    expect(seen['pools']).toMatchObject([
      { id: 'workers', last_decision: { decision: { numbers: { nodes: 3 } } } },
    ]);
  });

  test('is not folded on a terminal, and narrowed by words all the same', async () => {
    const groups = Array.from({ length: 50 }, (_none, at) => fakeGroup(`calm-${at}`));
    const all = await status({ groups }, { columns: 80, flags: ['-json'] });
    expect((JSON.parse(all.stdout) as { groups: unknown[] }).groups).toHaveLength(50);
    const some = await status({ groups }, { columns: 80, flags: ['-json', 'calm-4'] });
    expect((JSON.parse(some.stdout) as { groups: unknown[] }).groups).toHaveLength(11);
  });
});

describe('where no agent answers', () => {
  let servers: SimulatedServers | undefined;
  afterEach(async () => {
    await servers?.stop();
    servers = undefined;
  });

  test.each([
    [['-http-address=127.0.0.1:9'], ''],
    [['-http-port=-1'], ''],
    [['-http-port=9', '-json'], ''],
  ])('and Consul does not either, %j is one line and exit 1', async (flags, stdout) => {
    const outcome = await runInProcess(['status', NO_CONSUL, ...flags]);
    expect(outcome).toEqual({
      code: 1,
      stdout,
      stderr: expect.stringMatching(
        /^replicator status: no agent answers, and consul: [^\n]*ECONNREFUSED[^\n]*\n$/,
      ),
    });
  });

  test('Consul tells what it knows, with exit 0', async () => {
    servers = await startServers({});
    await servers.putKey('replicator/config/paused', { set: true, by: 'me', at: '', reason: '' });
    const [, consul = ''] = servers.flags;
    const nobody = `127.0.0.1:${await freePort()}`;
    const { code, stdout, stderr } = await runInProcess(['status', consul, `-http-address=${nobody}`]);
    expect([code, stderr]).toEqual([0, '']);
    const head = `from Consul: no agent answers\nnot heard: ${nobody}, connection refused\nnot known: counts`;
    expect(stdout.slice(0, head.length)).toBe(head);
    expect(stdout).toMatch(/^leader {2}nobody$/m);
    expect(stdout).toMatch(/^scaling is paused by me$/m);
  });

  test('an address of something else is said not to be an agent', async () => {
    servers = await startServers({});
    const [, consul = ''] = servers.flags;
    const address = consul.replace(/^-consul=http:\/\//, '');
    const { code, stdout } = await runInProcess(['status', consul, `-http-address=${address}`]);
    expect(code).toBe(0);
    expect(stdout).toContain(`not heard: ${address}, `);
  });
});

describe('status -watch without a terminal', () => {
  test('appends one look after the other, and ends with exit 0 by SIGINT', async () => {
    const address = await startFakeAgent({ groups: [fakeGroup('calm')] });
    const watching = spawnCli(['status', '-watch', '-every=1', `-http-address=${address}`, NO_CONSUL]);
    const first = await watching.waitForLine(/^--- 20\d\d-/);
    await watching.waitForLine(/^calm\/api .*hold: steady$/);
    const second = await watching.waitForLine(/^--- 20\d\d-/, 15_000, first.index + 1);
    expect(await watching.stop('SIGINT')).toEqual({ code: 0, signal: null });
    expect(second.atMs - first.atMs).toBeGreaterThan(500);
    const text = watching.lines.map((line) => line.text).join('\n');
    expect(text).not.toContain('\u001B');
    expect(watching.lines.filter(({ stream }) => stream === 'stderr')).toEqual([]);
  });

  test('goes on while nothing answers, one line a look', async () => {
    const flags = ['-http-address=127.0.0.1:9', NO_CONSUL];
    const watching = spawnCli(['status', '-watch', '-every=1', ...flags]);
    const first = await watching.waitForLine(/^replicator status: no agent answers, and consul: /);
    await watching.waitForLine(/^replicator status: no agent answers/, 15_000, first.index + 1);
    expect(await watching.stop('SIGINT')).toEqual({ code: 0, signal: null });
    expect(watching.lines.filter(({ stream }) => stream === 'stdout')).toEqual([]);
  });
});

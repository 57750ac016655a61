import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { explanationShape } from '../../cmd/explain/explanation.ts';
import { checkSchema } from '../../src/http/schema.ts';
import { poolDecision, poolNumbers } from '../agent/decisions.ts';
import { freePort } from '../support/free-port.ts';
import { scenarioJob } from '../support/virtual-jobs.ts';
import {
  type FakeAgent,
  fakeDecision,
  fakeGroup,
  fakePool,
  groupEntry,
  startFakeAgent,
} from './fake-agent.ts';
import { type Outcome, runInProcess } from './run-in-process.ts';
import { type SimulatedServers, startServers } from './simulated-servers.ts';

const NOBODY = ['-consul=http://127.0.0.1:9', '-nomad=http://127.0.0.1:9'];
const FULL = { cpu: 95.5, policy: { max: 3 }, gates: { cooldownLeftMs: 29_500 } };
const GROWS = { kind: 'out', nodes: 1, because: 'above' } as const;

const WORKERS = fakePool(
  'workers',
  poolDecision({ kind: 'hold', reason: 'asg-max' }, GROWS, poolNumbers({ max: 3 })),
);

const TOLD: FakeAgent = {
  groups: [
    fakeGroup('cart', FULL),
    fakeGroup('calm'),
    fakeGroup('hot', { cpu: 90 }),
    fakeGroup('old', { status: { isOurs: false } }),
    fakeGroup('twin', { status: { id: 'twin/api' } }),
    fakeGroup('twin', { status: { id: 'twin/web' } }),
    fakeGroup('wrong', {
      status: { policy: { kind: 'invalid', faults: [{ key: 'replicator_max', text: 'is "ten"' }] } },
    }),
  ],
  pools: [WORKERS],
  entries: [
    groupEntry('cart/api', fakeDecision({ cpu: 50 }), { count: 3, agoS: 60 }),
    groupEntry('cart/api', fakeDecision({ ...FULL, gates: {} }), { count: 2, agoS: 20 }),
    groupEntry('cart/api', fakeDecision(FULL)),
    ...['calm', 'hot', 'old', 'wrong', 'twin'].map((job) =>
      groupEntry(`${job}/api`, fakeDecision({ cpu: job === 'hot' ? 90 : 50 })),
    ),
    ...(WORKERS.decision ? [WORKERS.decision] : []),
  ],
};

async function explain(
  words: readonly string[],
  {
    told = TOLD,
    env = {},
    columns,
  }: { told?: FakeAgent; env?: Record<string, string>; columns?: number } = {},
): Promise<Outcome & { readonly address: string }> {
  const address = await startFakeAgent(told);
  const outcome = await runInProcess(
    ['explain', ...words, `-http-address=${address}`, ...NOBODY],
    env,
    columns,
  );
  return { ...outcome, address };
}

describe('explain for people', () => {
  test('has the decision, every number, the gates, what would change it, and what was before', async () => {
    const { code, stdout, stderr, address } = await explain(['cart/api']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.split('\n')).toEqual([
      `cart/api  task group, asked ${address}`,
      '',
      'decision     hold: cooldown, waiting after the last scaling event',
      'when         2026-11-24T12:00:00Z',
      'asked for    scale out from 3 to 4: above, a metric is above its scale-out threshold',
      'count        3, bounds 1 to 3',
      'allocations  3 running, 3 measured, 0 starting',
      'cpu          95.5 %; in below 30 %, out above 80 %: above',
      'memory       not judged',
      'cooldown     30 s left of 60 s since 2026-11-24T11:59:29.5Z',
      'gates shut   cooldown, max',
      'gates open   disabled, failsafe, paused, operation, deployment, backoff, min',
      '',
      'to act',
      '  out to 4 if the cooldown is over (30 s left), and the maximum is at least 4 (now 3)',
      '',
      'before that',
      expect.stringMatching(/^ {2}2026-11-24T11:59:30Z to 2026-11-24T11:59:40Z, 2 times +hold: max, /),
      expect.stringMatching(/^ {2}2026-11-24T11:58:40Z to 2026-11-24T11:59:00Z, 3 times +hold: steady, /),
      '',
    ]);
  });

  test.each<[string, string, RegExp]>([
    ['a job with one group by its name alone', 'calm', /^calm\/api {2}task group, /],
    ['what acts: nothing has to change', 'hot', /^it acts: nothing has to change$/m],
    ['what would make a steady group act', 'calm', /^to act\n {2}out to 4 if cpu is above 80 %/m],
    ['decisions of an agent that does not act', 'old', /^the agent that acts on it now was not heard: /m],
    ['the faults of a policy', 'wrong', /^its policy has faults: replicator_max is "ten"$/m],
    [
      'a worker pool',
      'workers',
      /^workers {2}worker pool, [^]*^allowed +capacity 6000 − reserve 600 − 1 × average node 2000 = 3500 MiB$/m,
    ],
    ['the bound that a worker pool is at', 'workers', /^nodes +3 ready, 3 desired, bounds 1 to 3$/m],
  ])('tells %s', async (_what, id, line) => {
    const { code, stdout } = await explain([id]);
    expect(code).toBe(0);
    expect(stdout).toMatch(line);
  });

  test('-last says how many decisions', async () => {
    const { stdout } = await explain(['cart/api', '-last=2']);
    expect(stdout.split('\n').filter((line) => line.includes(' times '))).toHaveLength(1);
  });

  test.each<[string, { env?: Record<string, string>; columns?: number }, boolean]>([
    ['is in colour on a terminal', { columns: 120 }, true],
    ['has no colour where the output is none', {}, false],
    ['has no colour with NO_COLOR', { columns: 120, env: { NO_COLOR: '1' } }, false],
  ])('%s', async (_what, at, isColoured) => {
    expect((await explain(['cart/api'], at)).stdout.includes('\u001B[')).toBe(isColoured);
  });
});

test('explain -json is one line in the documented form, the newest decision first', async () => {
  const { code, stdout, address } = await explain(['cart', '-json']);
  const answer: unknown = JSON.parse(stdout);
  expect([code, stdout.split('\n').length, checkSchema(explanationShape.schema, answer)]).toEqual([0, 2, []]);
  expect(answer).toMatchObject({
    id: 'cart/api',
    type: 'job_group',
    source: 'agent',
    address,
    acting: true,
    notes: [],
    decisions: [
      { decision: { verdict: { reason: 'cooldown' }, numbers: { cpu: 95.5, max: 3 } }, ways: [{ to: 4 }] },
      { count: 2, decision: { verdict: { reason: 'max' } } },
      { count: 3, decision: { verdict: { reason: 'steady' } } },
    ],
  });
});

describe('explain is one line on standard error, and exit 1, for', () => {
  test.each([
    ['no word at all', [], 'name a task group (<job>/<group>), a job or a worker pool'],
    ['an empty one', [''], 'name a task group (<job>/<group>), a job or a worker pool'],
    [
      'a task group that is not there',
      ['crat/api'],
      'there is no task group and no worker pool crat/api; did you mean cart/api?',
    ],
    [
      'a pool that is not there',
      ['worker'],
      'there is no task group and no worker pool worker; did you mean workers?',
    ],
    ['what nothing is like', ['zzzzzzzz'], 'there is no task group and no worker pool zzzzzzzz'],
    ['a job of several groups', ['twin'], 'twin has several task groups: twin/api, twin/web'],
    ['control characters', ['\u001B[31m'], 'there is no task group and no worker pool  [31m'],
  ])('%s', async (_what, words, line) => {
    for (const flags of [[], ['-json']]) {
      const { code, stdout, stderr } = await explain([...words, ...flags]);
      expect([code, stdout, stderr]).toEqual([1, '', `replicator explain: ${line}\n`]);
    }
  });

  test('servers that are not there', async () => {
    for (const flags of [[], ['-json'], ['-http-port=-1']]) {
      const { code, stdout, stderr } = await runInProcess(['explain', 'cart', ...NOBODY, ...flags]);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(
        /^replicator explain: no agent answers that has decided, and consul: [^\n]*ECONNREFUSED[^\n]*\n$/,
      );
    }
  });
});

describe('where no agent answers', () => {
  let servers: SimulatedServers;
  beforeAll(async () => {
    servers = await startServers({
      nodes: [{ count: 1, nodeClass: 'plain' }],
      jobs: [scenarioJob({ id: 'cart', count: 2, nodeClass: 'plain', deploys: false })],
    });
  });
  afterAll(() => servers.stop());

  const evaluate = async (...words: string[]): Promise<Outcome> => {
    const nobody = `-http-address=127.0.0.1:${await freePort()}`;
    return runInProcess(['explain', ...words, nobody, ...servers.flags]);
  };

  test('it is evaluated once, told so, and nothing is changed', async () => {
    const { code, stdout, stderr } = await evaluate('cart', '-json');
    expect([code, stderr]).toEqual([0, '']);
    const answer: unknown = JSON.parse(stdout);
    expect(checkSchema(explanationShape.schema, answer)).toEqual([]);
    expect(answer).toMatchObject({
      id: 'cart/api',
      source: 'evaluated',
      address: null,
      acting: false,
      decisions: [{ count: 1 }],
      notes: expect.arrayContaining([expect.stringMatching(/^no agent answers that has decided: /)]),
    });
    expect(servers.mutations()).toEqual([]);
  });

  test('an id that is not there is one line and exit 1, with what was meant', async () => {
    expect(await evaluate('crat/api')).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'replicator explain: there is no task group and no worker pool crat/api; did you mean cart/api?\n',
    });
  });
});

import { describe, expect, test } from 'vitest';
import { ZERO_TIME } from '../../src/domain/instant.ts';
import {
  type Beside,
  callsAws,
  GOOD,
  leads,
  operation,
  OPERATION,
  registers,
  renews,
  ROOT,
  rulesBroken,
  STATE,
  type Told,
  writes,
} from './support/story.ts';

const INTENT = writes(1_000, 10, { [OPERATION]: operation('requested') });
const CONFIRMED = writes(1_200, 11, {
  [OPERATION]: operation('confirming'),
  [STATE]: { scaleout_requests: 1, scalein_requests: 0 },
});
const GONE = writes(2_000, 0, { [OPERATION]: undefined });

/** The good story with its request replaced. */
const withRequest = (...requests: readonly Told[]): Told[] => [
  ...leads(0),
  INTENT,
  ...requests,
  CONFIRMED,
  GONE,
];

const FLAG = { set: true };
const UNSET = { set: false };
const entry = (tail: string, value: object): object => ({
  Key: `${ROOT}/${tail}`,
  Value: Buffer.from(JSON.stringify(value)).toString('base64'),
});
const readsTree = (at: number, value: object): Told => ({
  at,
  method: 'GET',
  path: `/v1/kv/${ROOT}/?recurse&index=5`,
  reply: [entry('failsafe', value)],
});
const readsLock = (at: number, Session: string): Told => ({
  at,
  method: 'GET',
  path: `/v1/kv/${ROOT}/leader?index=5`,
  reply: [{ Session }],
});

test('a story in which all is well breaks no rule', () => {
  expect(rulesBroken(GOOD)).toEqual([]);
});

/** Each tells one thing that must not be, and the rule that says so. */
const stories: readonly [sentence: string, rule: string, story: readonly Told[], beside?: Beside][] = [
  [
    'a request without ever having had the lock',
    'lock',
    [INTENT, registers(1_100, 3), CONFIRMED, GONE].map((told) => ({ ...told, agent: 1 })),
  ],
  [
    'a request whose lease does not outlast it',
    'lock',
    [
      ...leads(0),
      renews(500),
      writes(5_400, 10, { [OPERATION]: operation('requested') }),
      registers(6_000, 3),
      writes(6_100, 11, { [OPERATION]: operation('confirming'), [STATE]: { scaleout_requests: 1 } }),
    ],
  ],
  [
    'a request after the answer to a renewal that never came',
    'lock',
    [
      ...leads(0),
      { ...renews(4_000), undelivered: true },
      writes(4_900, 10, { [OPERATION]: operation('requested') }),
      registers(5_500, 3),
      writes(4_950, 11, { [OPERATION]: operation('confirming'), [STATE]: { scaleout_requests: 1 } }),
    ],
  ],
  [
    'a request after the news that the lock is lost',
    'lock',
    withRequest(readsLock(500, 's1'), registers(1_100, 3)),
  ],
  [
    'a request after the session is known to be gone',
    'lock',
    withRequest({ ...renews(500), status: 404 }, registers(1_100, 3)),
  ],
  [
    'a request after the lock was given back',
    'lock',
    withRequest({ at: 1_050, path: `/v1/kv/${ROOT}/leader?release=s0`, reply: 'true' }, registers(1_100, 3)),
  ],
  [
    'a request after another has been granted the lock',
    'lock',
    withRequest(...leads(1_050, 1), registers(1_100, 3)),
  ],
  [
    'a request under an earlier lock than the one before it',
    'two locks',
    [
      ...leads(0),
      ...leads(1_050, 1),
      INTENT,
      writes(1_060, 12, { [OPERATION]: operation('requested') }, { agent: 1 }),
      registers(1_080, 3, 1),
      registers(1_100, 3, 0, 409),
    ],
  ],
  [
    'a write under a lock that another has been granted',
    'fence',
    [...leads(0), ...leads(900, 1), writes(1_000, 10, { [STATE]: {} })],
  ],
  ['a write without a lock', 'fence', [writes(1_000, 10, { [STATE]: {} }, { session: '' })]],
  ['a request without an intent', 'intent', [...leads(0), registers(900, 3), INTENT, CONFIRMED, GONE]],
  [
    'a request whose intent was not known to be stored',
    'intent',
    [...leads(0), { ...INTENT, undelivered: true }, registers(1_100, 3), CONFIRMED, GONE],
  ],
  ['a request that its intent does not ask for', 'intent', withRequest(registers(1_100, 4))],
  [
    'a request long after its intent',
    'intent',
    [
      ...leads(0),
      ...[3_900, 7_800, 11_700].map((at) => renews(at)),
      INTENT,
      registers(12_000, 3),
      writes(12_100, 11, { [OPERATION]: operation('confirming'), [STATE]: { scaleout_requests: 1 } }),
    ],
  ],
  [
    'an intent after failsafe',
    'failsafe',
    [writes(500, 5, { failsafe: FLAG }, { agent: -1, session: '' }), ...GOOD],
  ],
  [
    'an intent after the pause of everything',
    'failsafe',
    [writes(500, 5, { paused: FLAG }, { agent: -1, session: '' }), ...GOOD],
  ],
  [
    "an intent after the group's own failsafe",
    'failsafe',
    [writes(500, 5, { [STATE]: { failsafe_mode: true } }, { agent: -1, session: '' }), ...GOOD],
  ],
  [
    'a request although failsafe is known',
    'failsafe',
    withRequest(readsTree(1_010, FLAG), registers(1_900, 3)),
  ],
  [
    'a request after the command had said that nothing is sent',
    'failsafe',
    GOOD,
    { stills: [{ resource: '', fromMs: 1_050, toMs: 5_000 }] },
  ],
  [
    'a count above the maximum',
    'bounds',
    [
      ...leads(0),
      writes(1_000, 10, { [OPERATION]: operation('requested', { from: 4, to: 5 }) }),
      registers(1_100, 5),
      CONFIRMED,
    ],
  ],
  [
    'a count of nothing',
    'bounds',
    [
      ...leads(0),
      writes(1_000, 10, { [OPERATION]: operation('requested', { from: 1, to: 0 }) }),
      registers(1_100, 0),
      CONFIRMED,
    ],
  ],
  [
    'two steps at once',
    'bounds',
    [
      ...leads(0),
      writes(1_000, 10, { [OPERATION]: operation('requested', { from: 2, to: 4 }) }),
      registers(1_100, 4),
      CONFIRMED,
    ],
  ],
  ['a scaling that takes effect twice', 'once', withRequest(registers(1_100, 3), registers(1_150, 3))],
  ['a scaling that nobody recorded', 'lost', [...leads(0), INTENT, registers(1_100, 3), GONE]],
  ['a scaling that was recorded and never took effect', 'lost', withRequest(registers(1_100, 3, 0, 500))],
  [
    'a counter that tells of more than there was',
    'lost',
    [
      ...leads(0),
      INTENT,
      registers(1_100, 3),
      writes(1_200, 11, { [OPERATION]: operation('confirming'), [STATE]: { scaleout_requests: 2 } }),
    ],
  ],
  ['a process that ends by itself', 'process', GOOD, { crashes: ['agent 0: ended with 1'] }],
  [
    'a process that takes its time to stop',
    'process',
    GOOD,
    { stops: [{ agent: 0, atMs: 1, code: 0, tookMs: 9_000 }] },
  ],
  [
    'a process that holds too much',
    'vitals',
    GOOD,
    { vitals: [{ atMs: 1, pid: 1, agent: 0, life: 1, residentMb: 900, handles: 20 }] },
  ],
  ['something that never comes to rest', 'settled', GOOD, { unsettled: ['nobody leads'] }],
];

test.each(stories)('finds %s', (_sentence, rule, story, beside) => {
  expect(rulesBroken(story, beside)).toContain(rule);
});

/** Without the end of the operation: what comes later would be judged too. */
const briefly = (...requests: readonly Told[]): Told[] => [...leads(0), INTENT, ...requests, CONFIRMED];
const deletesLock = (at: number): Told => ({
  at,
  agent: -1,
  method: 'DELETE',
  path: `/v1/kv/${ROOT}/leader`,
});

/** Stories that look like those above, and are as they should be. */
const innocent: readonly [sentence: string, story: readonly Told[], beside?: Beside][] = [
  [
    'a renewal in time',
    [
      ...leads(0),
      renews(4_000),
      writes(6_000, 10, { [OPERATION]: operation('requested') }),
      registers(6_100, 3),
      writes(6_200, 11, { [OPERATION]: operation('confirming'), [STATE]: { scaleout_requests: 1 } }),
    ],
  ],
  ['news that comes while the request is on its way', briefly(readsLock(1_000, 's1'), registers(1_100, 3))],
  [
    'news that the process slept over',
    briefly(readsLock(600, 's1'), registers(1_100, 3)),
    { pauses: [{ agent: 0, fromMs: 550, toMs: 1_050 }] },
  ],
  [
    'a write after the lock was deleted, while nobody can have told of it',
    [...GOOD, deletesLock(2_500), ...leads(2_505, 1), writes(2_520, 20, { [STATE]: {} }, { status: 409 })],
  ],
  [
    'a write under a lock that was taken while its deletion was on its way',
    [
      { ...deletesLock(4), heldMs: 600 },
      ...leads(0),
      ...leads(610, 1),
      writes(620, 20, { [STATE]: {} }, { status: 409 }),
    ],
  ],
  [
    'a scaling that a late request of the one before it has done',
    [
      ...leads(0),
      ...[3_900, 7_800].map((at) => renews(at)),
      writes(1_000, 10, { [OPERATION]: operation('requested') }),
      { ...registers(1_100, 3), heldMs: 8_400, undelivered: true },
      writes(7_000, 0, { [OPERATION]: undefined }),
      writes(8_000, 12, { [OPERATION]: operation('requested', { started: 'T2' }) }),
      writes(9_900, 13, {
        [OPERATION]: operation('confirming', { started: 'T2' }),
        [STATE]: { scaleout_requests: 1, scalein_requests: 0 },
      }),
    ],
  ],
  [
    'a scaling that a person has done who was quicker',
    [...leads(0), INTENT, CONFIRMED, GONE],
    { countChanges: [{ group: 'jobs/web/api', fromMs: 400, toMs: 500 }] },
  ],
  [
    'a flag that was lifted before the intent',
    [
      writes(500, 5, { failsafe: FLAG }, { agent: -1, session: '' }),
      writes(600, 6, { failsafe: UNSET }, { agent: -1, session: '' }),
      ...GOOD,
    ],
  ],
  [
    'a request after a server that had just started answered with what was before the grant',
    withRequest(
      { at: 500, method: 'GET', path: `/v1/kv/${ROOT}/leader?index=5`, status: 404, reply: '', index: 1 },
      registers(1_100, 3),
    ),
  ],
];

test.each(innocent)('lets pass: %s', (_sentence, story, beside) => {
  expect(rulesBroken(story, beside)).toEqual([]);
});

describe('statistics', () => {
  const decided = operation('requested', { direction: 'in', because: 'below', from: 3, to: 2 });
  const confirmed = writes(20_200, 11, {
    [OPERATION]: operation('confirming', { direction: 'in', from: 3, to: 2 }),
    [STATE]: { scalein_requests: 1 },
  });
  const version = {
    id: 'a1',
    namespace: 'default',
    jobId: 'web',
    nodeId: 'n1',
    jobType: 'service',
    desired: 'run',
    client: 'running',
    seenMs: 0,
  };
  const beside = { allocations: new Map([['a1', [version]]]) };
  const asks = (at: number, status: number | undefined, stamp = at): Told => ({
    at,
    server: 'nomad',
    method: 'GET',
    path: '/v1/client/allocation/a1/stats?x=1',
    status,
    reply: { Timestamp: stamp },
  });
  const listens = (at: number, fault?: Told['fault']): Told => ({
    at,
    server: 'nomad',
    method: 'GET',
    path: '/v1/event/stream?index=0',
    status: undefined,
    fault,
  });
  const story = (...asked: readonly Told[]): Told[] => [
    ...leads(0),
    ...[4_000, 8_000, 12_000, 16_000].map((at) => renews(at)),
    ...asked,
    writes(20_000, 10, { [OPERATION]: decided }),
    registers(20_100, 2),
    confirmed,
  ];

  test.each([
    ['measured', [asks(18_000, 200), asks(19_000, 200)], []],
    ['not known, because its news met a fault', [listens(5_000, 'half-open')], []],
    ['not known, although nothing kept it', [listens(5_000)], ['measurement']],
    ['never asked for', [], ['measurement']],
    ['refused the last time', [asks(18_000, 200), asks(19_000, 500)], ['measurement']],
    ['without an answer the last time', [asks(18_000, 200), asks(19_000, undefined)], ['measurement']],
    [
      'stood still for too long',
      [2_000, 8_000, 14_000, 19_000].map((at) => asks(at, 200, 7)),
      ['measurement'],
    ],
  ])('an allocation that is %s', (_how, asked, broken) => {
    expect(rulesBroken(story(...asked), beside)).toEqual(broken);
  });
});

describe('pools', () => {
  const key = 'operations/nodes/alpha';
  const document = (phase: string): object => ({
    phase,
    direction: 'in',
    because: 'below',
    started: 'T2',
    node: 'n1',
    instance: 'i-1',
  });
  const looks = (at: number, query = ''): Told => ({
    at,
    server: 'nomad',
    method: 'GET',
    path: `/v1/node/n1/allocations${query}`,
    reply: [],
  });
  const describes = (at: number): Told => callsAws(at, { Action: 'DescribeAutoScalingGroups' });
  const story = (...before: readonly Told[]): Told[] => [
    ...leads(0),
    ...before,
    writes(1_000, 10, { [key]: document('draining') }),
    writes(1_900, 11, { [key]: document('terminating') }),
    callsAws(2_000, { Action: 'TerminateInstances', 'InstanceId.1': 'i-1' }),
  ];
  const row = {
    instanceId: 'i-1',
    pool: 'alpha',
    by: 'TerminateInstances',
    node: 'alpha-1',
    isEligible: false,
    allocations: [],
  };
  const inside = (more: object): Beside => {
    const awsLog = [{ method: 'POST', path: '/', status: 200, body: 'Action=TerminateInstances' }];
    return { inside: { pools: [], terminations: [], cloud: [], nomadLog: [], awsLog, ...more } };
  };
  const seen = [describes(500), looks(1_500)];
  const wish = (from: number, to: number, by: string): object => ({
    seq: 1,
    kind: 'desired',
    group: 'alpha',
    from,
    to,
    by,
  });

  test.each([
    ['a look at the group and at the node', seen, {}, []],
    ['no look at the node', [describes(500)], {}, ['work']],
    ['a stale look at the node', [describes(500), looks(1_500, '?stale=true')], {}, ['work']],
    [
      'a call that was not announced',
      [...seen, writes(1_950, 12, { [key]: { ...document('terminating'), unanswered: ZERO_TIME } })],
      {},
      ['intent'],
    ],
    ['no look at the group', [looks(1_500)], {}, ['measurement']],
    ['an empty node', seen, { terminations: [row] }, []],
    [
      'a node with work',
      seen,
      { terminations: [{ ...row, allocations: [{ jobId: 'web', clientStatus: 'running' }] }] },
      ['work'],
    ],
    ['a node that takes work', seen, { terminations: [{ ...row, isEligible: true }] }, ['work']],
    [
      'a termination by the group itself',
      seen,
      { terminations: [{ ...row, by: 'group', isEligible: true }] },
      [],
    ],
    ['a capacity that falls by detaching', seen, { cloud: [wish(3, 2, 'DetachInstances')] }, []],
    ['a capacity that is lowered', seen, { cloud: [wish(3, 2, 'UpdateAutoScalingGroup')] }, ['capacity']],
    [
      'a capacity that nobody asked for',
      seen,
      { cloud: [wish(3, 4, 'UpdateAutoScalingGroup')] },
      ['capacity'],
    ],
    ['a capacity beyond its bounds', seen, { cloud: [wish(1, 0, 'DetachInstances')] }, ['capacity']],
    ['a call that passed no link', seen, { awsLog: [] }, ['suite']],
  ])('%s', (_what, before, more, broken) => {
    expect(rulesBroken(story(...before), inside(more))).toEqual(broken);
  });

  test('an instance that is detached and forgotten', () => {
    const told = [
      ...leads(0),
      describes(500),
      writes(1_000, 10, { [key]: document('detaching') }),
      callsAws(1_100, { Action: 'DetachInstances', 'InstanceIds.member.1': 'i-1' }),
      writes(1_500, 0, { [key]: undefined }),
    ];
    expect(rulesBroken(told)).toContain('lost');
  });
});

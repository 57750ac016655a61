import { describe, expect, test } from 'vitest';
import type { AlarmState } from '../../src/agent/alarms.ts';
import { settleAlarm } from '../../src/agent/alarms.ts';
import { describeEvent } from '../../src/agent/describe-event.ts';
import type { AgentEvent } from '../../src/agent/events.ts';
import type { Subject } from '../../src/agent/notice.ts';
import { holdBlind } from '../../src/domain/decision/group-decision.ts';
import { ZERO_TIME } from '../../src/domain/instant.ts';
import { noticeEventsOf, strangeNoticeWords } from '../../src/domain/notice-table.ts';
import { anOperation } from '../domain/build.ts';
import {
  ASKS_MORE,
  groupDecision,
  groupHold,
  inOperation,
  outOperation,
  poolDecision,
  poolNumbers,
} from './decisions.ts';
import { fakeNotifier, openOffice, type Office, refusal } from './fake-notifier.ts';

const group = 'web/api';
const pool = 'pool-a';
const SUBJECT: Subject = { type: 'job_group', id: group, uid: 'uid-1', statePath: 'state/jobs/web/api' };

function aState(part: Partial<AlarmState> = {}): AlarmState {
  return {
    failsafeMode: false,
    failsafeAdmin: false,
    failureCount: 0,
    lastNotificationEvent: ZERO_TIME,
    alarmOpen: false,
    ...part,
  };
}

/** One round of the agent that acts: settles the alarm and lets everything come to rest. */
async function round({ clock, notifying }: Office, state: AlarmState): Promise<AlarmState> {
  const next = settleAlarm(notifying.alarms, { subject: SUBJECT, state }, clock.now());
  await clock.settle();
  return next;
}

const SET = aState({ failsafeMode: true, failureCount: 3 });
const TOLD = { ...SET, alarmOpen: true, lastNotificationEvent: '2026-01-05T08:00:00Z' };

describe('failsafe of a resource', () => {
  test('is told once, and recorded when somebody got it', async () => {
    const office = openOffice();
    expect(await round(office, SET)).toBe(SET);
    expect(office.notifier.delivered()).toEqual(['triggered job_group_failsafe_mode web/api']);
    const told = await round(office, SET);
    expect(told).toEqual(TOLD);
    expect(await round(office, told)).toBe(told);
    expect(office.notifier.attempts).toHaveLength(1);
    expect(office.notifier.attempts[0]?.notice).toMatchObject({
      severity: 'critical',
      dedupKey: 'replicator/prod/job_group_failsafe_mode/job_group/web/api',
      uid: 'uid-1',
      statePath: 'state/jobs/web/api',
      description: 'uid-1 prod_job_group_failsafe_mode_web/api',
      message: 'failsafe was set after 3 failures: nothing is scaled until an operator resets it',
      details: { failures: 3 },
    });
  });

  test('is told likewise when an operator has set it, and of a pool with its own reason', async () => {
    const { notifying, notifier, clock } = openOffice();
    const subject: Subject = { type: 'worker_pool', id: pool, uid: '', statePath: 's' };
    settleAlarm(notifying.alarms, { subject, state: { ...SET, failsafeAdmin: true } }, clock.now());
    await clock.settle();
    expect(notifier.attempts[0]?.notice).toMatchObject({
      reason: 'cluster_failsafe_mode',
      description: 'pool-a prod_cluster_failsafe_mode_pool-a',
      message: expect.stringMatching(/^failsafe was set by an operator/),
    });
  });

  test('is resolved once when it is reset', async () => {
    const office = openOffice();
    const reset = { ...TOLD, failsafeMode: false, failureCount: 0 };
    expect(await round(office, reset)).toBe(reset);
    expect(office.notifier.delivered()).toEqual(['resolved job_group_failsafe_mode web/api']);
    const over = await round(office, reset);
    expect(over).toEqual({ ...reset, alarmOpen: false });
    expect(await round(office, over)).toBe(over);
    expect(office.notifier.attempts).toHaveLength(1);
  });

  test('stays recorded until its reset is told, or cannot be', async () => {
    const office = openOffice();
    office.notifier.outcome = refusal('unavailable');
    const reset = { ...TOLD, failsafeMode: false };
    for (let count = 0; count < 3; count += 1) expect(await round(office, reset)).toBe(reset);
    await office.clock.advance(700_000);
    expect(office.kinds()).toEqual(['notice-delayed', 'notice-failed']);
    expect(await round(office, reset)).toMatchObject({ alarmOpen: false });
  });

  test('is resolved as well when it was reset before it could be recorded', async () => {
    const office = openOffice();
    await round(office, SET);
    const reset = aState();
    expect(await round(office, reset)).toBe(reset);
    expect(await round(office, reset)).toBe(reset);
    expect(office.notifier.delivered()).toEqual([
      'triggered job_group_failsafe_mode web/api',
      'resolved job_group_failsafe_mode web/api',
    ]);
  });

  test('set again after a reset it is told again', async () => {
    const office = openOffice();
    await round(office, SET);
    await round(office, aState());
    await round(office, SET);
    expect(office.notifier.delivered().map((one) => one.split(' ')[0])).toEqual([
      'triggered',
      'resolved',
      'triggered',
    ]);
  });

  test('a new leader does not tell what is recorded, and tells what is not, under the same key', async () => {
    const [one, two] = [openOffice(), openOffice()];
    await round(two, TOLD);
    expect(two.notifier.attempts).toEqual([]);
    await round(one, SET);
    await round(two, SET);
    const keys = [one, two].map(({ notifier }) => notifier.attempts[0]?.notice.dedupKey);
    expect(keys[0]).toBe(keys[1]);
  });

  test('an agent that loses the lock goes by what is recorded afterwards', async () => {
    const office = openOffice();
    await round(office, SET);
    office.notifying.listen({ kind: 'leadership-ended', lockKey: 'k', why: '' });
    await round(office, SET);
    expect(office.notifier.delivered()).toHaveLength(2);
  });

  test('while nobody gets it nothing is recorded and every round goes on; it is raised again later', async () => {
    const office = openOffice();
    office.notifier.outcome = refusal('denied');
    for (let count = 0; count < 5; count += 1) expect(await round(office, SET)).toBe(SET);
    expect(office.notifier.attempts).toHaveLength(1);
    expect(office.kinds()).toEqual(['notice-failed']);
    await office.clock.advance(600_000);
    office.notifier.outcome = 'good';
    await round(office, SET);
    expect(await round(office, SET)).toMatchObject({ alarmOpen: true });
    expect(office.notifier.attempts).toHaveLength(2);
  });

  test('one notifier that got it is enough', async () => {
    const office = openOffice();
    const other = fakeNotifier(office.clock, 'other');
    other.outcome = refusal('denied');
    const both = openOffice({ notifiers: [office.notifier, other], clock: office.clock });
    await round({ ...both, clock: office.clock }, SET);
    expect(await round({ ...both, clock: office.clock }, SET)).toMatchObject({ alarmOpen: true });
  });

  test('without notifiers nothing is told or recorded, and what was recorded ends with the reset', async () => {
    const office = openOffice({ notifiers: [] });
    expect(await round(office, SET)).toBe(SET);
    expect(await round(office, { ...TOLD, failsafeMode: false })).toMatchObject({ alarmOpen: false });
  });
});

describe('failsafe for everything', () => {
  const flag = (set: boolean): AgentEvent => ({
    kind: 'flag-changed',
    flag: 'failsafe',
    set,
    by: 'ops',
    reason: 'maintenance',
  });

  test('is told by the agent that leads, set and reset', async () => {
    const { notifying, notifier, clock } = openOffice({ events: new Set() });
    notifying.listen(flag(true));
    notifying.listen(flag(false));
    notifying.listen({ ...flag(true), flag: 'paused' } as AgentEvent);
    await clock.settle();
    expect(notifier.delivered()).toEqual(['triggered failsafe_mode all', 'resolved failsafe_mode all']);
    expect(notifier.attempts[0]?.notice).toMatchObject({
      description: 'all prod_failsafe_mode_all',
      statePath: 'replicator/config/failsafe',
      details: { by: 'ops', reason: 'maintenance' },
    });
  });

  test('is not told by one that does not lead', async () => {
    const { notifying, notifier, clock } = openOffice({ leads: () => false });
    notifying.listen(flag(true));
    await clock.settle();
    expect(notifier.attempts).toEqual([]);
  });
});

/** What is delivered of these events, each as `kind reason resource`. */
async function deliveredOf(events: readonly AgentEvent[], office = openOffice()): Promise<readonly string[]> {
  for (const event of events) office.notifying.listen(event);
  await office.clock.settle();
  return office.notifier.delivered();
}

const times = (count: number, event: AgentEvent): AgentEvent[] => Array.from({ length: count }, () => event);
const decided = (decision: ReturnType<typeof groupHold>): AgentEvent => ({
  kind: 'decided',
  group,
  decision,
  before: undefined,
});
const poolDecided = (decision: ReturnType<typeof poolDecision>): AgentEvent => ({
  kind: 'pool-decided',
  pool,
  decision,
  before: undefined,
});
const ended = (outcome: 'success' | 'failure' | 'dropped'): AgentEvent => ({
  kind: 'operation-ended',
  group,
  operation: anOperation(),
  outcome,
  why: 'because',
  failures: outcome === 'failure' ? 1 : 0,
});
const poolEnded = (outcome: 'success' | 'failure' | 'dropped'): AgentEvent => ({
  kind: 'pool-operation-ended',
  pool,
  operation: inOperation(),
  outcome,
  why: 'because',
  failures: 0,
});
const ACCEPTED: AgentEvent = {
  kind: 'operation-accepted',
  group,
  operation: anOperation(),
  evaluationId: 'e1',
};

describe('at its maximum and still hot', () => {
  const hot = decided(groupDecision(ASKS_MORE, { max: 3, cpu: 91 }));
  const cooling = decided(groupDecision(ASKS_MORE, { max: 3, cooldownLeftMs: 5 }));
  const calm = decided(groupHold('steady'));
  const blind = decided(groupHold('no-metrics'));
  const began = 'triggered at_maximum web/api';
  const over = 'resolved at_maximum web/api';

  test.each<[string, readonly AgentEvent[], readonly string[]]>([
    ['two rounds are not enough', times(2, hot), []],
    ['three in a row are told, once', times(9, hot), [began]],
    ['what comes and goes is not told', [hot, hot, calm, hot, hot, calm], []],
    ['rounds that cannot tell change nothing', [hot, blind, hot, cooling, hot], [began]],
    ['nor does a state that cannot be read', [hot, hot, decided(holdBlind('state')), hot], [began]],
    ['three calm rounds end it', [...times(3, hot), ...times(5, calm)], [began, over]],
    ['one does not', [...times(3, hot), calm, hot, calm], [began]],
    [
      'a higher maximum does',
      [...times(3, hot), ...times(3, decided(groupDecision(ASKS_MORE)))],
      [began, over],
    ],
    ['so does the end of the group', [...times(3, hot), { kind: 'policy-removed', group }], [began, over]],
    ['a group below its thresholds is not hot', times(5, calm), []],
  ])('%s', async (_what, events, wanted) => {
    expect(await deliveredOf(events)).toEqual(wanted);
  });

  test('is told with its numbers and what is known of the group', async () => {
    const office = openOffice();
    await deliveredOf(times(3, hot), office);
    expect(office.notifier.attempts[0]?.notice).toMatchObject({
      severity: 'warning',
      uid: 'uid of web/api',
      statePath: 'state of web/api',
      description: 'uid of web/api prod_at_maximum_web/api',
      details: { count: 3, max: 3, cpu: 91, mem: 50 },
    });
  });

  test('holds for pools as well', async () => {
    const ask = { kind: 'out', nodes: 1, because: 'above' } as const;
    const none = { kind: 'none', reason: 'steady' } as const;
    const stopped = poolDecided(poolDecision({ kind: 'hold', reason: 'asg-max' }, ask));
    const waiting = poolDecided(poolDecision({ kind: 'hold', reason: 'moving' }, ask));
    const steady = poolDecided(poolDecision({ kind: 'hold', reason: 'steady' }, none));
    const events = [...times(2, stopped), waiting, stopped, ...times(3, steady)];
    expect(await deliveredOf(events)).toEqual(['triggered at_maximum pool-a', 'resolved at_maximum pool-a']);
  });

  test('a new leader starts to look anew', async () => {
    const lost: AgentEvent = { kind: 'leadership-ended', lockKey: 'k', why: '' };
    expect(await deliveredOf([hot, hot, lost, hot, hot])).toEqual([]);
  });
});

test('lost nodes are told, again when there are more, and resolved when there are none', async () => {
  const holding = { kind: 'hold', reason: 'moving' } as const;
  const none = { kind: 'none', reason: 'steady' } as const;
  const lost = (...ids: string[]): AgentEvent =>
    poolDecided(poolDecision(holding, none, poolNumbers({ lost: ids })));
  const office = openOffice();
  const { numbers: _left, ...blind } = poolDecision(holding, none);
  const events = [
    lost('i-1'),
    lost('i-1'),
    lost('i-1', 'i-2'),
    poolDecided(blind),
    lost('i-2'),
    lost(),
    lost(),
  ];
  expect(await deliveredOf(events, office)).toEqual([
    'triggered lost_nodes pool-a',
    'triggered lost_nodes pool-a',
    'resolved lost_nodes pool-a',
  ]);
  expect(office.notifier.attempts[1]?.notice.message).toBe(
    'instances of pool-a have not joined as nodes: i-1, i-2',
  );
});

describe('scalings', () => {
  test('are told when they begin and when they have ended', async () => {
    const begun: AgentEvent = { kind: 'pool-operation-begun', pool, operation: outOperation() };
    const office = openOffice();
    expect(await deliveredOf([ACCEPTED, ended('success'), begun, poolEnded('dropped')], office)).toEqual([
      'triggered scaling web/api',
      'resolved scaling web/api',
      'triggered scaling pool-a',
      'resolved scaling pool-a',
    ]);
    expect(office.notifier.attempts.map(({ notice }) => [notice.severity, notice.message])).toEqual([
      ['info', 'scale out from 3 to 4'],
      ['info', 'scale out ended, success: because'],
      ['info', 'scale out from 3 to 4: above'],
      ['info', 'scale in ended, dropped: because'],
    ]);
  });

  test('that were dropped before they began are not told; those a former leader has begun are', async () => {
    expect(await deliveredOf([ended('dropped')])).toEqual([]);
    expect(await deliveredOf([ended('success')])).toEqual(['resolved scaling web/api']);
  });
});

describe('failed operations', () => {
  test('are told, and resolved by the next one that succeeds', async () => {
    const office = openOffice({ events: noticeEventsOf(['failed-operations']) });
    const failed: AgentEvent = {
      kind: 'pool-operation-failed',
      pool,
      operation: outOperation(),
      why: 'not launched',
      failures: 1,
    };
    const events = [ended('failure'), ended('success'), ended('success'), failed, poolEnded('success')];
    expect(await deliveredOf(events, office)).toEqual([
      'triggered failed_operation web/api',
      'resolved failed_operation web/api',
      'triggered failed_operation pool-a',
      'resolved failed_operation pool-a',
    ]);
    expect(office.notifier.attempts[2]?.notice).toMatchObject({
      severity: 'error',
      message: 'scale out has failed: not launched',
      details: { direction: 'out', failures: 1 },
    });
  });

  test('of a pool that is gone are over', async () => {
    const office = openOffice({ events: noticeEventsOf(['failed-operations']) });
    expect(await deliveredOf([poolEnded('failure'), { kind: 'pool-removed', pool }], office)).toEqual([
      'triggered failed_operation pool-a',
      'resolved failed_operation pool-a',
    ]);
  });
});

describe('the option events', () => {
  const everything = [
    ACCEPTED,
    ended('failure'),
    ...times(3, decided(groupDecision(ASKS_MORE, { max: 3 }))),
    poolDecided(
      poolDecision(
        { kind: 'hold', reason: 'moving' },
        { kind: 'none', reason: 'steady' },
        poolNumbers({ lost: ['i-1'] }),
      ),
    ),
  ];

  test.each<[readonly string[] | undefined, readonly string[]]>([
    [undefined, []],
    [['scaling'], ['triggered scaling', 'resolved scaling']],
    [['At_Maximum', 'something'], ['triggered at_maximum']],
    [['lost-nodes'], ['triggered lost_nodes']],
    [['failed-operations'], ['triggered failed_operation']],
    [
      ['all'],
      [
        'triggered scaling',
        'resolved scaling',
        'triggered failed_operation',
        'triggered at_maximum',
        'triggered lost_nodes',
      ],
    ],
  ])('%j asks for that and nothing else', async (words, wanted) => {
    const delivered = await deliveredOf(everything, openOffice({ events: noticeEventsOf(words) }));
    expect(delivered.map((one) => one.split(' ').slice(0, 2).join(' '))).toEqual(wanted);
  });
});

test('words that ask for nothing are found', () => {
  expect(strangeNoticeWords(['scaling', 'at_maximum', 'ALL', 'failsafe', 'nonsense'])).toEqual([
    'failsafe',
    'nonsense',
  ]);
  expect(strangeNoticeWords(undefined)).toEqual([]);
});

describe('nothing waits for a notifier', () => {
  test('that never answers: a thousand events are taken at once, and the end comes in time', async () => {
    const office = openOffice();
    office.notifier.outcome = 'silence';
    const startedMs = performance.now();
    for (let count = 0; count < 1_000; count += 1) office.notifying.listen(ACCEPTED);
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    expect(office.notifier.attempts).toHaveLength(1);
    const stopped = office.notifying.stop(1_000);
    await office.clock.advance(1_000);
    await stopped;
    expect(office.kinds()).not.toContain('notice-sent');
  });

  test('one that is down does not keep another from its work', async () => {
    const clock = openOffice().clock;
    const [down, up] = [fakeNotifier(clock, 'down'), fakeNotifier(clock, 'up')];
    down.outcome = 'silence';
    const office = openOffice({ notifiers: [down, up], clock });
    for (const event of [ACCEPTED, ended('success')]) office.notifying.listen(event);
    await clock.settle();
    expect(up.delivered()).toHaveLength(2);
    const stopped = office.notifying.stop(100);
    await clock.advance(100);
    await stopped;
  });

  test('what becomes of notices is logged in a line each', async () => {
    const office = openOffice();
    office.notifying.listen(ACCEPTED);
    await office.clock.settle();
    office.notifier.outcome = refusal('denied');
    office.notifying.listen(ended('success'));
    await office.clock.settle();
    const lines = office.events.map(describeEvent);
    expect(lines.map(({ level, origin, message }) => `${level} ${origin} ${message}`)).toEqual([
      'info notifier/fake told (triggered): uid of web/api prod_scaling_web/api',
      'error notifier/fake given up (resolved): uid of web/api prod_scaling_web/api: notifier: notify fake: denied',
    ]);
    await office.notifying.stop(0);
  });
});

test('a cluster without a name and a resource that is gone are told all the same', async () => {
  const office = openOffice({ clusterIdentifier: '', about: () => undefined });
  await deliveredOf([ended('failure')], office);
  expect(office.notifier.attempts.map(({ notice }) => notice.description)).toEqual([
    'web/api scaling_web/api',
    'web/api failed_operation_web/api',
  ]);
});

import { describe, expect, test } from 'vitest';
import { advancePool } from '../../src/domain/advance-pool.ts';
import type { OutOperation } from '../../src/domain/pool-operation.ts';
import type { PoolSight } from '../../src/domain/pool-sight.ts';
import type { PoolStep } from '../../src/domain/pool-step.ts';
import { anAllocation, MINUTE_MS, NOW_MS } from './build.ts';
import { aNode } from './build-pool.ts';
import { anOutOperation, aPoolSight, groupOf, instancesOf, wordOf } from './build-pool-operation.ts';

type Row = readonly [what: string, operation: Partial<OutOperation>, sight: Partial<PoolSight>, word: string];

const OLD = ['i-1', 'i-2', 'i-3'];
const ago = (ms: number): { readonly phaseMs: number } => ({ phaseMs: NOW_MS - ms });
/** Begun and still in its first phase since then. */
const begun = (ms: number): Partial<OutOperation> => ({ startedMs: NOW_MS - ms, phaseMs: NOW_MS - ms });
const LATE = ago(5 * MINUTE_MS);
const VERY_LATE = ago(10 * MINUTE_MS);

function look(operation: Partial<OutOperation>, sight: Partial<PoolSight>): PoolStep {
  return advancePool(anOutOperation(operation), aPoolSight(sight));
}

const aReadyNode = (instanceId: string, part = {}): ReturnType<typeof aNode> =>
  aNode({ id: `n-${instanceId}`, instanceId, createIndex: 60, addresses: [], ...part });

describe('requested', () => {
  const desired = (count: number): Partial<PoolSight> => ({ group: groupOf(count, OLD) });

  test.each<Row>([
    ['nothing has been sent', {}, desired(3), 'call set-desired 4'],
    [
      'killed before or after the call: as before',
      { unansweredMs: NOW_MS - 10_000 },
      desired(3),
      'call set-desired 4',
    ],
    [
      'killed after the call: it went through',
      { unansweredMs: NOW_MS - 10_000 },
      desired(4),
      'move launching',
    ],
    [
      'killed after the answer: it went through',
      { acceptedMs: NOW_MS - 10_000 },
      desired(4),
      'move launching',
    ],
    ['accepted, and does not show yet', { acceptedMs: NOW_MS - 10_000 }, desired(3), 'wait'],
    ['not needed: as much is there already', {}, desired(4), 'move launching'],
    ['not needed: more is there already', {}, desired(7), 'move launching'],
    ['somebody else asked for less', {}, desired(2), 'end dropped'],
    ['somebody else asked for something between', { to: 6 }, desired(4), 'end dropped'],
    [
      'somebody else asked for less while our call may still arrive',
      { unansweredMs: NOW_MS - 119_999 },
      desired(2),
      'wait',
    ],
    ['and no longer', { unansweredMs: NOW_MS - 120_000 }, desired(2), 'end dropped'],
    ['nothing happened in a minute', begun(MINUTE_MS), desired(3), 'end failure'],
    ['nothing happened in less', begun(MINUTE_MS - 1), desired(3), 'call set-desired 4'],
    [
      'nothing happened in a minute, and our call may still arrive: nothing is sent again',
      { ...begun(MINUTE_MS), unansweredMs: NOW_MS - 30_000 },
      desired(3),
      'wait',
    ],
    [
      'nothing happened in a minute, and a call before the one answered may still arrive',
      { ...begun(MINUTE_MS), acceptedMs: NOW_MS - 60_000, lostMs: NOW_MS - 70_000 },
      desired(3),
      'wait',
    ],
    ['it went through after its deadline', begun(3 * MINUTE_MS), desired(4), 'move launching'],
    ['the group is gone', {}, {}, 'end dropped'],
    [
      'failsafe was lifted, and the pool still asks',
      begunAnew(),
      { ...desired(3), asksOut: true },
      'call set-desired 4',
    ],
    ['failsafe was lifted, and the pool asks no more', begunAnew(), desired(3), 'end dropped'],
  ])('%s', (_what, operation, sight, word) => {
    expect(wordOf(look(operation, sight))).toBe(word);
  });

  function begunAnew(): Partial<OutOperation> {
    return { startedMs: NOW_MS - 60 * MINUTE_MS, phaseMs: NOW_MS };
  }

  test('the intent of a call says when it is sent', () => {
    expect(look({}, desired(3))).toMatchObject({
      next: { phase: 'requested', unansweredMs: NOW_MS, lostMs: 0 },
    });
    expect(look({ unansweredMs: NOW_MS - 5 }, desired(3))).toMatchObject({
      next: { unansweredMs: NOW_MS, lostMs: NOW_MS - 5 },
    });
  });
});

describe('launching', () => {
  const launching = (part: Partial<OutOperation> = {}): Partial<OutOperation> => ({
    phase: 'launching',
    ...part,
  });
  const members = (...ids: string[]): Partial<PoolSight> => ({ group: groupOf(4, [...OLD, ...ids]) });

  test.each<Row>([
    ['nothing has come', launching(), members(), 'wait'],
    ['one more is there', launching(), members('i-4'), 'move joining'],
    ['one of two is there', launching({ to: 5 }), { group: groupOf(5, [...OLD, 'i-4']) }, 'wait'],
    [
      'one was exchanged for another',
      launching(),
      { group: groupOf(4, ['i-1', 'i-2', 'i-4']) },
      'move joining',
    ],
    ['an instance that failed before is not new', launching({ failed: ['i-4'] }), members('i-4'), 'wait'],
    ['its replacement is', launching({ failed: ['i-4'] }), members('i-4', 'i-5'), 'move joining'],
    ['nothing has come in 5 min', launching(LATE), members(), 'move launching +1'],
    ['it came late', launching(LATE), members('i-4'), 'move joining'],
    ['a replacement has 10 min', launching({ failed: ['i-4'], ...LATE }), members(), 'wait'],
    ['and no more', launching({ failed: ['i-4'], ...VERY_LATE }), members(), 'move launching +1'],
    ['somebody asked for less; the read may be old', launching(), { group: groupOf(3, OLD) }, 'wait'],
    ['somebody asked for less', launching(ago(MINUTE_MS)), { group: groupOf(3, OLD) }, 'end dropped'],
    ['somebody asked for more', launching(ago(MINUTE_MS)), { group: groupOf(9, OLD) }, 'wait'],
    [
      'somebody asked for less while our call may still arrive',
      launching({ ...ago(MINUTE_MS), lostMs: NOW_MS - 90_000 }),
      { group: groupOf(3, OLD) },
      'wait',
    ],
    ['the group is gone', launching(), {}, 'end dropped'],
  ])('%s', (_what, operation, sight, word) => {
    expect(wordOf(look(operation, sight))).toBe(word);
  });

  test.each(['Terminating:Wait', 'Terminated', 'Detaching'])('one that is %s is no new one', (lifecycle) => {
    const leaving = groupOf(4, ['i-4'], { lifecycle });
    const group = { ...leaving, members: [...groupOf(4, OLD).members, ...leaving.members] };
    expect(wordOf(look(launching(), { group }))).toBe('wait');
  });

  test('a failure says what the group says, and the next one is counted from then on', () => {
    const step = look(launching(LATE), { ...members(), trouble: 'InsufficientInstanceCapacity' });
    expect(step).toMatchObject({
      next: { phase: 'launching', phaseMs: NOW_MS },
      why: '0 of 1 instances were launched in time: InsufficientInstanceCapacity',
    });
  });
});

describe('joining', () => {
  const joining = (part: Partial<OutOperation> = {}): Partial<OutOperation> => ({
    phase: 'joining',
    ...part,
  });
  const group = groupOf(4, [...OLD, 'i-4']);
  const instances = instancesOf({ instanceId: 'i-4', addresses: ['10.0.0.4', '10.0.9.4'] });
  const sight = (...nodes: PoolSight['nodes']): Partial<PoolSight> => ({ group, instances, nodes });
  const failing = { ...sight(), failures: 1 };
  const unbound = (part = {}): ReturnType<typeof aNode> => aReadyNode('', { id: 'n9', name: 'n9', ...part });

  test.each<Row>([
    ['no node yet', joining(), sight(), 'wait'],
    ['a ready node with its id', joining(), sight(aReadyNode('i-4')), 'end success'],
    [
      'a ready node with any address of it',
      joining(),
      sight(unbound({ addresses: ['10.0.9.4'] })),
      'end success',
    ],
    [
      'a node of another id with its address',
      joining(),
      sight(aReadyNode('i-7', { addresses: ['10.0.0.4'] })),
      'wait',
    ],
    ['a node that is down', joining(), sight(aReadyNode('i-4', { status: 'down' })), 'wait'],
    ['a node that is ineligible', joining(), sight(aReadyNode('i-4', { eligible: false })), 'wait'],
    ['it joined after the deadline', joining(LATE), sight(aReadyNode('i-4')), 'end success'],
    [
      'it joined, and a call may still arrive',
      joining({ lostMs: NOW_MS - 30_000 }),
      sight(aReadyNode('i-4')),
      'wait',
    ],
    ['the instance has left the group', joining(), { ...sight(), group: groupOf(4, OLD) }, 'move launching'],
    [
      'another has taken its place a minute ago: it has its own time',
      joining(LATE),
      {
        group: groupOf(4, [...OLD, 'i-5']),
        instances: instancesOf({ instanceId: 'i-5', launchedMs: NOW_MS - MINUTE_MS }),
      },
      'wait',
    ],
    ['one of two has joined', joining({ to: 5 }), two(aReadyNode('i-4')), 'wait'],
    ['both have', joining({ to: 5 }), two(aReadyNode('i-4'), aReadyNode('i-5')), 'end success'],
    [
      'one of two has joined in time',
      joining({ to: 5, ...LATE }),
      two(aReadyNode('i-5')),
      'move replacing i-4 +1',
    ],
    ['not joined in time', joining(LATE), sight(), 'move replacing i-4 +1'],
    ['not joined, the second failure of three', joining(LATE), failing, 'move replacing i-4 +1'],
    [
      'not joined, the third of three',
      joining(LATE),
      { ...failing, failures: 2 },
      'move detaching-failed i-4',
    ],
    [
      'not joined, and one failure is enough',
      joining({ ...LATE, retryThreshold: 1 }),
      sight(),
      'move detaching-failed i-4',
    ],
    ['EC2 does not know it', joining(LATE), { ...sight(), instances: new Map() }, 'move replacing i-4 +1'],
    [
      'a node that nobody knows has registered',
      joining(LATE),
      sight(unbound()),
      'move joining frozen failsafe',
    ],
    [
      'ineligible meanwhile',
      joining(LATE),
      sight(unbound({ eligible: false })),
      'move joining frozen failsafe',
    ],
    [
      'at the threshold as well',
      joining(LATE),
      { ...sight(unbound()), failures: 2 },
      'move joining frozen failsafe',
    ],
    [
      'a node that nobody knows was there before',
      joining(LATE),
      sight(unbound({ createIndex: 50 })),
      'move replacing i-4 +1',
    ],
    ['it is down', joining(LATE), sight(unbound({ status: 'down' })), 'move replacing i-4 +1'],
    [
      'a new node of another pool has an instance',
      joining(LATE),
      sight(aReadyNode('i-70')),
      'move replacing i-4 +1',
    ],
    [
      'a new node is on another instance of the group',
      joining(LATE),
      {
        ...sight(unbound({ addresses: ['10.0.0.1'] })),
        instances: new Map([...instances, ...instancesOf({ instanceId: 'i-1', addresses: ['10.0.0.1'] })]),
      },
      'move replacing i-4 +1',
    ],
    ['a listed node cannot be read', joining(LATE), { ...sight(), unread: ['n9'] }, 'wait'],
    ['the group is gone', joining(), {}, 'end dropped'],
  ])('%s', (_what, operation, seen, word) => {
    expect(wordOf(look(operation, seen))).toBe(word);
  });

  function two(...nodes: PoolSight['nodes']): Partial<PoolSight> {
    const both = instancesOf(
      { instanceId: 'i-4', addresses: ['10.0.0.4'] },
      { instanceId: 'i-5', addresses: ['10.0.0.5'] },
    );
    return { group: groupOf(5, [...OLD, 'i-4', 'i-5']), instances: both, nodes };
  }

  test('what is replaced is no longer new; what is only detached is named', () => {
    expect(look(joining(LATE), sight())).toMatchObject({
      next: { failed: ['i-4'], target: 'i-4', phaseMs: NOW_MS },
    });
    expect(look(joining(LATE), { ...sight(), failures: 2 })).toMatchObject({
      next: { failed: [], target: 'i-4' },
    });
  });

  test('an unidentified node is named where everybody looks', () => {
    const why = expect.stringMatching(/^unidentified-node: n9 .* i-4 did not join/) as string;
    expect(look(joining(LATE), sight(unbound()))).toMatchObject({
      why,
      next: { frozen: why, phase: 'joining' },
    });
  });
});

describe('replacing', () => {
  const replacing = (part: Partial<OutOperation> = {}): Partial<OutOperation> => ({
    phase: 'replacing',
    ...ago(20_000),
    target: 'i-4',
    failed: ['i-3', 'i-4'],
    ...part,
  });
  const group = groupOf(4, [...OLD, 'i-4']);
  const without = groupOf(4, OLD);
  const running = instancesOf({ instanceId: 'i-4' });
  const going = instancesOf({ instanceId: 'i-4', state: 'shutting-down' });
  const gone = instancesOf({ instanceId: 'i-4', state: 'terminated' });
  const ready = aReadyNode('i-4');
  const sick = aReadyNode('i-4', { status: 'down' });
  const closed = { ...sick, eligible: false };
  const alone: Partial<PoolSight> = { group, instances: running };
  const sent = { unansweredMs: NOW_MS - 10_000 };
  const accepted = { acceptedMs: NOW_MS - 10_000 };

  test.each<Row>([
    ['nothing has been sent', replacing(), alone, 'call terminate i-4'],
    ['killed before or after the call: it runs', replacing(sent), alone, 'call terminate i-4'],
    ['killed after the call: it is going', replacing(sent), { group, instances: going }, 'wait'],
    [
      'killed after the call: it is terminated',
      replacing(sent),
      { group, instances: gone },
      'move launching',
    ],
    ['accepted, and does not show yet', replacing(accepted), alone, 'wait'],
    [
      'accepted a minute ago, and nothing came of it',
      replacing({ acceptedMs: NOW_MS - 60_000 }),
      alone,
      'call terminate i-4',
    ],
    ['EC2 does not know it', replacing(), { group }, 'move launching'],
    [
      'it is going and out of the group',
      replacing(accepted),
      { group: without, instances: going },
      'move launching',
    ],
    [
      'somebody took it out of the group: it is not ours',
      replacing(),
      { group: without, instances: running },
      'move launching',
    ],
    ['it joined after all', replacing(), { ...alone, nodes: [ready] }, 'move joining'],
    [
      'the leader knows first that it joined',
      replacing(),
      { ...alone, nodes: [sick], node: ready },
      'move joining',
    ],
    [
      'it joined, and a termination may still arrive',
      replacing(sent),
      { ...alone, nodes: [ready], node: ready },
      'wait',
    ],
    [
      'it joined, and none arrived',
      replacing({ unansweredMs: NOW_MS - 120_000 }),
      { ...alone, nodes: [ready] },
      'move joining',
    ],
    [
      'it joined, and its termination was accepted',
      replacing(accepted),
      { ...alone, nodes: [ready] },
      'wait',
    ],
    [
      'it joined, and an accepted termination came to nothing: it has to be empty first',
      replacing({ acceptedMs: NOW_MS - 60_000 }),
      { ...alone, nodes: [ready], node: ready },
      'call drain n-i-4',
    ],
    [
      'a node registered that is not ready: ineligible first',
      replacing(),
      { ...alone, nodes: [sick], node: sick },
      'call drain n-i-4',
    ],
    [
      'it is ineligible and empty',
      replacing(),
      { ...alone, nodes: [closed], node: closed },
      'call terminate i-4',
    ],
    [
      'it is ineligible with work',
      replacing(),
      { ...alone, nodes: [closed], node: closed, work: [anAllocation()] },
      'call drain n-i-4',
    ],
    [
      'it is draining',
      replacing(),
      { ...alone, nodes: [closed], node: { ...closed, draining: true }, work: [anAllocation()] },
      'wait',
    ],
    [
      'it is listed, and the leader was not asked or does not know it',
      replacing(),
      { ...alone, nodes: [sick] },
      'wait',
    ],
    ['a listed node cannot be read, and may be on it', replacing(), { ...alone, unread: ['n9'] }, 'wait'],
    ['it runs on after 10 min', replacing(VERY_LATE), alone, 'end failure'],
    ['it runs on, and a call may still arrive', replacing({ ...VERY_LATE, ...sent }), alone, 'wait'],
    [
      'it runs on, and its node was made ineligible for it',
      replacing({ ...VERY_LATE, acceptedMs: NOW_MS - 5 * MINUTE_MS }),
      { ...alone, nodes: [closed], node: closed },
      'call undrain n-i-4',
    ],
    [
      'it runs on, and its node was made ineligible by somebody else',
      replacing(VERY_LATE),
      { ...alone, nodes: [closed], node: closed },
      'end failure',
    ],
    ['it is going for longer than that', replacing(VERY_LATE), { group, instances: going }, 'end failure'],
    ['the group is gone', replacing(), { instances: running }, 'end dropped'],
  ])('%s', (_what, operation, sight, word) => {
    expect(wordOf(look(operation, sight))).toBe(word);
  });

  test('one that joined after all is new again', () => {
    const step = look(replacing(), { ...alone, nodes: [ready] });
    expect(step).toMatchObject({ next: { target: '', failed: ['i-3'] } });
  });
});

describe('detaching-failed', () => {
  const detaching = (part: Partial<OutOperation> = {}): Partial<OutOperation> => ({
    phase: 'detaching-failed',
    ...ago(20_000),
    target: 'i-4',
    ...part,
  });
  const instances = instancesOf({ instanceId: 'i-4' });
  const inside: Partial<PoolSight> = { instances, membership: new Map([['i-4', 'pool-a']]) };
  const joined: Partial<PoolSight> = { ...inside, nodes: [aReadyNode('i-4')] };
  const sent = { unansweredMs: NOW_MS - 10_000 };

  test.each<Row>([
    ['nothing has been sent', detaching(), inside, 'call detach i-4'],
    ['killed before or after the call: it is in the group', detaching(sent), inside, 'call detach i-4'],
    [
      'killed after the call: it is in no group',
      detaching({ unansweredMs: NOW_MS - 120_000 }),
      { instances },
      'end failure failsafe',
    ],
    ['the call may still arrive', detaching(sent), { instances }, 'wait'],
    ['accepted, and does not show yet', detaching({ acceptedMs: NOW_MS - 10_000 }), inside, 'wait'],
    [
      'accepted, and it is in no group',
      detaching({ acceptedMs: NOW_MS - 10_000 }),
      { instances },
      'end failure failsafe',
    ],
    ['it was terminated', detaching(), { membership: new Map([['i-4', 'pool-a']]) }, 'end failure failsafe'],
    ['it joined after all', detaching(), joined, 'move joining'],
    ['it joined, and a detach may still arrive', detaching(sent), joined, 'wait'],
    [
      'it joined, and the detach was accepted',
      detaching({ acceptedMs: NOW_MS - 60_000 }),
      joined,
      'call detach i-4',
    ],
    [
      'it does not leave in 10 min',
      detaching(VERY_LATE),
      inside,
      'move detaching-failed i-4 frozen failsafe',
    ],
  ])('%s', (_what, operation, sight, word) => {
    expect(wordOf(look(operation, sight))).toBe(word);
  });
});

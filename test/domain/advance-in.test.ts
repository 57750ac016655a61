import { describe, expect, test } from 'vitest';
import { advancePool } from '../../src/domain/advance-pool.ts';
import type { InOperation } from '../../src/domain/pool-operation.ts';
import type { PoolSight } from '../../src/domain/pool-sight.ts';
import type { PoolStep } from '../../src/domain/pool-step.ts';
import type { AllocationFacts } from '../../src/domain/snapshot.ts';
import { anAllocation, MINUTE_MS, NOW_MS } from './build.ts';
import { aNode } from './build-pool.ts';
import { anInOperation, aPoolSight, instancesOf, wordOf } from './build-pool-operation.ts';

type Row = readonly [what: string, operation: Partial<InOperation>, sight: Partial<PoolSight>, word: string];

const ago = (ms: number): { readonly phaseMs: number } => ({ phaseMs: NOW_MS - ms });
const open = aNode();
const draining = aNode({ eligible: false, draining: true });
const drained = aNode({ eligible: false });
const work = [anAllocation()];
const stopping = [anAllocation({ desiredStatus: 'stop' })];
/** Sent, accepted at a time that every read shows by now, or sent and never answered. */
const ACCEPTED = { acceptedMs: NOW_MS - MINUTE_MS };
const JUST_ACCEPTED = { acceptedMs: NOW_MS - MINUTE_MS + 1 };
const UNANSWERED = { unansweredMs: NOW_MS - 10_000 };
const LOST = { unansweredMs: NOW_MS - 120_000 };

function look(operation: Partial<InOperation>, sight: Partial<PoolSight>): PoolStep {
  return advancePool(anInOperation({ ...ago(20_000), ...operation }), aPoolSight(sight));
}

describe('what counts as work', () => {
  const systems = [anAllocation({ jobType: 'system' }), anAllocation({ jobType: 'sysbatch' })];

  test.each<readonly [string, Partial<AllocationFacts>, string]>([
    ['what runs', {}, 'wait'],
    ['what is about to', { clientStatus: 'pending' }, 'wait'],
    ['what is stopping', { desiredStatus: 'stop' }, 'wait'],
    ['what a client runs that nobody hears', { clientStatus: 'unknown' }, 'wait'],
    ['a batch', { jobType: 'batch' }, 'wait'],
    ['what is of nobody knows which type', { jobType: '' }, 'wait'],
  ])('%s', (_what, part, word) => {
    const sight = { node: draining, work: [anAllocation(part)] };
    expect(wordOf(look(ACCEPTED, sight))).toBe(word);
  });

  test.each(['complete', 'failed', 'lost'])('not what is %s, and no system job', (clientStatus) => {
    const sight = { node: drained, work: [anAllocation({ clientStatus }), ...systems] };
    expect(wordOf(look(ACCEPTED, sight))).toBe('move detaching');
  });
});

describe('draining', () => {
  const DEADLINE = ago(15 * MINUTE_MS);

  test.each<Row>([
    ['nothing has been sent', {}, { node: open, work }, 'call drain n1'],
    ['even where nothing runs there: no work must come', {}, { node: open }, 'call drain n1'],
    ['killed before the call, or it never arrived', UNANSWERED, { node: open, work }, 'call drain n1'],
    ['killed after the call: it drains', UNANSWERED, { node: draining, work }, 'move draining'],
    ['killed after the call: it is drained', UNANSWERED, { node: drained }, 'move detaching'],
    ['it drains', ACCEPTED, { node: draining, work }, 'wait'],
    ['it looks empty, but Nomad has not ended the drain', ACCEPTED, { node: draining }, 'wait'],
    ['it is drained and empty', ACCEPTED, { node: drained }, 'move detaching'],
    ['the drain is over, and the last is stopping', ACCEPTED, { node: drained, work: stopping }, 'wait'],
    ['the drain is over, and work is there', ACCEPTED, { node: drained, work }, 'call drain n1'],
    ['the same, and it was accepted just now', JUST_ACCEPTED, { node: drained, work }, 'wait'],
    ['somebody undid the drain', ACCEPTED, { node: open, work }, 'move undoing operator'],
    ['the drain does not show yet', JUST_ACCEPTED, { node: open, work }, 'wait'],
    ['somebody else drains it: that is not ours to end', {}, { node: draining, work }, 'end dropped'],
    ['somebody else made it ineligible', {}, { node: drained }, 'end dropped'],
    ['the same while the pool asks for out', {}, { node: drained, asksOut: true }, 'end dropped'],
    ['the pool asks for out', ACCEPTED, { node: draining, work, asksOut: true }, 'move undoing wanted'],
    [
      'the pool asks for out when it is empty',
      ACCEPTED,
      { node: drained, asksOut: true },
      'move undoing wanted',
    ],
    ['the pool asks for out before it was sent', {}, { node: open, asksOut: true }, 'move undoing wanted'],
    ['15 min are over', { ...DEADLINE, ...ACCEPTED }, { node: draining, work }, 'move undoing timeout'],
    [
      '15 min are over, and only what stops is left',
      { ...DEADLINE, ...ACCEPTED },
      { node: drained, work: stopping },
      'move undoing timeout',
    ],
    ['15 min are over without a drain', DEADLINE, { node: open, work }, 'move undoing timeout'],
    ['it was empty at the last moment', { ...DEADLINE, ...ACCEPTED }, { node: drained }, 'move detaching'],
    [
      'another deadline',
      { drainDeadlineMs: 20_000, ...ACCEPTED },
      { node: draining, work },
      'move undoing timeout',
    ],
    ['a little before it', { drainDeadlineMs: 20_001, ...ACCEPTED }, { node: draining, work }, 'wait'],
    ['the node is down and drained', ACCEPTED, { node: { ...drained, status: 'down' } }, 'move detaching'],
    ['the node is gone', ACCEPTED, {}, 'move detaching'],
  ])('%s', (_what, operation, sight, word) => {
    expect(wordOf(look(operation, sight))).toBe(word);
  });

  test('a drain whose answer was lost is known to be accepted once it shows', () => {
    const step = look(UNANSWERED, { node: draining, work });
    expect(step).toMatchObject({
      next: { phase: 'draining', acceptedMs: NOW_MS, ...UNANSWERED, ...ago(20_000) },
    });
  });

  test('the jobs that are waited for are named', () => {
    const jobs = ['a', 'b', 'a'].map((jobId) => anAllocation({ jobId }));
    expect(look(ACCEPTED, { node: draining, work: jobs })).toMatchObject({
      why: 'draining: a, b still run there',
    });
  });
});

describe('undoing', () => {
  const undoing = (part: Partial<InOperation> = {}): Partial<InOperation> => ({
    phase: 'undoing',
    undo: 'timeout',
    ...part,
  });

  test.each<Row>([
    ['nothing has been sent', undoing(), { node: draining, work }, 'call undrain n1'],
    [
      'killed before or after the call: not eligible',
      undoing(UNANSWERED),
      { node: drained },
      'call undrain n1',
    ],
    ['killed after the call: eligible', undoing(LOST), { node: open }, 'end failure n1'],
    ['eligible, and a drain may still arrive', undoing({ lostMs: NOW_MS - 119_999 }), { node: open }, 'wait'],
    [
      'it arrived: undone again',
      undoing({ ...ACCEPTED, lostMs: NOW_MS - 90_000 }),
      { node: draining },
      'call undrain n1',
    ],
    ['accepted, and not eligible yet', undoing(JUST_ACCEPTED), { node: drained }, 'wait'],
    [
      'accepted a minute ago, and not eligible',
      undoing({ ...ACCEPTED, ...ago(MINUTE_MS) }),
      { node: drained },
      'call undrain n1',
    ],
    ['it was never drained', undoing(), { node: open }, 'end failure n1'],
    ['after a time-out', undoing(ACCEPTED), { node: open }, 'end failure n1'],
    ['after a refusal', undoing({ ...ACCEPTED, undo: 'refused' }), { node: open }, 'end failure n1'],
    ['the pool wanted it', undoing({ ...ACCEPTED, undo: 'wanted' }), { node: open }, 'end dropped'],
    ['an operator wanted it', undoing({ ...ACCEPTED, undo: 'operator' }), { node: open }, 'end dropped'],
    ['the node is gone', undoing({ undo: 'wanted' }), {}, 'end dropped'],
    ['the node is gone, and a drain may still arrive', undoing(UNANSWERED), {}, 'wait'],
    [
      'work on it and what the pool asks make no difference',
      undoing(),
      { node: open, work, asksOut: true },
      'end failure n1',
    ],
  ])('%s', (_what, operation, sight, word) => {
    expect(wordOf(look(operation, sight))).toBe(word);
  });

  test('says so when it takes more than a minute', () => {
    const step = look(undoing(ago(MINUTE_MS)), { node: drained });
    expect(step).toMatchObject({ why: 'client-n1 is not eligible after a minute: make it eligible again' });
  });
});

describe('detaching', () => {
  const detaching = (part: Partial<InOperation> = {}): Partial<InOperation> => ({
    phase: 'detaching',
    ...part,
  });
  const inside = (part: Partial<PoolSight> = {}): Partial<PoolSight> => ({
    node: drained,
    membership: new Map([['i-n1', 'pool-a']]),
    ...part,
  });
  const elsewhere = new Map([['i-n1', 'pool-b']]);
  const DEADLINE = ago(10 * MINUTE_MS);

  test.each<Row>([
    ['nothing has been sent', detaching(), inside(), 'call detach i-n1'],
    [
      'killed before or after the call: it is in the group',
      detaching(UNANSWERED),
      inside(),
      'call detach i-n1',
    ],
    [
      'killed after the call: it is in no group',
      detaching(UNANSWERED),
      { node: drained },
      'move terminating',
    ],
    ['accepted, and it is in no group', detaching(JUST_ACCEPTED), { node: drained }, 'move terminating'],
    ['accepted, and does not show yet', detaching(JUST_ACCEPTED), inside(), 'wait'],
    ['accepted, and nothing came of it', detaching(ACCEPTED), inside(), 'call detach i-n1'],
    [
      'it is in another group',
      detaching(),
      inside({ membership: elsewhere }),
      'move detaching frozen failsafe',
    ],
    [
      'it is in another group after the detach',
      detaching(ACCEPTED),
      { membership: elsewhere },
      'move detaching frozen failsafe',
    ],
    ['the node is gone', detaching(), inside({ node: undefined }), 'call detach i-n1'],
    ['work is back before it was sent', detaching(), inside({ work }), 'move draining'],
    [
      'somebody made it eligible before it was sent',
      detaching(),
      inside({ node: open, work }),
      'move undoing operator',
    ],
    [
      'the pool asks for out before it was sent',
      detaching(),
      inside({ asksOut: true }),
      'move undoing wanted',
    ],
    [
      'a lost drain does not count as sent',
      detaching({ lostMs: NOW_MS - 30_000 }),
      inside({ asksOut: true }),
      'move undoing wanted',
    ],
    ['work is back while a detach may still arrive', detaching(UNANSWERED), inside({ work }), 'wait'],
    ['somebody made it eligible while one may', detaching(UNANSWERED), inside({ node: open }), 'wait'],
    [
      'the pool asks for out while one may',
      detaching(UNANSWERED),
      inside({ asksOut: true }),
      'call detach i-n1',
    ],
    ['work is back, and none arrived', detaching(LOST), inside({ work }), 'move draining'],
    [
      'the pool asks for out, and one was accepted',
      detaching(ACCEPTED),
      inside({ asksOut: true }),
      'call detach i-n1',
    ],
    ['eligible, and one was accepted', detaching(ACCEPTED), inside({ node: open }), 'wait'],
    ['10 min are over', detaching({ ...DEADLINE, ...ACCEPTED }), inside(), 'move detaching frozen failsafe'],
    [
      '10 min are over, and it left at last',
      detaching({ ...DEADLINE, ...ACCEPTED }),
      { node: drained },
      'move terminating',
    ],
  ])('%s', (_what, operation, sight, word) => {
    expect(wordOf(look(operation, sight))).toBe(word);
  });

  test('going back to the drain, it is known that it was accepted: made eligible then, it stays so', () => {
    const step = look(detaching(), inside({ work }));
    if (step.kind !== 'move') throw new Error(`not a move: ${step.kind}`);
    const later = { node: open, nowMs: NOW_MS + MINUTE_MS };
    expect(wordOf(advancePool(step.next, aPoolSight(later)))).toBe('move undoing operator');
    expect(wordOf(advancePool(step.next, aPoolSight({ ...later, node: drained, work })))).toBe(
      'call drain n1',
    );
  });
});

describe('terminating', () => {
  const terminating = (part: Partial<InOperation> = {}): Partial<InOperation> => ({
    phase: 'terminating',
    ...part,
  });
  const up = (part: Partial<PoolSight> = {}): Partial<PoolSight> => ({
    node: drained,
    instances: instancesOf({ instanceId: 'i-n1' }),
    ...part,
  });
  const going = { instances: instancesOf({ instanceId: 'i-n1', state: 'shutting-down' }) };
  const gone = { instances: instancesOf({ instanceId: 'i-n1', state: 'terminated' }) };

  test.each<Row>([
    ['nothing has been sent', terminating(), up(), 'call terminate i-n1'],
    ['killed before or after the call: it runs', terminating(UNANSWERED), up(), 'call terminate i-n1'],
    ['killed after the call: it is going', terminating(UNANSWERED), up(going), 'wait'],
    ['killed after the call: it is terminated', terminating(LOST), up(gone), 'end success'],
    ['terminated, and a call may still arrive', terminating(UNANSWERED), up(gone), 'wait'],
    ['terminated, its call was answered', terminating(ACCEPTED), up(gone), 'end success'],
    ['EC2 does not know it any more', terminating(ACCEPTED), { node: drained }, 'end success'],
    ['accepted, and does not show yet', terminating(JUST_ACCEPTED), up(), 'wait'],
    ['accepted, and nothing came of it', terminating(ACCEPTED), up(), 'call terminate i-n1'],
    [
      'stopped',
      terminating(),
      up({ instances: instancesOf({ instanceId: 'i-n1', state: 'stopped' }) }),
      'call terminate i-n1',
    ],
    ['the node is gone', terminating(), up({ node: undefined }), 'call terminate i-n1'],
    ['work is there', terminating(), up({ work }), 'call drain n1'],
    ['work is there, and it drains', terminating(), up({ node: draining, work }), 'wait'],
    ['the last is stopping', terminating(), up({ work: stopping }), 'wait'],
    [
      'a client that nobody hears runs work',
      terminating(),
      up({ work: [anAllocation({ clientStatus: 'unknown' })] }),
      'call drain n1',
    ],
    [
      'only system jobs are there',
      terminating(),
      up({ work: [anAllocation({ jobType: 'system' })] }),
      'call terminate i-n1',
    ],
    ['eligible and empty', terminating(), up({ node: open }), 'call drain n1'],
    ['eligible with work', terminating(), up({ node: open, work }), 'call drain n1'],
    [
      'eligible although a termination was accepted',
      terminating(JUST_ACCEPTED),
      up({ node: open }),
      'call drain n1',
    ],
    ['work without a node', terminating(), up({ node: undefined, work }), 'wait'],
    ['it looks empty, but Nomad has not ended the drain', terminating(), up({ node: draining }), 'wait'],
    [
      'the pool asks for out: there is no way back',
      terminating(),
      up({ asksOut: true }),
      'call terminate i-n1',
    ],
    ['for long', terminating({ ...ago(60 * MINUTE_MS), ...ACCEPTED }), up(), 'call terminate i-n1'],
  ])('%s', (_what, operation, sight, word) => {
    expect(wordOf(look(operation, sight))).toBe(word);
  });

  test('says so when it takes more than three minutes', () => {
    const late = expect.stringContaining('more than three minutes') as string;
    expect(look(terminating(ago(3 * MINUTE_MS)), up(going))).toMatchObject({ why: late });
    expect(look(terminating(ago(3 * MINUTE_MS)), up({ work }))).toMatchObject({ why: late });
    expect(look(terminating(ago(3 * MINUTE_MS - 1)), up(going))).not.toMatchObject({ why: late });
  });
});

import { describe, expect, test } from 'vitest';
import { describeDecision, describeNumbers } from '../../src/domain/decision/describe.ts';
import { decideGroup, type GroupDecision, holdBlind } from '../../src/domain/decision/group-decision.ts';
import { judgeGroup } from '../../src/domain/decision/judge-group.ts';
import { REASON_TEXT } from '../../src/domain/decision/reason.ts';
import { aGroup, aPolicy, aPolicyOf, aSnapshot, anAllocation, aUsage, OPEN_GATES } from './build.ts';

const policy = aPolicy({ min: 1, max: 4 });
const hot = aSnapshot({
  usage: aUsage({ cpu: 91.26, mem: 41, tasks: [{ task: 'main', cpu: 91.26, mem: 41 }] }),
});

function decide(gates = OPEN_GATES, snapshot = hot): GroupDecision {
  return decideGroup(snapshot, policy, { wish: judgeGroup(snapshot, policy), gates });
}

describe('a decision', () => {
  test('to scale names from and to, and carries the numbers it was made from', () => {
    expect(decide()).toEqual({
      verdict: { kind: 'scale', direction: 'out', from: 3, to: 4, because: 'above' },
      wish: { kind: 'scale', direction: 'out', to: 4, because: 'above' },
      numbers: {
        count: 3,
        min: 1,
        max: 4,
        running: 3,
        measured: 3,
        cpu: 91.26,
        mem: 41,
        cpuThresholds: { scaleIn: 30, scaleOut: 80 },
        memThresholds: { scaleIn: 30, scaleOut: 80 },
        tasks: [{ task: 'main', cpu: 91.26, mem: 41 }],
        starting: 0,
        isLate: false,
        cooldownLeftMs: 0,
        backoffLeftMs: 0,
      },
      gates: { ...OPEN_GATES, enabled: true },
    });
  });

  test('tells how many allocations are starting', () => {
    const pending = ['1', '2'].map((id) =>
      anAllocation({ id, clientStatus: 'pending', createdMs: hot.nowMs }),
    );
    const { verdict, numbers } = decide(OPEN_GATES, { ...hot, allocations: pending });
    expect([verdict, numbers?.starting]).toEqual([{ kind: 'hold', reason: 'starting' }, 2]);
  });

  test('held by a gate keeps the wish beside the verdict', () => {
    const { verdict, wish } = decide({ ...OPEN_GATES, paused: true });
    expect(verdict).toEqual({ kind: 'hold', reason: 'paused' });
    expect(wish).toMatchObject({ kind: 'scale', to: 4 });
  });

  test('leaves out what is not known', () => {
    const usage = aUsage({ measured: 0, cpu: undefined, mem: undefined });
    const snapshot = aSnapshot({ usage });
    const { numbers } = decideGroup(snapshot, aPolicyOf('cpu'), {
      wish: judgeGroup(snapshot, aPolicyOf('cpu')),
      gates: OPEN_GATES,
    });
    expect(Object.keys(numbers ?? {}).toSorted()).toEqual(
      'backoffLeftMs cooldownLeftMs count cpuThresholds isLate max measured min running starting tasks'.split(
        ' ',
      ),
    );
  });

  test('of a group that cannot be evaluated has no numbers', () => {
    expect(holdBlind('state')).toEqual({
      verdict: { kind: 'hold', reason: 'state' },
      wish: { kind: 'hold', reason: 'state' },
    });
  });
});

describe('a decision in words', () => {
  test('to scale', () => {
    expect(describeDecision(decide())).toBe(
      'scale out from 3 to 4: above, a metric is above its scale-out threshold ' +
        '[count 3 (1..4), cpu 91.3 % (30/80), mem 41.0 % (30/80), 3 of 3 measured]',
    );
  });

  test('held by a gate, with what is left and what it would do', () => {
    expect(describeDecision(decide({ ...OPEN_GATES, cooldownLeftMs: 29_001, backoffLeftMs: 0 }))).toBe(
      'hold: cooldown, waiting after the last scaling event (would scale out to 4: above) ' +
        '[count 3 (1..4), cpu 91.3 % (30/80), mem 41.0 % (30/80), 3 of 3 measured, cooldown 30 s left]',
    );
  });

  test('of backoff names what is left of it', () => {
    expect(describeDecision(decide({ ...OPEN_GATES, backoffLeftMs: 1 }))).toContain('backoff 1 s left]');
  });

  test('without a wish and without numbers', () => {
    expect(describeDecision(holdBlind('invalid'))).toBe(
      'hold: invalid, the policy in the group meta has faults',
    );
  });

  test('says unknown for what is judged and not known, and nothing of what is not judged', () => {
    const usage = aUsage({ running: 2, measured: 0, cpu: undefined });
    const { numbers } = decideGroup(aSnapshot({ usage, group: aGroup({ count: 2 }) }), aPolicyOf('cpu'), {
      wish: { kind: 'hold', reason: 'no-metrics' },
      gates: OPEN_GATES,
    });
    expect(numbers && describeNumbers(numbers)).toBe('count 2 (1..10), cpu unknown (30/80), 0 of 2 measured');
  });
});

describe('the closed list of reasons', () => {
  test('is that of the specification, each with one sentence of its own', () => {
    const holds =
      'invalid state parked bounds no-metrics starting steady headroom disabled failsafe paused operation ' +
      'deployment backoff cooldown max min no-room';
    const acts = 'above below';
    expect(Object.keys(REASON_TEXT).toSorted()).toEqual(`${holds} ${acts}`.split(' ').toSorted());
    expect(new Set(Object.values(REASON_TEXT)).size).toBe(Object.keys(REASON_TEXT).length);
  });
});

import { describe, expect, test } from 'vitest';
import { judgeGroup, type Wish } from '../../src/domain/decision/judge-group.ts';
import type { GroupPolicy } from '../../src/domain/policy/group-policy.ts';
import type { AllocationFacts } from '../../src/domain/snapshot.ts';
import type { GroupUsage } from '../../src/domain/usage/measure-group.ts';
import { aGroup, anAllocation, aPolicy, aPolicyOf, aSnapshot, aUsage, MINUTE_MS, NOW_MS } from './build.ts';

interface Situation {
  readonly count?: number;
  readonly usage?: Partial<GroupUsage>;
  readonly policy?: GroupPolicy;
  readonly allocations?: readonly AllocationFacts[];
  readonly isLate?: boolean;
  readonly healthyDeadlineMs?: number;
}

function judge({
  count = 3,
  usage = {},
  policy = aPolicy(),
  allocations = [],
  isLate = false,
  healthyDeadlineMs = 0,
}: Situation): Wish {
  const group = aGroup({ count, healthyDeadlineMs });
  return judgeGroup(aSnapshot({ group, usage: aUsage(usage), allocations, isLate }), policy);
}

/** A wish in a word or three: `out 4 above`, `steady`. */
function wordOf(wish: Wish): string {
  return wish.kind === 'hold' ? wish.reason : `${wish.direction} ${wish.to} ${wish.because}`;
}

/** No parser lets it through; the judgement is total all the same. */
const { cpu: _cpu, mem: _mem, ...JUDGES_NOTHING } = aPolicy();

const COLD = { cpu: 10, mem: 10 };
const HOT = { cpu: 95, mem: 95 };
const starting = anAllocation({ id: 'a9', clientStatus: 'pending', createdMs: NOW_MS - MINUTE_MS });

type Rows = readonly (readonly [what: string, situation: Situation, wish: string])[];

describe('rule 0: nothing to judge', () => {
  test.each([
    ['a count of 0 is parked', { count: 0, usage: { running: 0 } }, 'parked'],
    ['even below its minimum', { count: 0, policy: aPolicy({ min: 2 }) }, 'parked'],
    ['and while its last allocations still run hot', { count: 0, usage: HOT }, 'parked'],
    ['no running allocation is no metric', { usage: { running: 0, cpu: undefined } }, 'no-metrics'],
    [
      'which comes before the bounds: below',
      { count: 1, usage: { running: 0 }, policy: aPolicy({ min: 2 }) },
      'no-metrics',
    ],
    ['and above', { count: 9, usage: { running: 0 }, policy: aPolicy({ max: 5 }) }, 'no-metrics'],
  ] as Rows)('%s', (_what, situation, wish) => {
    expect(wordOf(judge(situation))).toBe(wish);
  });
});

describe('rule 1: the bounds', () => {
  test.each([
    ['below the minimum, out to it at once', { count: 1, policy: aPolicy({ min: 4 }) }, 'out 4 bounds'],
    [
      'without a single measured allocation',
      { count: 1, usage: { measured: 0 }, policy: aPolicy({ min: 4 }) },
      'out 4 bounds',
    ],
    [
      'and while one is starting',
      { count: 1, allocations: [starting], policy: aPolicy({ min: 4 }) },
      'out 4 bounds',
    ],
    ['above the maximum, in to it at once', { count: 9, policy: aPolicy({ max: 5 }) }, 'in 5 bounds'],
    ['even when hot', { count: 9, usage: HOT, policy: aPolicy({ max: 5 }) }, 'in 5 bounds'],
    [
      'but only when all are measured',
      { count: 9, usage: { measured: 2 }, policy: aPolicy({ max: 5 }) },
      'no-metrics',
    ],
    [
      'and when the list is as new as the count',
      { count: 9, isLate: true, policy: aPolicy({ max: 5 }) },
      'no-metrics',
    ],
    ['at the minimum', { count: 3, policy: aPolicy({ min: 3 }) }, 'steady'],
    ['at the maximum', { count: 3, policy: aPolicy({ max: 3 }) }, 'steady'],
  ] as Rows)('%s', (_what, situation, wish) => {
    expect(wordOf(judge(situation))).toBe(wish);
  });
});

describe('rule 2: too few are measured', () => {
  test.each([
    ['none', { usage: { running: 1, measured: 0, ...HOT } }, 'no-metrics'],
    ['fewer than half', { usage: { running: 5, measured: 2, ...HOT } }, 'no-metrics'],
    ['half are enough to grow', { usage: { running: 4, measured: 2, ...HOT } }, 'out 4 above'],
    ['before a starting one is looked at', { usage: { measured: 1 }, allocations: [starting] }, 'no-metrics'],
  ] as Rows)('%s', (_what, situation, wish) => {
    expect(wordOf(judge(situation))).toBe(wish);
  });
});

describe('rule 3: an allocation is starting', () => {
  const pending = (ageMs: number, part: Partial<AllocationFacts> = {}): Situation => ({
    usage: HOT,
    allocations: [anAllocation({ clientStatus: 'pending', createdMs: NOW_MS - ageMs, ...part })],
  });

  test.each([
    ['holds a hot group', pending(MINUTE_MS), 'starting'],
    ['and a cold one', { ...pending(MINUTE_MS), usage: COLD }, 'starting'],
    ['one that may not be listed yet holds as well', { isLate: true, usage: COLD }, 'starting'],
    ['whatever the usage is', { isLate: true, usage: HOT }, 'starting'],
    ['until it is 5 min old', pending(5 * MINUTE_MS - 1), 'starting'],
    ['and no longer', pending(5 * MINUTE_MS), 'out 4 above'],
    [
      'or the healthy deadline, if longer',
      { ...pending(9 * MINUTE_MS), healthyDeadlineMs: 10 * MINUTE_MS },
      'starting',
    ],
    [
      'and no longer than that',
      { ...pending(10 * MINUTE_MS), healthyDeadlineMs: 10 * MINUTE_MS },
      'out 4 above',
    ],
    [
      'a shorter healthy deadline changes nothing',
      { ...pending(4 * MINUTE_MS), healthyDeadlineMs: MINUTE_MS },
      'starting',
    ],
    ['one that shall stop holds nothing up', pending(MINUTE_MS, { desiredStatus: 'stop' }), 'out 4 above'],
    ['nor a failed one', pending(MINUTE_MS, { clientStatus: 'failed' }), 'out 4 above'],
    ['nor a lost one', pending(MINUTE_MS, { clientStatus: 'lost' }), 'out 4 above'],
    ['nor a complete one', pending(MINUTE_MS, { clientStatus: 'complete' }), 'out 4 above'],
    ['nor a young running one', pending(1_000, { clientStatus: 'running' }), 'out 4 above'],
  ] as Rows)('%s', (_what, situation, wish) => {
    expect(wordOf(judge(situation))).toBe(wish);
  });
});

describe('rule 4: out', () => {
  test.each([
    ['cpu alone above', { usage: { cpu: 80.1, mem: 1 } }, 'out 4 above'],
    ['memory alone above', { usage: { cpu: 1, mem: 80.1 } }, 'out 4 above'],
    ['at the threshold is not above it', { usage: { cpu: 80, mem: 80 } }, 'steady'],
    ['with not all of them measured', { usage: { running: 3, measured: 2, ...HOT } }, 'out 4 above'],
    [
      'a metric without thresholds is not judged',
      { usage: { cpu: 50, mem: 500 }, policy: aPolicyOf('cpu') },
      'steady',
    ],
    ['whichever of the two', { usage: { cpu: 500, mem: 50 }, policy: aPolicyOf('mem') }, 'steady'],
    [
      'the wish goes past the maximum: a gate holds it',
      { count: 3, usage: HOT, policy: aPolicy({ max: 3 }) },
      'out 4 above',
    ],
    [
      'one metric is enough where the other is not known',
      { usage: { cpu: 95, mem: undefined } },
      'out 4 above',
    ],
  ] as Rows)('%s', (_what, situation, wish) => {
    expect(wordOf(judge(situation))).toBe(wish);
  });
});

describe('rule 5: in', () => {
  test.each([
    ['every judged metric below', { usage: COLD }, 'in 2 below'],
    ['one at its threshold is not below it', { usage: { cpu: 10, mem: 30 } }, 'steady'],
    ['one between', { usage: { cpu: 10, mem: 50 } }, 'steady'],
    [
      'a metric that is not judged does not count',
      { usage: { cpu: 10, mem: 70 }, policy: aPolicyOf('cpu') },
      'in 2 below',
    ],
    ['not with an allocation unmeasured', { usage: { running: 3, measured: 2, ...COLD } }, 'no-metrics'],
    ['not with a judged metric unknown', { usage: { cpu: 10, mem: undefined } }, 'no-metrics'],
    ['nor with the other', { usage: { cpu: undefined, mem: 10 } }, 'no-metrics'],
    ['not where nothing is judged', { usage: COLD, policy: JUDGES_NOTHING }, 'steady'],
    ['not at the minimum', { count: 2, usage: COLD, policy: aPolicy({ min: 2 }) }, 'min'],
    [
      'not from 1, even with a minimum of 0',
      { count: 1, usage: { running: 1, ...COLD }, policy: aPolicy({ min: 0 }) },
      'min',
    ],
    ['down to 1 with a minimum of 0', { count: 2, usage: COLD, policy: aPolicy({ min: 0 }) }, 'in 1 below'],
  ] as Rows)('%s', (_what, situation, wish) => {
    expect(wordOf(judge(situation))).toBe(wish);
  });
});

describe('headroom', () => {
  const policy = aPolicy({ cpu: { scaleIn: 50, scaleOut: 60 }, mem: { scaleIn: 50, scaleOut: 60 } });

  test.each([
    [
      'is there: 44 % of two is 88 % of one, below 90',
      { count: 2, usage: { cpu: 44, mem: 1 }, policy: aPolicy({ cpu: { scaleIn: 45, scaleOut: 90 } }) },
      'in 1 below',
    ],
    [
      'is not: 88 % of one is above 80',
      { count: 2, usage: { cpu: 44, mem: 1 }, policy: aPolicy({ cpu: { scaleIn: 45, scaleOut: 80 } }) },
      'headroom',
    ],
    ['is not at exactly the threshold', { count: 4, usage: { cpu: 45, mem: 1 }, policy }, 'headroom'],
    ['is just below it', { count: 4, usage: { cpu: 44.9, mem: 1 }, policy }, 'in 3 below'],
    [
      'is counted from the desired count, not the running one',
      { count: 4, usage: { running: 2, cpu: 44.9, mem: 1 }, policy },
      'in 3 below',
    ],
    [
      'is not asked of memory: an allocation keeps its own',
      { count: 4, usage: { cpu: 1, mem: 49 }, policy },
      'in 3 below',
    ],
    [
      'is there where cpu is not judged',
      { count: 2, usage: { cpu: 44, mem: 1 }, policy: aPolicyOf('mem') },
      'in 1 below',
    ],
  ] as Rows)('%s', (_what, situation, wish) => {
    expect(wordOf(judge(situation))).toBe(wish);
  });
});

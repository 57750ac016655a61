import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeDecision } from '../../src/domain/decision/describe.ts';
import { type GateFacts, heldBy, needsDeployments } from '../../src/domain/decision/gates.ts';
import { decideGroup, type GroupDecision } from '../../src/domain/decision/group-decision.ts';
import { type GroupSnapshot, judgeGroup } from '../../src/domain/decision/judge-group.ts';
import { REASON_TEXT } from '../../src/domain/decision/reason.ts';
import type { GroupPolicy } from '../../src/domain/policy/group-policy.ts';
import { type GroupUsage, measureGroup } from '../../src/domain/usage/measure-group.ts';
import { bounds, gateFacts, policies, snapshots, thresholds } from './arbitraries.ts';
import { aGroup, aPolicyOf, aSample, aSnapshot, OPEN_GATES, running } from './build.ts';

const RUNS = { numRuns: 500 };

function decide(snapshot: GroupSnapshot, policy: GroupPolicy, gates = OPEN_GATES): GroupDecision {
  return decideGroup(snapshot, policy, { wish: judgeGroup(snapshot, policy), gates });
}

/** The count after the decision. */
function countAfter(snapshot: GroupSnapshot, policy: GroupPolicy, gates = OPEN_GATES): number {
  const { verdict } = decide(snapshot, policy, gates);
  return verdict.kind === 'scale' ? verdict.to : snapshot.group.count;
}

type Verdict = GroupDecision['verdict'];

interface Scaling {
  readonly verdict: Extract<Verdict, { kind: 'scale' }>;
  readonly snapshot: GroupSnapshot;
  readonly policy: GroupPolicy;
}

/** Only what leads to a change of the count with every gate open. */
const scalings = fc
  .tuple(snapshots, policies)
  .map(([snapshot, policy]) => ({
    snapshot,
    policy,
    verdict: decide(snapshot, { ...policy, enabled: true }).verdict,
  }))
  .filter((one): one is Scaling => one.verdict.kind === 'scale');

describe('whatever is seen, a decision', () => {
  test('has one reason of the closed list, and a sentence', () => {
    fc.assert(
      fc.property(snapshots, policies, gateFacts, (snapshot, policy, gates) => {
        const decision = decide(snapshot, policy, gates);
        const { verdict } = decision;
        expect(Object.keys(REASON_TEXT)).toContain(
          verdict.kind === 'hold' ? verdict.reason : verdict.because,
        );
        expect(describeDecision(decision)).toMatch(/^(hold: |scale (out|in) from \d+ to \d+: )/);
      }),
      RUNS,
    );
  });

  test('asks for a count within the bounds', () => {
    fc.assert(
      fc.property(scalings, ({ verdict, policy }) => {
        expect(verdict.to).toBeGreaterThanOrEqual(policy.min);
        expect(verdict.to).toBeLessThanOrEqual(policy.max);
      }),
      RUNS,
    );
  });

  test('never asks for the count that is there, and goes where its direction says', () => {
    fc.assert(
      fc.property(scalings, ({ verdict, snapshot }) => {
        expect(verdict.from).toBe(snapshot.group.count);
        expect(Math.sign(verdict.to - verdict.from)).toBe(verdict.direction === 'out' ? 1 : -1);
      }),
      RUNS,
    );
  });

  test('moves by one within the bounds, and only from outside them further', () => {
    fc.assert(
      fc.property(scalings, ({ verdict: { from, to, because }, policy: { min, max } }) => {
        const isOutside = from < min || from > max;
        expect(because === 'bounds').toBe(isOutside);
        expect(Math.abs(to - from) === 1 || isOutside).toBe(true);
      }),
      RUNS,
    );
  });

  test('never takes an allocation away while one is unmeasured', () => {
    fc.assert(
      fc.property(scalings, ({ verdict, snapshot: { usage } }) => {
        expect(verdict.direction === 'out' || usage.measured === usage.running).toBe(true);
      }),
      RUNS,
    );
  });

  test('never leaves 0, and only a maximum of 0 leads there', () => {
    fc.assert(
      fc.property(scalings, ({ verdict, policy }) => {
        expect(verdict.from).toBeGreaterThan(0);
        expect(verdict.to > 0 || policy.max === 0).toBe(true);
      }),
      RUNS,
    );
  });

  test('acts only with every gate open', () => {
    const isOpen = ({ failsafe, paused, operation, deployment, ...left }: GateFacts): boolean =>
      !failsafe && !paused && !operation && !deployment && left.backoffLeftMs + left.cooldownLeftMs === 0;
    const closed = gateFacts.filter((gates) => !isOpen(gates));
    fc.assert(
      fc.property(scalings, closed, ({ snapshot, policy }, gates) => {
        expect(countAfter(snapshot, { ...policy, enabled: true }, gates)).toBe(snapshot.group.count);
        expect(countAfter(snapshot, { ...policy, enabled: false })).toBe(snapshot.group.count);
      }),
      RUNS,
    );
  });

  test('is the same whether deployments were asked for only when needed or always', () => {
    fc.assert(
      fc.property(snapshots, policies, gateFacts, (snapshot, policy, gates) => {
        const wish = judgeGroup(snapshot, policy);
        const deployment = gates.deployment && needsDeployments(wish, gates, policy);
        expect(heldBy(wish, { ...gates, deployment }, policy)).toBe(heldBy(wish, gates, policy));
      }),
      RUNS,
    );
  });
});

/** A cpu load in percent of one allocation's share, spread evenly over all of them. */
function usageOf(count: number, load: number): GroupUsage {
  const group = aGroup({ count });
  return measureGroup(group, running(count), {
    judged: { cpu: true, mem: false },
    readingOf: () => aSample({ main: { cpuMhz: (load / count) * 10 } }),
  });
}

/** Counts from one round to the next, first the one there was before. */
function follow(policy: GroupPolicy, loads: readonly number[], first: number): readonly number[] {
  const counts = [first];
  for (const load of loads) {
    const count = counts.at(-1) ?? 0;
    const snapshot = aSnapshot({ group: aGroup({ count }), allocations: [], usage: usageOf(count, load) });
    counts.push(countAfter(snapshot, policy));
  }
  return counts;
}

/** Counts at one load until two in a row are the same: what is decided once more is decided for good. */
function restOf(policy: GroupPolicy, load: number, first: number): readonly number[] {
  let counts: readonly number[] = [first];
  while (counts.length < 2 || counts.at(-1) !== counts.at(-2)) {
    if (counts.length > 30) throw new Error(`no rest: ${counts.join(' ')}`);
    counts = [...counts, follow(policy, [load], counts.at(-1) ?? 0).at(-1) ?? 0];
  }
  return counts;
}

function isTurning(counts: readonly number[]): boolean {
  const steps = counts.slice(1).map((count, at) => Math.sign(count - (counts[at] ?? count)));
  return steps.includes(1) && steps.includes(-1);
}

describe('a group under load', () => {
  const stories = fc.record({
    limits: thresholds,
    within: bounds,
    first: fc.integer({ min: 1, max: 24 }),
    history: fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 12 }),
    load: fc.integer({ min: 0, max: 3_000 }),
  });

  test('comes to rest at a constant load without ever turning round, whatever went before', () => {
    let moved = 0;
    fc.assert(
      fc.property(stories, ({ limits, within, first, history, load }) => {
        const policy = aPolicyOf('cpu', { ...within, cpu: limits, cooldownMs: 0 });
        const before = follow(policy, [...history, load], first).at(-1) ?? 0;
        const counts = restOf(policy, load, before);
        if (counts.length > 2) moved += 1;
        expect(isTurning(counts)).toBe(false);
      }),
      { numRuns: 200 },
    );
    expect(moved).toBeGreaterThan(20);
  });

  test('stays within its bounds for good once it is there', () => {
    fc.assert(
      fc.property(stories, ({ limits, within, history, first }) => {
        const policy = aPolicyOf('cpu', { ...within, cpu: limits, cooldownMs: 0 });
        const start = Math.min(Math.max(first, within.min), within.max);
        const counts = follow(policy, history, start);
        expect(Math.min(...counts)).toBeGreaterThanOrEqual(within.min);
        expect(Math.max(...counts)).toBeLessThanOrEqual(within.max);
      }),
      { numRuns: 200 },
    );
  });

  test('does not go 2, 1, 2 at 88 % of one, as the Go releases did', () => {
    const policy = aPolicyOf('cpu', { cpu: { scaleIn: 45, scaleOut: 80 }, min: 1, max: 4, cooldownMs: 0 });
    expect(follow(policy, [88, 88, 88, 88], 1)).toEqual([1, 2, 2, 2, 2]);
  });

  test('that is parked stays parked', () => {
    const policy = aPolicyOf('cpu', { min: 2, max: 4 });
    expect(follow(policy, [500, 500], 0)).toEqual([0, 0, 0]);
  });
});

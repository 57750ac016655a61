import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileNeeds } from '../../src/domain/capacity/needs.ts';
import { describePoolDecision } from '../../src/domain/decision/describe-pool.ts';
import { judgePool } from '../../src/domain/decision/judge-pool.ts';
import { countAsk, decidePool, type PoolGateFacts } from '../../src/domain/decision/pool-decision.ts';
import type { PoolAsk, PoolDecision, PoolJudgement } from '../../src/domain/decision/pool-judgement.ts';
import { POOL_REASON_TEXT } from '../../src/domain/decision/pool-reason.ts';
import type { PoolSnapshot } from '../../src/domain/pool-snapshot.ts';
import type { Resources } from '../../src/domain/resources.ts';
import { type AllocationFacts, isTakingRoom } from '../../src/domain/snapshot.ts';
import { isLivingMember } from '../../src/domain/worker-pool.ts';
import { allocations, type PoolCase, poolCases, poolGates, withMore } from './pool-arbitraries.ts';
import { aState } from './build.ts';

const RUNS = { numRuns: 500 };
/** Of cases that ask for in: several are made for each. */
const FEWER = { numRuns: 200 };
const OPEN: PoolGateFacts = {
  failsafe: false,
  paused: false,
  operation: false,
  backoffLeftMs: 0,
  cooldownLeftMs: 0,
  asked: 3,
};

function judged({ snapshot }: PoolCase): PoolJudgement | undefined {
  const judging = judgePool(snapshot);
  return judging.ok ? judging.judgement : undefined;
}

function decided(one: PoolCase, facts = OPEN): PoolDecision | undefined {
  const judgement = judged(one);
  return judgement && decidePool(one.snapshot, judgement, facts);
}

/** Why a pool could not be judged. */
function judgingOf({ snapshot }: PoolCase): string {
  const judging = judgePool(snapshot);
  return judging.ok ? '' : judging.why;
}

function reasonOf({ verdict }: PoolDecision): string {
  return verdict.kind === 'hold' ? verdict.reason : verdict.because;
}

const REASONS = Object.keys(POOL_REASON_TEXT);
const SENTENCE = /^(hold: |scale (out|in) from \d+ to \d+[:,] |what allocation .* takes is not known$)/;

type AskIn = Extract<PoolAsk, { kind: 'in' }>;

/** Cases that ask for in, with what they chose. */
const shrinking = poolCases({ isQuiet: true })
  .map((one) => ({ one, judgement: judged(one) }))
  .filter(
    (found): found is { one: PoolCase; judgement: PoolJudgement & { ask: AskIn } } =>
      found.judgement?.ask.kind === 'in',
  );

const SIZES = ['cpuMhz', 'memoryMb', 'diskMb'] as const;

/** Everything that has to move off a node, worked out apart from the program. */
function moversOf(snapshot: PoolSnapshot, nodeId: string): readonly AllocationFacts[] {
  const isSystem = (one: AllocationFacts): boolean => ['system', 'sysbatch'].includes(one.jobType);
  return snapshot.allocationsOn(nodeId).filter((one) => isTakingRoom(one) && !isSystem(one));
}

/** True when some way of placing them exists: every way is tried. */
function canPlace(snapshot: PoolSnapshot, nodeId: string): boolean {
  const others = snapshot.nodes.map(({ node }) => node).filter((node) => node.id !== nodeId);
  const held = new Map(others.map((node) => [node.id, snapshot.allocationsOn(node.id).filter(isTakingRoom)]));
  const given = (one: AllocationFacts, size: keyof Resources): number =>
    (one.resources ?? snapshot.groupFacts(one)?.needs.resources)?.[size] ?? Number.NaN;
  const asked = (one: AllocationFacts, size: keyof Resources): number =>
    Math.max(given(one, size), snapshot.groupFacts(one)?.needs.resources[size] ?? Number.NaN);
  const fits = (
    one: AllocationFacts,
    node: (typeof others)[number],
    come: readonly AllocationFacts[],
  ): boolean => {
    const needs = snapshot.groupFacts(one)?.needs;
    if (!needs || compileNeeds(needs).against(node) !== '') return false;
    const there = [...(held.get(node.id) ?? []), ...come];
    if (needs.distinctHosts !== 'none' && there.some((other) => other.jobId === one.jobId)) return false;
    const ports = there.flatMap((other) => snapshot.groupFacts(other)?.needs.staticPorts ?? [Number.NaN]);
    const isBlind = ports.some(Number.isNaN) && needs.staticPorts.length > 0;
    if (isBlind || needs.staticPorts.some((port) => ports.includes(port))) return false;
    return SIZES.every((size) => {
      const used = (held.get(node.id) ?? []).reduce((sum, other) => sum + given(other, size), 0);
      const taken = come.reduce((sum, other) => sum + asked(other, size), used);
      return taken + asked(one, size) <= node.capacity[size];
    });
  };
  const place = (
    left: readonly AllocationFacts[],
    come: ReadonlyMap<string, readonly AllocationFacts[]>,
  ): boolean => {
    const [first, ...rest] = left;
    if (!first) return true;
    return others.some((node) => {
      const there = come.get(node.id) ?? [];
      return fits(first, node, there) && place(rest, new Map([...come, [node.id, [...there, first]]]));
    });
  };
  return place(moversOf(snapshot, nodeId), new Map());
}

describe('whatever is seen of a pool', () => {
  test('it is judged, or said what is not known; one reason of the closed list, one sentence', () => {
    fc.assert(
      fc.property(poolCases(), poolGates, (one, facts) => {
        const decision = decided(one, facts);
        const text = decision ? describePoolDecision(decision) : judgingOf(one);
        expect(text).toMatch(SENTENCE);
        expect(REASONS).toContain(decision ? reasonOf(decision) : 'unread');
      }),
      RUNS,
    );
  });

  test('what an allocation takes is never taken for nothing', () => {
    fc.assert(
      fc.property(poolCases(), ({ snapshot }) => {
        const taking = snapshot.nodes
          .flatMap(({ node }) => snapshot.allocationsOn(node.id))
          .filter(isTakingRoom);
        const isKnown = taking.every((one) => one.resources ?? snapshot.groupFacts(one));
        expect(judgePool(snapshot).ok).toBe(isKnown);
      }),
      RUNS,
    );
  });

  test('an unused pool does not grow where nothing waits', () => {
    fc.assert(
      fc.property(poolCases(), (one) => {
        const judgement = judged(one);
        if (judgement?.numbers.metric !== 'none') return;
        const isWaiting = judgement.numbers.pending.some(({ counted }) => counted > 0);
        expect(judgement.ask.kind === 'out').toBe(isWaiting);
      }),
      RUNS,
    );
  });

  test('more use never turns out into in', () => {
    fc.assert(
      fc.property(poolCases(), allocations, fc.nat(), (one, extra, at) => {
        const { nodes } = one.snapshot;
        const nodeId = nodes[at % nodes.length]?.node.id ?? '';
        if (judged(one)?.ask.kind !== 'out') return;
        expect(judged(withMore(one, nodeId, extra))?.ask.kind).not.toBe('in');
      }),
      RUNS,
    );
  });
});

describe('a node goes only', () => {
  test('if use stays below nine tenths of what is then allowed', () => {
    fc.assert(
      fc.property(shrinking, ({ judgement: { numbers } }) => {
        const amounts = { cpu: 'cpuMhz', none: 'cpuMhz', memory: 'memoryMb', disk: 'diskMb' } as const;
        const used = numbers.used[amounts[numbers.metric]];
        expect(used).toBeLessThan(numbers.maxAllowed);
        expect(used * 10).toBeLessThan(numbers.maxAllowedWithout * 9);
      }),
      FEWER,
    );
  });

  test('if all its work fits on the other nodes, as trying every way tells', () => {
    fc.assert(
      fc.property(shrinking, ({ one: { snapshot }, judgement: { ask } }) => {
        expect(canPlace(snapshot, ask.node.id)).toBe(true);
      }),
      FEWER,
    );
  });

  test('if its instance is a living, unprotected member, and neither this agent nor a failed drain was there', () => {
    fc.assert(
      fc.property(shrinking, ({ one: { snapshot }, judgement: { ask, numbers } }) => {
        const found = snapshot.nodes.find(({ node }) => node.id === ask.node.id);
        expect(found?.member).toMatchObject({ lifecycle: 'InService', isProtected: false });
        expect(found?.instanceId).toBe(ask.instanceId);
        expect(found?.member?.instanceId).toBe(ask.instanceId);
        expect(snapshot.own.kind).not.toBe('unknown');
        expect(snapshot.own).not.toMatchObject({ nodeId: ask.node.id });
        expect(snapshot.failedDrains.has(ask.node.id)).toBe(false);
        expect(numbers.candidates.map(({ against }) => against === '')).toEqual([
          ...numbers.candidates.slice(1).map(() => false),
          true,
        ]);
      }),
      FEWER,
    );
  });

  test('if no idle one could go instead', () => {
    fc.assert(
      fc.property(shrinking, ({ one: { snapshot }, judgement: { ask, numbers } }) => {
        const isIdle = (id: string): boolean =>
          snapshot
            .allocationsOn(id)
            .every((one) => ['system', 'sysbatch'].includes(one.jobType) || one.clientStatus === 'complete');
        const isOther = (id: string): boolean => snapshot.memberNodes.has(id);
        const passedBy = numbers.candidates
          .filter(({ against }) => against !== '')
          .map(({ nodeId }) => nodeId);
        const better = snapshot.nodes.map(({ node }) => node.id).filter((id) => isIdle(id) && !isOther(id));
        const isBest = better.includes(ask.node.id);
        expect(isBest || better.every((id) => passedBy.includes(id))).toBe(true);
      }),
      FEWER,
    );
  });
});

describe('a decision to scale', () => {
  test('never asks for what is there, goes its own way, and stays within the bounds it moves towards', () => {
    fc.assert(
      fc.property(poolCases(), (one) => {
        const { verdict, numbers } = decided(one) ?? {};
        if (!verdict || !numbers || verdict.kind === 'hold') return;
        const { desired, min, max } = one.snapshot.group;
        expect(verdict.from).toBe(desired);
        const isIn = verdict.kind === 'in';
        expect(isIn ? verdict.from - verdict.to : 1).toBe(1);
        expect(isIn || verdict.to > verdict.from).toBe(true);
        expect(verdict.to).toBeGreaterThanOrEqual(isIn ? Math.max(min, numbers.min) : 1);
        expect(verdict.to).toBeLessThanOrEqual(isIn ? desired - 1 : Math.min(max, numbers.max));
      }),
      RUNS,
    );
  });

  test('to shrink is made only while exactly the desired instances run ready nodes', () => {
    fc.assert(
      fc.property(shrinking, ({ one }) => {
        if (decided(one)?.verdict.kind !== 'in') return;
        const { nodes, group } = one.snapshot;
        const living = nodes.filter(({ member }) => member && isLivingMember(member));
        expect(living).toHaveLength(group.desired);
      }),
      FEWER,
    );
  });

  test('is held by any gate that is closed, and says so', () => {
    fc.assert(
      fc.property(poolCases(), poolGates, (one, facts) => {
        const { verdict } = decided(one, facts) ?? {};
        if (!verdict || verdict.kind === 'hold') return;
        expect(facts).toMatchObject({ failsafe: false, paused: false, operation: false });
        expect([facts.backoffLeftMs, facts.cooldownLeftMs]).toEqual([0, 0]);
        expect(facts.asked).toBeGreaterThanOrEqual(one.snapshot.policy.scalingThreshold);
      }),
      RUNS,
    );
  });
});

test('counters never exceed the threshold, and only one of them counts', () => {
  const asks = fc.constantFrom<PoolAsk>(
    { kind: 'none', reason: 'steady' },
    { kind: 'out', nodes: 2, because: 'pending' },
  );
  const counts = fc.nat({ max: 9 });
  fc.assert(
    fc.property(poolCases(), asks, fc.tuple(counts, counts), ({ snapshot }, ask, [out, inward]) => {
      const before = aState({ scaleOutRequests: out, scaleInRequests: inward });
      const { scaleOutRequests, scaleInRequests } = countAsk(before, ask, snapshot.policy);
      expect(Math.max(scaleOutRequests, scaleInRequests)).toBeLessThanOrEqual(
        snapshot.policy.scalingThreshold,
      );
      expect(Math.min(scaleOutRequests, scaleInRequests)).toBe(0);
      expect(scaleOutRequests > 0).toBe(ask.kind === 'out');
    }),
  );
});

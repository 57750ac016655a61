import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideGroup, type GroupDecision } from '../../src/domain/decision/group-decision.ts';
import { judgeGroup } from '../../src/domain/decision/judge-group.ts';
import { judgePool } from '../../src/domain/decision/judge-pool.ts';
import { decidePool } from '../../src/domain/decision/pool-decision.ts';
import type { PoolDecision } from '../../src/domain/decision/pool-judgement.ts';
import { formatInstant } from '../../src/domain/instant.ts';
import { leftOf, waitsOf } from '../../src/domain/waits.ts';
import { decisionEntry } from '../../src/http/shapes/decision-shapes.ts';
import { gateFacts, policies, snapshots } from '../domain/arbitraries.ts';
import { aState } from '../domain/build.ts';
import { poolCases, poolGates } from '../domain/pool-arbitraries.ts';
import { decideAfter, decideAgain, type ToldEntry } from './recompute.ts';

const RUNS = { numRuns: 500 };
const RUN = { sequence: 1, id: 'web/api', count: 1, firstMs: 0, lastMs: 0 };

/** Sums may be made in another order. */
function near(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null), (_key, one: unknown) =>
    typeof one === 'number' ? Math.round(one * 1e4) + 0 : one,
  );
}

/** As the API tells it, and nothing beside that. */
function tell(
  made: { type: 'job_group'; decision: GroupDecision } | { type: 'worker_pool'; decision: PoolDecision },
) {
  return JSON.parse(JSON.stringify(decisionEntry.encode({ ...RUN, ...made }))) as ToldEntry;
}

const NOW_MS = Date.UTC(2026, 0, 2);
const agoMs = fc.constantFrom(0, 1, 59_999, 60_000, 100_000, 3_600_000);

/** Cooldown and backoff as a stored state and a refusal make them. */
const waiting = fc
  .record({
    scaled: agoMs,
    failed: agoMs,
    failures: fc.nat(5),
    cooldownMs: fc.constantFrom(0, 60_000, 300_000),
  })
  .map(({ scaled, failed, failures, cooldownMs }) => {
    const state = {
      ...aState(),
      lastScalingEvent: formatInstant(NOW_MS - scaled),
      failureCount: failures,
      lastFailureEvent: failures === 0 ? '' : formatInstant(NOW_MS - failed),
    };
    const waits = waitsOf(state, { cooldownMs, nowMs: NOW_MS, refusedLeftMs: failures === 5 ? 7_000 : 0 });
    return { waits, left: leftOf(state, waits) };
  });

const groups = fc
  .record({ snapshot: snapshots, policy: policies, facts: gateFacts, waiting })
  .map(({ snapshot: given, policy, facts, waiting: { waits, left } }) => {
    const { cpu, mem } = given.usage;
    const snapshot = { ...given, usage: { ...given.usage, tasks: [{ task: 'main', cpu, mem }] } };
    const wish = judgeGroup(snapshot, policy);
    const gates = { ...facts, ...left };
    return tell({ type: 'job_group', decision: decideGroup(snapshot, policy, { wish, gates, waits }) });
  });

const pools = fc
  .record({ one: poolCases(), quiet: poolCases({ isQuiet: true }), gates: poolGates, waiting })
  .map((given) =>
    [given.one, given.quiet].flatMap(({ snapshot }) => {
      const judging = judgePool(snapshot);
      if (!judging.ok) return [];
      const { judgement } = judging;
      const asked = judgement.ask.kind === 'none' ? 0 : given.gates.asked;
      const decision = decidePool(snapshot, judgement, {
        ...given.gates,
        asked,
        ...given.waiting.left,
        waits: given.waiting.waits,
      });
      return [tell({ type: 'worker_pool', decision })];
    }),
  );

const entries = fc.oneof(
  groups.map((one) => [one]),
  pools,
);

describe('what is told of a decision', () => {
  test('is enough to make it again: wish, verdict, and every number that is made of others', () => {
    fc.assert(
      fc.property(entries, (all) => {
        for (const entry of all) {
          const { is, again } = decideAgain(entry);
          for (const [key, value] of Object.entries(is)) {
            const other = (again as Record<string, unknown>)[key];
            expect([key, near(other)]).toEqual([key, near(value)]);
          }
        }
      }),
      RUNS,
    );
  });
});

describe('what would have to change', () => {
  test('makes the decision that is named, where all of it comes true', () => {
    let open = 0;
    fc.assert(
      fc.property(entries, (all) => {
        for (const entry of all) {
          for (const { direction, to, conditions } of entry.ways.filter(({ never }) => never === '')) {
            open += 1;
            const wanted = { kind: 'scale', direction, to, reason: expect.any(String) };
            expect(decideAfter(entry, conditions)).toEqual(wanted);
          }
        }
      }),
      RUNS,
    );
    expect(open).toBeGreaterThan(RUNS.numRuns);
  });

  test('is all of it necessary: without one of the conditions nothing is done in that direction', () => {
    fc.assert(
      fc.property(entries, (all) => {
        for (const entry of all) {
          for (const { direction, conditions } of entry.ways) {
            for (const left of conditions) {
              const others = conditions.filter((one) => one !== left);
              expect(decideAfter(entry, others)).not.toMatchObject({ kind: 'scale', direction });
            }
          }
        }
      }),
      RUNS,
    );
  });

  test('is said of every held decision with numbers, for both directions or the one that is wished, and of no other', () => {
    fc.assert(
      fc.property(entries, (all) => {
        for (const { decision, ways } of all) {
          const isHeld = decision.verdict['kind'] === 'hold';
          const directions = new Set(ways.map(({ direction }) => direction));
          const wished = decision.wish['direction'];
          const wanted = !isHeld ? [] : wished === null ? ['in', 'out'] : [wished];
          expect([...directions].toSorted()).toEqual(wanted);
          for (const { never, conditions } of ways) expect(never === '').toBe(conditions.length > 0);
        }
      }),
      RUNS,
    );
  });
});

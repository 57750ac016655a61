import * as fc from 'fast-check';
import type { GateFacts } from '../../src/domain/decision/gates.ts';
import type { GroupSnapshot } from '../../src/domain/decision/judge-group.ts';
import type { GroupPolicy, Thresholds } from '../../src/domain/policy/group-policy.ts';
import type { AllocationFacts } from '../../src/domain/snapshot.ts';
import type { GroupUsage } from '../../src/domain/usage/measure-group.ts';
import { aGroup, anAllocation, aPolicyOf, MINUTE_MS, NOW_MS } from './build.ts';

/** Values at random for the properties of the domain. */

export const thresholds: fc.Arbitrary<Thresholds> = fc
  .tuple(fc.integer({ min: 0, max: 120 }), fc.integer({ min: 1, max: 120 }))
  .map(([scaleIn, above]) => ({ scaleIn, scaleOut: scaleIn + above }));

export const bounds = fc
  .tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 12 }))
  .map(([min, more]) => ({ min, max: min + more }));

/** A valid policy: at least one metric is judged. */
export const policies: fc.Arbitrary<GroupPolicy> = fc
  .record({
    enabled: fc.boolean(),
    within: bounds,
    cpu: thresholds,
    mem: thresholds,
    judged: fc.constantFrom('cpu', 'mem', 'both'),
    cooldownMs: fc.constantFrom(0, 60_000),
  })
  .map(({ enabled, within, cpu, mem, judged, cooldownMs }) => {
    const part = { enabled, ...within, cooldownMs, cpu, mem };
    return judged === 'both' ? { ...aPolicyOf('cpu', part), mem } : aPolicyOf(judged, part);
  });

const percents = fc.option(fc.integer({ min: 0, max: 250 }), { nil: undefined });

/** Measured never exceeds running. */
const usages: fc.Arbitrary<GroupUsage> = fc
  .tuple(fc.nat({ max: 14 }), fc.nat({ max: 14 }), percents, percents)
  .map(([some, others, cpu, mem]) => ({
    running: Math.max(some, others),
    measured: Math.min(some, others),
    cpu,
    mem,
    tasks: [],
  }));

const allocations: fc.Arbitrary<AllocationFacts> = fc
  .record({
    desiredStatus: fc.constantFrom('run', 'stop', 'evict'),
    clientStatus: fc.constantFrom('pending', 'running', 'unknown', 'complete', 'failed', 'lost'),
    ageMs: fc.integer({ min: 0, max: 20 * MINUTE_MS }),
  })
  .map(({ ageMs, ...statuses }) => anAllocation({ ...statuses, createdMs: NOW_MS - ageMs }));

export const snapshots: fc.Arbitrary<GroupSnapshot> = fc
  .record({
    count: fc.nat({ max: 30 }),
    healthyDeadlineMs: fc.constantFrom(0, 10 * MINUTE_MS),
    usage: usages,
    allocations: fc.array(allocations, { maxLength: 4 }),
    isLate: fc.boolean(),
  })
  .map(({ count, healthyDeadlineMs, ...rest }) => ({
    ...rest,
    group: aGroup({ count, healthyDeadlineMs }),
    nowMs: NOW_MS,
  }));

const leftMs = fc.constantFrom(0, 0, 1, 30_000);

export const gateFacts: fc.Arbitrary<GateFacts> = fc.record({
  failsafe: fc.boolean(),
  paused: fc.boolean(),
  operation: fc.boolean(),
  deployment: fc.boolean(),
  backoffLeftMs: leftMs,
  cooldownLeftMs: leftMs,
});

/** Texts that a decoder may meet: anything, JSON, and nearly JSON. */
export const documents: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.json({ maxDepth: 3 }),
  fc.json({ maxDepth: 2 }).map((text) => text.slice(0, -1)),
);

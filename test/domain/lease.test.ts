import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  attemptInMs,
  LEASE_TIMINGS,
  leaseLeftMs,
  leaseMs,
  type LeaseTimings,
  renewalEveryMs,
  timingFaults,
} from '../../src/domain/lease.ts';

const WRITE_DEADLINE_MS = 5_000;
const START = { wallMs: 1_000_000, monotonicMs: 500 };

function leftAfter(wallMs: number, monotonicMs: number): number {
  const now = { wallMs: START.wallMs + wallMs, monotonicMs: START.monotonicMs + monotonicMs };
  return leaseLeftMs(START, now, LEASE_TIMINGS);
}

describe('the lease', () => {
  test('has the timings of the specification', () => {
    expect(LEASE_TIMINGS).toEqual({
      ttlMs: 12_000,
      lockDelayMs: 15_000,
      marginMs: 2_000,
      renewEveryMs: 4_000,
      renewDeadlineMs: 3_000,
    });
    expect(leaseMs(LEASE_TIMINGS)).toBe(10_000);
  });

  test.each([
    ['whole at the start of the renewal', 0, 0, 10_000],
    ['less by what both clocks passed', 4_000, 4_000, 6_000],
    ['over after 10 s', 10_000, 10_000, 0],
    ['over by more later', 25_000, 25_000, -15_000],
    ['counted by the wall where the machine slept and the monotonic clock stood still', 60_000, 10, -50_000],
    ['counted by the monotonic clock where the wall was set back', -3_600_000, 7_000, 3_000],
    ['over at once where the wall was set forward', 3_600_000, 7_000, -3_590_000],
  ])('is %s', (_what, wallMs, monotonicMs, leftMs) => {
    expect(leftAfter(wallMs, monotonicMs)).toBe(leftMs);
  });

  test('never lasts longer than either clock allows', () => {
    const spans = fc.integer({ min: -100_000, max: 100_000 });
    fc.assert(
      fc.property(spans, spans, (wallMs, monotonicMs) => {
        expect(leftAfter(wallMs, monotonicMs)).toBeLessThanOrEqual(10_000 - Math.max(wallMs, monotonicMs));
      }),
    );
  });
});

describe('the timings', () => {
  const faultsOf = (part: Partial<LeaseTimings>): readonly string[] =>
    timingFaults({ ...LEASE_TIMINGS, ...part }, WRITE_DEADLINE_MS);

  test('that are the default have no fault', () => {
    expect(faultsOf({})).toEqual([]);
  });

  test.each([
    ['a lock-delay of the lease + 2 s', { lockDelayMs: 12_000 }, [/^lock-delay/]],
    ['a shorter one', { lockDelayMs: 1_000 }, [/^lock-delay/]],
    ['a lease shorter than renewal + call', { renewEveryMs: 5_001 }, [/^the lease/]],
    ['both', { ttlMs: 10_000, lockDelayMs: 10_000 }, [/^lock-delay/, /^the lease/]],
  ])('are refused with %s', (_what, part, faults) => {
    expect(faultsOf(part)).toEqual(faults.map((fault) => expect.stringMatching(fault) as string));
  });

  test.each([
    ['a lock-delay just above', { lockDelayMs: 12_001 }],
    ['a lease just long enough', { renewEveryMs: 5_000 }],
  ])('are taken with %s', (_what, part) => {
    expect(faultsOf(part)).toEqual([]);
  });
});

describe('the renewals', () => {
  test.each([
    [12_000, 4_000],
    [0, 4_000],
    [6_000, 4_000],
    [13_500, 4_500],
    [15_000, 5_000],
    [60_000, 5_000],
    [86_400_000, 5_000],
  ])('at a stated TTL of %i ms come every %i ms', (statedMs, everyMs) => {
    expect(renewalEveryMs(LEASE_TIMINGS, statedMs)).toBe(everyMs);
  });

  test('always leave enough of the lease for a call', () => {
    fc.assert(
      fc.property(fc.nat(), (statedMs) => {
        const everyMs = renewalEveryMs(LEASE_TIMINGS, statedMs);
        expect(timingFaults({ ...LEASE_TIMINGS, renewEveryMs: everyMs }, WRITE_DEADLINE_MS)).toEqual([]);
      }),
    );
  });
});

describe('the next try to take the lock', () => {
  test.each([
    ['at once before the first', true, Number.POSITIVE_INFINITY, 0],
    ['every second while the key is free', true, 0, 1_000],
    ['as soon as that second is over', true, 1_000, 0],
    ['what is left of it', true, 300, 700],
    ['every 10 s while somebody holds it', false, 0, 10_000],
    ['not sooner for having waited a second', false, 1_000, 9_000],
    ['at once when it is overdue', false, 99_000, 0],
  ])('comes %s', (_what, free, sinceAttemptMs, inMs) => {
    expect(attemptInMs({ free, sinceAttemptMs })).toBe(inMs);
  });
});

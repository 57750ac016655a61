import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatInstant, parseInstant, ZERO_TIME } from '../../src/domain/instant.ts';
import {
  afterAccepted,
  afterFailure,
  afterPutBack,
  afterSuccess,
  afterTrip,
  backoffLeftMs,
  cooldownLeftMs,
  initialState,
  type ScalingState,
  withoutFutureTimes,
} from '../../src/domain/scaling-state.ts';
import { aState, MINUTE_MS, NOW_MS } from './build.ts';

const NOW = formatInstant(NOW_MS);
const ago = (ms: number): string => formatInstant(NOW_MS - ms);
const DAY_MS = 24 * 60 * MINUTE_MS;

describe('the state of a resource that was never scaled', () => {
  test('is that of the Go releases', () => {
    const path = 'replicator/config/state/nodes/pool-a';
    expect(initialState({ name: 'pool-a', type: 'worker_pool', path })).toEqual({
      eligibleNodes: null,
      failsafeAdmin: false,
      failsafeMode: false,
      failureCount: 0,
      lastNotificationEvent: ZERO_TIME,
      lastScalingEvent: ZERO_TIME,
      lastUpdated: ZERO_TIME,
      resourceName: 'pool-a',
      resourceType: 'worker_pool',
      scaleInRequests: 0,
      scaleOutRequests: 0,
      statePath: path,
      lastFailureEvent: '',
      failedDrains: {},
      lastNode: undefined,
      alarmOpen: false,
      unknown: [],
    });
  });

  test('has neither cooldown nor backoff', () => {
    expect(cooldownLeftMs(aState(), 60_000, NOW_MS)).toBe(0);
    expect(backoffLeftMs(aState(), 60_000, NOW_MS)).toBe(0);
  });
});

describe('the cooldown', () => {
  test.each([
    ['begins with the event', 0, 60_000],
    ['runs down', 20_000, 40_000],
    ['has a last millisecond', 59_999, 1],
    ['ends after its time', 60_000, 0],
    ['stays ended', 3_600_000, 0],
    ['counts an event in the future as now', -DAY_MS, 60_000],
  ])('%s', (_what, agoMs, leftMs) => {
    expect(cooldownLeftMs(aState({ lastScalingEvent: ago(agoMs) }), 60_000, NOW_MS)).toBe(leftMs);
  });

  test('of 0 is never there', () => {
    expect(cooldownLeftMs(aState({ lastScalingEvent: NOW }), 0, NOW_MS)).toBe(0);
  });
});

describe('the backoff', () => {
  const failed = (failureCount: number, agoMs = 0): ScalingState =>
    aState({ failureCount, lastFailureEvent: ago(agoMs) });

  test.each([
    [1, 60_000],
    [2, 120_000],
    [3, 240_000],
    [6, 1_920_000],
    [7, 3_600_000],
    [2_000, 3_600_000],
  ])('after %i failures is the cooldown doubled for each but the first, 1 h at most', (failures, leftMs) => {
    expect(backoffLeftMs(failed(failures), 60_000, NOW_MS)).toBe(leftMs);
  });

  test('runs down from the last failure', () => {
    expect(backoffLeftMs(failed(2, 50_000), 60_000, NOW_MS)).toBe(70_000);
  });

  test('is none where the Go release counted the failures: it kept no time', () => {
    expect(backoffLeftMs(aState({ failureCount: 2 }), 60_000, NOW_MS)).toBe(0);
  });

  test('is none once an operation has succeeded', () => {
    expect(backoffLeftMs(afterSuccess(failed(2)), 60_000, NOW_MS)).toBe(0);
  });

  test('is none without a cooldown, however many failures there are', () => {
    expect(backoffLeftMs(failed(5_000), 0, NOW_MS)).toBe(0);
  });
});

describe('an accepted request', () => {
  test.each([
    ['out', 1, 0],
    ['in', 0, 1],
  ] as const)('%s starts the cooldown and is counted in its direction', (direction, out, into) => {
    expect(afterAccepted(aState(), direction, NOW_MS)).toEqual(
      aState({ lastScalingEvent: NOW, scaleOutRequests: out, scaleInRequests: into }),
    );
  });

  test('leaves failures as they are: only success forgets them', () => {
    expect(afterAccepted(aState({ failureCount: 2 }), 'out', NOW_MS).failureCount).toBe(2);
  });
});

describe('the end of an operation', () => {
  test('in success forgets failures and nothing else', () => {
    const before = aState({
      failureCount: 2,
      lastFailureEvent: ago(1),
      failsafeMode: true,
      scaleInRequests: 4,
    });
    expect(afterSuccess(before)).toEqual({ ...before, failureCount: 0, lastFailureEvent: '' });
  });

  test('in failure counts and remembers when', () => {
    expect(afterFailure(aState({ failureCount: 1 }), 3, NOW_MS)).toEqual(
      aState({ failureCount: 2, lastFailureEvent: NOW }),
    );
  });

  test('in the failure that reaches the threshold sets failsafe', () => {
    expect(afterFailure(aState({ failureCount: 2 }), 3, NOW_MS)).toMatchObject({
      failureCount: 3,
      failsafeMode: true,
    });
    expect(afterFailure(aState(), 1, NOW_MS)).toMatchObject({ failureCount: 1, failsafeMode: true });
  });

  test('with the count put back starts the cooldown and counts nothing', () => {
    const before = aState({ failureCount: 1, scaleOutRequests: 3 });
    expect(afterPutBack(before, NOW_MS)).toEqual({ ...before, lastScalingEvent: NOW });
  });
});

describe('failsafe', () => {
  test.each([
    ['is set where the failures are as many as the threshold', { failureCount: 2 }, 2, true],
    ['is set where they are more', { failureCount: 9 }, 2, true],
    ['is not set below it', { failureCount: 1 }, 2, false],
    ['stays set below it: only an operator resets it', { failureCount: 0, failsafeMode: true }, 2, true],
  ])('%s', (_what, part, threshold, set) => {
    expect(afterTrip(aState(part), threshold).failsafeMode).toBe(set);
  });

  test('leaves a state alone that need not change', () => {
    const state = aState({ failsafeMode: true, failureCount: 5 });
    expect(afterTrip(state, 2)).toBe(state);
  });

  test('tripped by failures is not an operator’s', () => {
    expect(afterTrip(aState({ failureCount: 2 }), 2).failsafeAdmin).toBe(false);
  });
});

describe('times from the future', () => {
  test('are moved to now, so that a clock that was set back delays nothing for long', () => {
    const far = { lastScalingEvent: ago(-DAY_MS), failureCount: 1, lastFailureEvent: ago(-DAY_MS) };
    const settled = withoutFutureTimes(aState(far), NOW_MS);
    expect(settled).toMatchObject({ lastScalingEvent: NOW, lastFailureEvent: NOW });
    expect(backoffLeftMs(settled, 60_000, NOW_MS + MINUTE_MS)).toBe(0);
    expect(cooldownLeftMs(settled, 60_000, NOW_MS + MINUTE_MS)).toBe(0);
  });

  test.each([
    ['of a clock a little ahead', -MINUTE_MS],
    ['of now', 0],
    ['of the past', DAY_MS],
  ])('%s stay as they are', (_what, agoMs) => {
    const state = aState({ lastScalingEvent: ago(agoMs), lastFailureEvent: ago(agoMs) });
    expect(withoutFutureTimes(state, NOW_MS)).toEqual(state);
  });

  test('that are none stay none', () => {
    expect(withoutFutureTimes(aState(), NOW_MS)).toEqual(aState());
  });
});

describe('whatever has happened', () => {
  const events = fc.array(fc.constantFrom('accepted', 'success', 'failure', 'put back'), { maxLength: 20 });

  function follow(names: readonly string[]): ScalingState {
    return names.reduce((state, name, at) => {
      const nowMs = NOW_MS + at * MINUTE_MS;
      if (name === 'accepted') return afterAccepted(state, 'out', nowMs);
      if (name === 'success') return afterSuccess(state);
      return name === 'failure' ? afterFailure(state, 3, nowMs) : afterPutBack(state, nowMs);
    }, aState());
  }

  test('three failures in a row set failsafe, and nothing of ours resets it', () => {
    fc.assert(
      fc.property(events, events, (before, after) => {
        const failed = follow([...before, 'failure', 'failure', 'failure', ...after]);
        expect(failed.failsafeMode).toBe(true);
      }),
    );
  });

  test('what is left of a wait is between 0 and the whole of it, and every time can be read', () => {
    fc.assert(
      fc.property(events, fc.integer({ min: -DAY_MS, max: DAY_MS }), (names, offMs) => {
        const state = follow(names);
        expect(parseInstant(state.lastScalingEvent)).toBeDefined();
        for (const leftMs of [
          cooldownLeftMs(state, 60_000, NOW_MS + offMs),
          backoffLeftMs(state, 60_000, NOW_MS + offMs),
        ]) {
          expect(leftMs).toBeGreaterThanOrEqual(0);
          expect(leftMs).toBeLessThanOrEqual(3_600_000);
        }
      }),
    );
  });
});

import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { scaledClock, systemClock } from '../../../src/adapters/system/clock.ts';
import type { Clock } from '../../../src/ports/clock.ts';

const never = () => new AbortController().signal;

describe('the system clock', () => {
  const clock = systemClock();

  test('shows the wall clock, and a monotonic one that goes on', async () => {
    const before = clock.monotonicMs();
    expect(Math.abs(clock.now() - Date.now())).toBeLessThan(1_000);
    await clock.sleep(20, never());
    expect(clock.monotonicMs() - before).toBeGreaterThanOrEqual(19);
  });

  test('a sleep that is aborted rejects with the reason, at once and before', async () => {
    const controller = new AbortController();
    const reason = new Error('stopping');
    const sleeping = clock.sleep(60_000, controller.signal);
    controller.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
    await expect(clock.sleep(1, controller.signal)).rejects.toBe(reason);
  });

  test('sleeps leave no listener on a long-lived signal', async () => {
    const { signal } = new AbortController();
    for (let done = 0; done < 100; done += 1) await clock.sleep(0, signal);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  test('runs something later, or not when it is called off', async () => {
    const ran: string[] = [];
    const callOff = clock.after(1, () => ran.push('called off'));
    const done = new Promise<void>((resolve) => {
      clock.after(5, () => {
        ran.push('later');
        resolve();
      });
    });
    callOff();
    await Promise.all([done, clock.sleep(20, never())]);
    expect(ran).toEqual(['later']);
  });

  test('a wait beyond what a timer holds does not end at once', async () => {
    const ran: string[] = [];
    const callOff = clock.after(Number.MAX_SAFE_INTEGER, () => ran.push('too early'));
    await clock.sleep(20, never());
    callOff();
    expect(ran).toEqual([]);
  });
});

describe('a scaled clock', () => {
  function settable(): Clock & { time: number; readonly waits: number[] } {
    const waits: number[] = [];
    return {
      time: 1_000,
      waits,
      now() {
        return this.time;
      },
      monotonicMs() {
        return this.time - 900;
      },
      sleep: async (ms) => void waits.push(ms),
      after: (ms) => {
        waits.push(ms);
        return () => {};
      },
    };
  }

  test('shows the base time at its start and runs on faster', () => {
    const base = settable();
    const clock = scaledClock(base, { startedMs: 1_000, speed: 60 });
    const monotonic = clock.monotonicMs();
    expect(clock.now()).toBe(1_000);
    base.time += 10;
    expect(clock.now()).toBe(1_600);
    expect(clock.monotonicMs() - monotonic).toBe(600);
  });

  test('made later or elsewhere from the same scale, it shows the same', () => {
    const base = settable();
    const first = scaledClock(base, { startedMs: 1_000, speed: 60 });
    base.time += 77;
    expect(scaledClock(base, { startedMs: 1_000, speed: 60 }).now()).toBe(first.now());
  });

  test('takes waits in its own time', async () => {
    const base = settable();
    const clock = scaledClock(base, { startedMs: 1_000, speed: 60 });
    await clock.sleep(60_000, never());
    clock.after(6_000, () => {});
    expect(base.waits).toEqual([1_000, 100]);
  });
});

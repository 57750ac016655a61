import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../ports/clock.ts';

/** The longest wait a timer of Node can hold, about 24.8 days; longer ones end then. */
const LONGEST_WAIT_MS = 2_147_483_647;

/** How a scaled clock relates to the one below it. */
export interface ClockScale {
  /** Wall time of the base clock at which both show the same, milliseconds since the epoch. */
  readonly startedMs: number;
  /** How many times as fast time passes. */
  readonly speed: number;
}

/** The machine's time: wall clock, and on Linux CLOCK_MONOTONIC, which stands still during a suspend. */
export function systemClock(): Clock {
  return {
    now: () => Date.now(),
    monotonicMs: () => performance.now(),
    sleep,
    after: (ms, run) => {
      const timer = setTimeout(run, toWait(ms)).unref();
      return () => clearTimeout(timer);
    },
  };
}

/**
 * A clock that runs `speed` times as fast as `base`; all times given to it are its own. Processes that share
 * base and scale show the same wall time.
 */
export function scaledClock(base: Clock, scale: ClockScale): Clock {
  const { startedMs, speed } = scale;
  return {
    now: () => Math.floor(startedMs + (base.now() - startedMs) * speed),
    monotonicMs: () => base.monotonicMs() * speed,
    sleep: (ms, signal) => base.sleep(ms / speed, signal),
    after: (ms, run) => base.after(ms / speed, run),
  };
}

async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(toWait(ms), undefined, { signal });
  } catch (failure) {
    throw signal.aborted ? signal.reason : failure;
  }
}

function toWait(ms: number): number {
  return Math.min(Math.max(ms, 0), LONGEST_WAIT_MS);
}

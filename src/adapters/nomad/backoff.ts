import type { Clock } from '../../ports/clock.ts';
import { isPortError } from '../../ports/port-error.ts';

/** Between tries of what is followed for as long as the agent lives. */
export const FOLLOW_BACKOFF = { firstMs: 500, mostMs: 8_000 };

/** How long to wait between attempts: doubling from `firstMs` up to `mostMs`, the upper half of it random. */
export interface Backoff {
  readonly firstMs: number;
  readonly mostMs: number;
}

const MOST_ASKED_MS = 60_000;

/** A failure: the how manieth in a row (1 = first), a random number below 1, and what was thrown. */
export interface Failure {
  readonly failures: number;
  readonly random: number;
  readonly error?: unknown;
}

/** Milliseconds to wait after a failure; a longer wait that the server asks for is kept, up to a minute. */
export function backoffMs(plan: Backoff, { failures, random, error }: Failure): number {
  const doubled = Math.min(plan.mostMs, plan.firstMs * 2 ** Math.min(failures - 1, 30));
  const asked = isPortError(error, 'throttled') ? Math.min(error.detail.retryAfterMs ?? 0, MOST_ASKED_MS) : 0;
  return Math.max(asked, doubled * (0.5 + random / 2));
}

/** Sleeps; false when the signal was aborted meanwhile. */
export async function slept(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await clock.sleep(ms, signal);
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}

import { nsOfMs } from './time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Random } from '../random.ts';
import type { Store } from './store.ts';
import type { Timing } from './timing.ts';

/** What every part of the world works with. */
export interface Context {
  readonly clock: Clock;
  readonly random: Random;
  readonly store: Store;
  readonly timing: Timing;
}

/** The wall clock in nanoseconds. */
export function nowNs(context: Context): bigint {
  return nsOfMs(context.clock.now(), context.random.int(0, 999_999));
}

/** Runs something after a time drawn from the range; the answer cancels it. */
export function later(context: Context, rangeMs: readonly [number, number], run: () => void): () => void {
  return context.clock.after(context.random.between(rangeMs), run);
}

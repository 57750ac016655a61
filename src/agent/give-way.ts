import type { Clock } from '../ports/clock.ts';
import type { LockHolder } from './lock-holder.ts';
import type { LockUse } from './locks.ts';
import { startLoop } from './loop.ts';

/** A leader that hears nothing of Nomad gives way to whoever may do better. */
export interface GivingWay {
  /** False for 30 s after giving way, unless Nomad is heard again or nobody else has taken the lock. */
  mayStand(): boolean;
  stop(): Promise<void>;
}

export interface GivingWayOptions extends Pick<LockUse, 'unheardMs' | 'unheardLimitMs'> {
  readonly clock: Clock;
  readonly holder: () => LockHolder;
  readonly quiet: () => Promise<void>;
  /** True when another agent may do better. */
  readonly hasOthers: () => boolean;
}

const LOOK_EVERY_MS = 1_000;
/** How long it leaves the lock to others; as long as they need to take it, when there are none. */
const ASIDE_MS = 30_000;
const ALONE_MS = 3_000;
/** Not oftener than this, so that agents that all hear nothing do not pass the lock around. */
const AGAIN_MS = 5 * 60_000;

/** Looks every second. */
export function giveWay(options: GivingWayOptions): GivingWay {
  const { clock, holder } = options;
  const state = { gaveMs: Number.NEGATIVE_INFINITY };
  const isDeaf = (): boolean => options.unheardMs() > options.unheardLimitMs();
  const sinceMs = (): number => clock.monotonicMs() - state.gaveMs;
  const loop = startLoop({
    clock,
    everyMs: () => LOOK_EVERY_MS,
    offsetMs: LOOK_EVERY_MS,
    run: async () => {
      if (!holder().term()) return holder().reconsider();
      if (!isDeaf() || sinceMs() < AGAIN_MS || !options.hasOthers()) return;
      state.gaveMs = clock.monotonicMs();
      const seconds = Math.round(options.unheardMs() / 1_000);
      await holder().giveUp(`Nomad has not been heard for ${seconds} s: others may do better`, options.quiet);
    },
    failed: () => undefined,
  });
  return {
    mayStand: () => !isDeaf() || sinceMs() >= (holder().isFree() ? ALONE_MS : ASIDE_MS),
    stop: () => loop.stop(),
  };
}

import type { Clock } from '../../ports/clock.ts';
import { onAbort } from './on-abort.ts';

/** An abort signal with a deadline and outer signals; `release` lets go of both. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** True when the deadline, not an outer signal, aborted it. */
  passed(): boolean;
  /** Begins anew: `ms` from now. */
  renew(ms: number): void;
  release(): void;
}

/** Aborts after `ms` of the clock, or with the first of the outer signals. */
export function startDeadline(clock: Clock, ms: number, outer: readonly AbortSignal[]): Deadline {
  const controller = new AbortController();
  let passed = false;
  const end = (): void => {
    passed = !controller.signal.aborted;
    controller.abort(new Error('deadline'));
  };
  let cancel = clock.after(ms, end);
  const leave = outer.map((signal) => onAbort(signal, () => controller.abort(signal.reason)));
  return {
    signal: controller.signal,
    passed: () => passed,
    renew: (anew) => {
      cancel();
      cancel = clock.after(anew, end);
    },
    release: () => {
      cancel();
      for (const letGo of leave) letGo();
    },
  };
}

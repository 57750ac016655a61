import type { Clock } from '../../ports/clock.ts';

/** An abort signal with a deadline and outer signals; `release` lets go of both. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** True when the deadline, not an outer signal, aborted it. */
  passed(): boolean;
  release(): void;
}

/** Aborts after `ms` of the clock, or with the first of the outer signals. */
export function startDeadline(clock: Clock, ms: number, outer: readonly AbortSignal[]): Deadline {
  const controller = new AbortController();
  let passed = false;
  const stop = (event?: Event): void =>
    controller.abort(event?.target instanceof AbortSignal ? event.target.reason : undefined);
  const cancel = clock.after(ms, () => {
    passed = !controller.signal.aborted;
    controller.abort(new Error('deadline'));
  });
  for (const signal of outer) {
    if (signal.aborted) controller.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  }
  return {
    signal: controller.signal,
    passed: () => passed,
    release: () => {
      cancel();
      for (const signal of outer) signal.removeEventListener('abort', stop);
    },
  };
}

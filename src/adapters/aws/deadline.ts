import { setMaxListeners } from 'node:events';
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
  const cancel = clock.after(ms, () => {
    passed = !controller.signal.aborted;
    controller.abort(new Error('deadline'));
  });
  const leave = outer.map((signal) => onAbort(signal, () => controller.abort(signal.reason)));
  return {
    signal: controller.signal,
    passed: () => passed,
    release: () => {
      cancel();
      for (const letGo of leave) letGo();
    },
  };
}

/**
 * Calls `run` once when the signal is aborted, at once if it has been; the answer takes that back. Many
 * calls under way listen to one signal, so Node's warning of a leak at the eleventh is off for it.
 */
export function onAbort(signal: AbortSignal, run: () => void): () => void {
  if (signal.aborted) {
    run();
    return () => undefined;
  }
  setMaxListeners(0, signal);
  signal.addEventListener('abort', run, { once: true });
  return () => signal.removeEventListener('abort', run);
}

/** Settles with the promise, or rejects at once when the signal is aborted: the SDK may be busy with other things. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const letGo = onAbort(signal, () => reject(signal.reason));
    promise.then(resolve, reject).finally(letGo);
  });
}

import type { Clock } from '../../ports/clock.ts';
import { mergedGuard } from './radix.ts';
import type { SortedKeys } from './radix.ts';

/** What a blocking read waits on: one key, or every key that starts with the guard of a radix node. */
export type Watch = { readonly key: string } | { readonly guard: string };

/** What one raft entry did to a table. */
export interface Touched {
  readonly written: readonly string[];
  readonly removed: readonly string[];
}

interface Waiter {
  readonly watch: Watch;
  readonly wake: () => void;
  readonly fail: (error: Error) => void;
}

function isHit(watch: Watch, touched: readonly string[], merged: ReadonlySet<string | undefined>): boolean {
  if ('key' in watch) return touched.includes(watch.key);
  return merged.has(watch.guard) || touched.some((key) => key.startsWith(watch.guard));
}

interface Settleable {
  readonly promise: Promise<boolean>;
  readonly resolve: (isWoken: boolean) => void;
  readonly reject: (error: unknown) => void;
}

function settleable(): Settleable {
  let resolve: Settleable['resolve'] = () => undefined;
  let reject: Settleable['reject'] = () => undefined;
  const promise = new Promise<boolean>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

/** The blocking reads of one table. */
export class Watchers {
  readonly #waiters = new Set<Waiter>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** True when woken by a change, false after `waitMs`; rejects with the signal's reason. */
  async wait(watch: Watch, waitMs: number, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = settleable();
    const onAbort = (): void => reject(signal.reason);
    const waiter: Waiter = { watch, wake: () => resolve(true), fail: reject };
    const cancelTimer = this.#clock.after(waitMs, () => resolve(false));
    this.#waiters.add(waiter);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await promise;
    } finally {
      cancelTimer();
      this.#waiters.delete(waiter);
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Cuts every waiting read off: the server has died. */
  cut(error: Error): void {
    for (const waiter of this.#waiters) waiter.fail(error);
  }

  /** Wakes whoever waits on what was touched; `keys` are the table's keys after the change. */
  notify(touched: Touched, keys: SortedKeys): void {
    if (this.#waiters.size === 0) return;
    const all = [...touched.written, ...touched.removed];
    const merged = new Set(touched.removed.map((key) => mergedGuard(keys, key)));
    for (const waiter of this.#waiters) if (isHit(waiter.watch, all, merged)) waiter.wake();
  }

  /** How many reads are waiting. */
  get size(): number {
    return this.#waiters.size;
  }
}

import type { Clock } from '../../ports/clock.ts';

const MAX_DELAY_MS = 60_000;

/** Until when each key refuses a new holder after its last one was invalidated; outlives the key itself. */
export class LockDelays {
  readonly #clock: Clock;
  readonly #openAtMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  begin(key: string, delayMs: number): void {
    if (delayMs <= 0) return;
    this.#openAtMs.set(key, this.#clock.monotonicMs() + Math.min(delayMs, MAX_DELAY_MS));
  }

  isClosed(key: string): boolean {
    const openAtMs = this.#openAtMs.get(key);
    if (openAtMs === undefined) return false;
    if (openAtMs > this.#clock.monotonicMs()) return true;
    this.#openAtMs.delete(key);
    return false;
  }
}

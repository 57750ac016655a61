import type { Clock } from '../../ports/clock.ts';
import type { ReadMeta } from './answers.ts';
import { ConsulRefusal } from './consul-error.ts';

const HOLD_MS = 7_000;

/** Whether the server has a leader: without one a request is held for 7 s and then refused. */
export class Leader {
  readonly #clock: Clock;
  readonly #waiting = new Set<() => void>();
  #lostAtMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isThere(): boolean {
    return this.#lostAtMs === undefined;
  }

  lose(): void {
    this.#lostAtMs ??= this.#clock.monotonicMs();
  }

  gain(): void {
    this.#lostAtMs = undefined;
    for (const proceed of this.#waiting) proceed();
  }

  /** Resolves when there is a leader; refuses (500) after 7 s, rejects when the caller hangs up. */
  async need(signal: AbortSignal): Promise<void> {
    const heldUntilMs = this.#clock.monotonicMs() + HOLD_MS;
    while (!this.isThere) {
      const restMs = heldUntilMs - this.#clock.monotonicMs();
      if (restMs <= 0) throw new ConsulRefusal(500, 'No cluster leader');
      await this.#pause(restMs, signal);
    }
  }

  meta(): ReadMeta {
    if (this.#lostAtMs === undefined) return { knowsLeader: true, lastContactMs: 0 };
    return {
      knowsLeader: false,
      lastContactMs: Math.trunc(this.#clock.monotonicMs() - this.#lostAtMs),
    };
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    const gained = new AbortController();
    const proceed = (): void => gained.abort();
    this.#waiting.add(proceed);
    try {
      await this.#clock.sleep(ms, AbortSignal.any([signal, gained.signal]));
    } catch (error) {
      if (signal.aborted || !gained.signal.aborted) throw error;
    } finally {
      this.#waiting.delete(proceed);
    }
  }
}

import type { Clock } from '../ports/clock.ts';
import { TimerQueue } from './timer-queue.ts';

export interface VirtualClockOptions {
  /** Wall clock at the start, milliseconds since the epoch. */
  readonly wallMs?: number;
  /** How many event-loop turns without activity count as quiet. */
  readonly quietTurns?: number;
}

const DEFAULT_WALL_MS = Date.UTC(2026, 0, 5, 8, 0, 0);

/**
 * A clock that only moves when told to. Timers fire in order of time, then of insertion, and all
 * promise work settles between two of them, so a run is repeatable.
 */
export class VirtualClock implements Clock {
  private monotonic = 0;
  private wallOffset: number;
  private readonly quietTurns: number;
  private readonly timers = new TimerQueue();
  private activityCount = 0;
  private advancing = false;

  constructor(options: VirtualClockOptions = {}) {
    this.wallOffset = options.wallMs ?? DEFAULT_WALL_MS;
    this.quietTurns = options.quietTurns ?? 2;
  }

  now(): number {
    return this.wallOffset + this.monotonic;
  }

  monotonicMs(): number {
    return this.monotonic;
  }

  /** Sets the wall clock, as an owner of the machine would; timers are not touched. */
  setWall(ms: number): void {
    this.wallOffset = ms - this.monotonic;
  }

  after(ms: number, run: () => void): () => void {
    return this.timers.add(this.monotonic + Math.max(0, ms), run);
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(abortReason(signal));
        return;
      }
      const aborted = (): void => {
        cancel();
        reject(abortReason(signal));
      };
      const cancel = this.after(ms, () => {
        signal.removeEventListener('abort', aborted);
        resolve();
      });
      signal.addEventListener('abort', aborted, { once: true });
    });
  }

  /** Told by in-memory transports whenever something moved, so that the clock waits for what follows. */
  activity(): void {
    this.activityCount += 1;
  }

  advance(ms: number): Promise<void> {
    return this.advanceTo(this.monotonic + ms);
  }

  /** Moves to a monotonic time, firing what is due on the way. */
  async advanceTo(monotonicMs: number): Promise<void> {
    if (this.advancing) throw new Error('the virtual clock is already advancing');
    this.advancing = true;
    try {
      await this.settle();
      for (let timer = this.timers.takeDue(monotonicMs); timer; timer = this.timers.takeDue(monotonicMs)) {
        this.monotonic = Math.max(this.monotonic, timer.atMs);
        timer.run();
        await this.settle();
      }
      this.monotonic = Math.max(this.monotonic, monotonicMs);
    } finally {
      this.advancing = false;
    }
  }

  /** Time goes by and nothing is fired, as for a process that is stopped; what fell due fires with the next advance. */
  stall(ms: number): void {
    this.monotonic += ms;
  }

  /** Lets promises, stream events and immediates run until nothing moves any more. */
  async settle(): Promise<void> {
    let seen = this.activityCount;
    for (let quiet = 0; quiet < this.quietTurns; quiet += 1) {
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
      if (this.activityCount !== seen) quiet = -1;
      seen = this.activityCount;
    }
  }
}

function abortReason({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

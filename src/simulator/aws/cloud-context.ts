import type { Clock } from '../../ports/clock.ts';
import type { Random } from '../random.ts';
import type { CloudState } from './cloud-state.ts';
import type { CloudTiming } from './cloud-timing.ts';

/** How a group behaves. All of it can be changed while it runs. */
export interface GroupSettings {
  timing: CloudTiming;
  /** So many of the next launches fail; Infinity: all. */
  failLaunches: number;
  /** What a failed launch says. */
  launchFailure: string;
}

/** What every part of the cloud works with. */
export interface CloudContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly state: CloudState;
  readonly timers: CloudTimers;
  /** By key of the group. */
  readonly settings: Map<string, GroupSettings>;
}

/** The cloud's timers: all of them end with it. */
export class CloudTimers {
  private readonly clock: Clock;
  private readonly random: Random;
  private readonly cancels = new Set<() => void>();

  constructor(clock: Clock, random: Random) {
    this.clock = clock;
    this.random = random;
  }

  /** Runs something after a time drawn from the range; the answer cancels it. */
  after(rangeMs: readonly [number, number], run: () => void): () => void {
    const cancelTimer = this.clock.after(this.random.between(rangeMs), () => {
      this.cancels.delete(cancel);
      run();
    });
    const cancel = (): void => {
      this.cancels.delete(cancel);
      cancelTimer();
    };
    this.cancels.add(cancel);
    return cancel;
  }

  stop(): void {
    for (const cancel of this.cancels) cancel();
  }
}

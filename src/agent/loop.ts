import { setMaxListeners } from 'node:events';
import type { Clock } from '../ports/clock.ts';

/** A round that runs again and again, never overlapping itself. */
export interface Loop {
  /** Runs an extra round now (after the one under way, if there is one); the rhythm stays. */
  wake(): void;
  /** The next round of the rhythm is due within that time. */
  hasten(withinMs: number): void;
  /** The interval has changed: a next round that is further off than that is due that much from now. */
  retime(): void;
  /** Ends after the round under way, whose signal is aborted. Resolves when it is over. */
  stop(): Promise<void>;
}

export interface LoopOptions {
  readonly clock: Clock;
  /** Asked before each wait: a changed interval counts from the next round. */
  readonly everyMs: () => number;
  /** Wait before the first round. */
  readonly offsetMs: number;
  /** One round. What it throws is given to `failed`; the loop goes on. */
  readonly run: (signal: AbortSignal) => Promise<void>;
  readonly failed: (error: unknown) => void;
  /** Told after each round of the rhythm (not of extra ones): how far it began behind its time, and how long it took. */
  readonly ended?: ((round: { readonly lateMs: number; readonly tookMs: number }) => void) | undefined;
}

/** Starts a loop at a fixed rate; rounds that are missed are left out, not made up for. */
export function startLoop(options: LoopOptions): Loop {
  const ending = new AbortController();
  setMaxListeners(0, ending.signal);
  const alarm: Alarm = { wake: () => undefined, due: false, latestMs: Number.POSITIVE_INFINITY };
  const done = turn(options, ending.signal, alarm);
  const hasten = (withinMs: number): void => {
    alarm.latestMs = options.clock.monotonicMs() + withinMs;
    alarm.wake();
  };
  return {
    wake: () => {
      alarm.due = true;
      alarm.wake();
    },
    hasten,
    retime: () => hasten(options.everyMs()),
    stop: async () => {
      ending.abort();
      await done;
    },
  };
}

interface Alarm {
  wake: () => void;
  due: boolean;
  /** The next round of the rhythm is due by then. */
  latestMs: number;
}

async function turn(options: LoopOptions, signal: AbortSignal, alarm: Alarm): Promise<void> {
  const { clock } = options;
  let nextMs = clock.monotonicMs() + options.offsetMs;
  while (!signal.aborted) {
    nextMs = Math.min(nextMs, alarm.latestMs);
    alarm.latestMs = Number.POSITIVE_INFINITY;
    if (!alarm.due) await pause(clock, nextMs - clock.monotonicMs(), { signal, alarm });
    if (signal.aborted) return;
    if (!alarm.due && clock.monotonicMs() < nextMs) continue;
    const isExtra = alarm.due;
    alarm.due = false;
    const beganMs = clock.monotonicMs();
    try {
      await options.run(signal);
    } catch (error) {
      if (!signal.aborted) options.failed(error);
    }
    if (isExtra) continue;
    options.ended?.({ lateMs: Math.max(0, beganMs - nextMs), tookMs: clock.monotonicMs() - beganMs });
    const everyMs = options.everyMs();
    const missed = Math.max(0, Math.ceil((clock.monotonicMs() - nextMs) / everyMs) - 1);
    nextMs += everyMs * (missed + 1);
  }
}

/** Waits for the time, the alarm or the end, whichever comes first. */
function pause(
  clock: Clock,
  ms: number,
  ends: { readonly signal: AbortSignal; readonly alarm: Alarm },
): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      cancel();
      ends.signal.removeEventListener('abort', finish);
      ends.alarm.wake = (): void => undefined;
      resolve();
    };
    const cancel = clock.after(Math.max(0, ms), finish);
    ends.alarm.wake = finish;
    ends.signal.addEventListener('abort', finish, { once: true });
  });
}

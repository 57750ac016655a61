import type { NoticeSeverity } from '../domain/notice-table.ts';
import type { Clock } from '../ports/clock.ts';
import type { Notice, Notifier } from '../ports/notifier.ts';
import { isPortError } from '../ports/port-error.ts';
import type { Emit } from './events.ts';
import { asError, rest } from './moment.ts';

/** Delivers notices to one notifier, one after the other, in their order. Nobody waits for it. */
export interface NoticeQueue {
  /** `settled` is told once whether it was delivered. Never throws. */
  add(notice: Notice, settled: (delivered: boolean) => void): void;
  /** What waits gets one attempt each while `graceMs` last; then what is in flight is aborted. */
  stop(graceMs: number): Promise<void>;
}

export interface NoticeQueueOptions {
  readonly notifier: Notifier;
  readonly clock: Clock;
  /** 0 ≤ value < 1: jitter. */
  readonly random: () => number;
  readonly emit: Emit;
}

/** So many wait at the most; the least severe are dropped first, the oldest of them first. */
export const MOST_WAITING = 100;
/** No further attempt at a notice begins later than this after its first. */
export const PATIENCE_MS = 600_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;

interface Entry {
  readonly notice: Notice;
  readonly settled: (delivered: boolean) => void;
}

interface Delivery extends NoticeQueueOptions {
  readonly waiting: Entry[];
  /** Aborted when the grace of a stop is over. */
  readonly ending: AbortController;
  /** Aborted when a stop begins: nobody waits for a better time any more. */
  readonly hurrying: AbortController;
  /** True from a failure to the next success. */
  isFailing: boolean;
  running: Promise<void> | undefined;
}

/** Starts empty. */
export function createNoticeQueue(options: NoticeQueueOptions): NoticeQueue {
  const delivery: Delivery = {
    ...options,
    waiting: [],
    ending: new AbortController(),
    hurrying: new AbortController(),
    isFailing: false,
    running: undefined,
  };
  return {
    add: (notice, settled) => {
      const entry = { notice, settled };
      if (delivery.ending.signal.aborted) return drop(delivery, entry);
      delivery.waiting.push(entry);
      while (delivery.waiting.length > MOST_WAITING) drop(delivery, leastOf(delivery.waiting));
      delivery.running ??= work(delivery);
    },
    stop: async (graceMs) => {
      delivery.hurrying.abort();
      const cancel = options.clock.after(graceMs, () => delivery.ending.abort());
      await delivery.running;
      cancel();
      delivery.ending.abort();
    },
  };
}

async function work(delivery: Delivery): Promise<void> {
  for (let entry = delivery.waiting.shift(); entry; entry = delivery.waiting.shift()) {
    if (delivery.ending.signal.aborted) drop(delivery, entry);
    else entry.settled(await deliver(delivery, entry.notice));
  }
  delivery.running = undefined;
}

/** Attempts until it is delivered or there is no point in another one. */
async function deliver(delivery: Delivery, notice: Notice): Promise<boolean> {
  const { notifier, clock, emit, ending, hurrying } = delivery;
  const startedMs = clock.monotonicMs();
  for (let failures = 1; ; failures += 1) {
    try {
      await notifier.notify(notice, ending.signal);
      delivery.isFailing = false;
      emit({ kind: 'notice-sent', notifier: notifier.name, notice });
      return true;
    } catch (thrown) {
      const error = asError(thrown);
      const waitMs = waitAfter(error, failures, delivery.random());
      const isLast = hurrying.signal.aborted || clock.monotonicMs() + waitMs - startedMs > PATIENCE_MS;
      if (isLast || !mayPass(error)) return fail(delivery, notice, error);
      if (!delivery.isFailing) emit({ kind: 'notice-delayed', notifier: notifier.name, error });
      delivery.isFailing = true;
      await rest(clock, waitMs, hurrying.signal);
    }
  }
}

function fail({ notifier, emit }: Delivery, notice: Notice, error: Error): false {
  emit({ kind: 'notice-failed', notifier: notifier.name, notice, error });
  return false;
}

function mayPass(error: Error): boolean {
  return isPortError(error) && ['throttled', 'unavailable', 'timeout'].includes(error.kind);
}

/** Doubling, the upper half of it random; longer where the server asks for it. */
function waitAfter(error: Error, failures: number, random: number): number {
  const doubled = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures - 1, 10));
  const asked = isPortError(error, 'throttled') ? (error.detail.retryAfterMs ?? 0) : 0;
  return Math.max(asked, doubled * (0.5 + random / 2));
}

const BY_SEVERITY: readonly NoticeSeverity[] = ['info', 'warning', 'error', 'critical'];

function leastOf(waiting: readonly Entry[]): Entry | undefined {
  const found = BY_SEVERITY.map((severity) => waiting.find(({ notice }) => notice.severity === severity));
  return found.find((entry) => entry !== undefined);
}

function drop(delivery: Delivery, entry: Entry | undefined): void {
  if (!entry) return;
  const { waiting, notifier, emit } = delivery;
  const at = waiting.indexOf(entry);
  if (at >= 0) waiting.splice(at, 1);
  emit({ kind: 'notice-dropped', notifier: notifier.name, notice: entry.notice });
  entry.settled(false);
}

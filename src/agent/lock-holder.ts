import { attemptInMs } from '../domain/lease.ts';
import type { Partition } from '../domain/partition.ts';
import type { Clock } from '../ports/clock.ts';
import type { Coordination, TreeRead } from '../ports/coordination.ts';
import type { Emit } from './events.ts';
import { deadlineWithin, rest } from './moment.ts';
import type { Outages } from './outages.ts';
import type { SessionKeeper } from './session-keeper.ts';
import { beginTerm, type Term } from './term.ts';

/** Stands for a partition's lock, again and again, and says while it is held. */
export interface LockHolder {
  /** The term under way, if the lock is held. */
  term(): Term | undefined;
  /** The keeper's session was opened, renewed or lost. */
  sessionChanged(): void;
  /** Stops standing. The lock itself is left to the caller. */
  stop(): Promise<void>;
}

export interface LockHolderOptions {
  readonly coordination: Coordination;
  readonly clock: Clock;
  readonly keeper: SessionKeeper;
  readonly partition: Partition;
  readonly emit: Emit;
  readonly outages: Outages;
  /** Told when a term has begun. */
  readonly began: (term: Term) => void;
  readonly requestDeadlineMs: number;
}

/** What is known of the lock and of our tries to get it. */
interface Standing {
  term: Term | undefined;
  /** Session that held the lock when last seen, '' for none, undefined before the first look. */
  holder: string | undefined;
  attemptedMs: number;
  stopLeaseTimer: () => void;
  wake: () => void;
}

/** Starts standing for the lock. */
export function standForLock(options: LockHolderOptions): LockHolder {
  const ending = new AbortController();
  const standing: Standing = {
    term: undefined,
    holder: undefined,
    attemptedMs: Number.NEGATIVE_INFINITY,
    stopLeaseTimer: () => undefined,
    wake: () => undefined,
  };
  const following = followLock(options, standing, ending.signal);
  const electing = elect(options, standing, ending.signal);
  return {
    term: () => (standing.term?.ended() === false ? standing.term : undefined),
    sessionChanged: () => onSession(options, standing),
    stop: async () => {
      ending.abort();
      standing.wake();
      await Promise.all([following, electing]);
      standing.stopLeaseTimer();
    },
  };
}

/** Ends the term whose session is gone; else counts its lease from the last renewal. */
function onSession(options: LockHolderOptions, standing: Standing): void {
  const { term } = standing;
  const session = options.keeper.current();
  if (term && term.session !== session?.id) endTerm(options, standing, 'its session is gone');
  else if (term) watchLease(options, standing);
  standing.wake();
}

/** Looks every second: a timer set for the lease's end would oversleep with the machine. */
function watchLease(options: LockHolderOptions, standing: Standing): void {
  standing.stopLeaseTimer();
  const leftMs = options.keeper.leaseLeftMs();
  if (leftMs <= 0) endTerm(options, standing, 'the lease has ended: the session was not renewed in time');
  else {
    standing.stopLeaseTimer = options.clock.after(Math.min(leftMs, 1_000), () =>
      watchLease(options, standing),
    );
  }
}

function endTerm(options: LockHolderOptions, standing: Standing, why: string): void {
  const { term } = standing;
  if (!term) return;
  standing.term = undefined;
  standing.stopLeaseTimer();
  term.end(why);
  options.emit({ kind: 'leadership-ended', lockKey: options.partition.lockKey, why });
}

/** Follows the lock's key: a holder that is not us ends our term, no holder wakes the election. */
async function followLock(
  options: LockHolderOptions,
  standing: Standing,
  signal: AbortSignal,
): Promise<void> {
  let index = 0;
  while (!signal.aborted) {
    try {
      const read = await options.coordination.readKey(options.partition.lockKey, index, signal);
      index = read.index;
      options.outages.passed('consul', 'watch the lock');
      onLock(options, standing, read);
      if (read.index === 0) await rest(options.clock, 1_000, signal);
    } catch (error) {
      if (signal.aborted) return;
      index = 0;
      options.outages.failed('consul', 'watch the lock', error);
      await rest(options.clock, 1_000, signal);
    }
  }
}

function onLock(options: LockHolderOptions, standing: Standing, read: TreeRead): void {
  const holder = read.entries[0]?.session ?? '';
  const { term } = standing;
  const isNews = !term || read.index >= term.lockIndex || read.index === 0;
  if (term && isNews && holder !== term.session) {
    endTerm(
      options,
      standing,
      holder === '' ? 'the lock was taken away' : `session ${holder} holds the lock`,
    );
  }
  if (holder === '' && standing.holder !== '') standing.attemptedMs = Number.NEGATIVE_INFINITY;
  standing.holder = holder;
  standing.wake();
}

/** Tries to get the lock whenever it is time to. */
async function elect(options: LockHolderOptions, standing: Standing, signal: AbortSignal): Promise<void> {
  const { clock, keeper } = options;
  while (!signal.aborted) {
    const sinceAttemptMs = clock.monotonicMs() - standing.attemptedMs;
    const canStand = keeper.current() !== undefined && keeper.leaseLeftMs() > 0 && !standing.term;
    const free = standing.holder === '' || standing.holder === keeper.current()?.id;
    const waitMs = canStand ? attemptInMs({ free, sinceAttemptMs }) : 10_000;
    if (waitMs > 0) await pause(clock, standing, waitMs);
    else await attempt(options, standing, signal);
  }
}

async function attempt(options: LockHolderOptions, standing: Standing, signal: AbortSignal): Promise<void> {
  const { clock, coordination, keeper, partition } = options;
  const session = keeper.current();
  standing.attemptedMs = clock.monotonicMs();
  if (!session) return;
  const deadline = deadlineWithin(clock, signal, {
    ms: options.requestDeadlineMs,
    service: 'consul',
    doing: `take the lock ${partition.lockKey}`,
  });
  try {
    const isOurs = await coordination.acquireLock(partition.lockKey, session.id, deadline.signal);
    options.outages.passed('consul', 'take the lock');
    if (!isOurs) return;
    const read = await coordination.readKey(partition.lockKey, 0, deadline.signal);
    const entry = read.entries[0];
    if (entry?.session === session.id)
      begin(options, standing, { session: session.id, lockIndex: entry.index });
  } catch (error) {
    if (!signal.aborted) options.outages.failed('consul', 'take the lock', deadline.told(error));
  } finally {
    deadline.end();
  }
}

function begin(
  options: LockHolderOptions,
  standing: Standing,
  held: { readonly session: string; readonly lockIndex: number },
): void {
  const { partition, keeper } = options;
  if (keeper.current()?.id !== held.session) return;
  const term = beginTerm({ partition, ...held, leaseLeftMs: () => leaseOf(keeper, held.session) });
  standing.term = term;
  standing.holder = held.session;
  options.emit({ kind: 'leading', lockKey: partition.lockKey, session: held.session });
  watchLease(options, standing);
  if (!term.ended()) options.began(term);
}

function leaseOf(keeper: SessionKeeper, session: string): number {
  return keeper.current()?.id === session ? keeper.leaseLeftMs() : 0;
}

function pause(clock: Clock, standing: Standing, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      cancel();
      standing.wake = (): void => undefined;
      resolve();
    };
    const cancel = clock.after(ms, finish);
    standing.wake = finish;
  });
}

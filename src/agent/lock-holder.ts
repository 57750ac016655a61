import { attemptInMs } from '../domain/lease.ts';
import type { Partition } from '../domain/partition.ts';
import type { Clock } from '../ports/clock.ts';
import type { Coordination } from '../ports/coordination.ts';
import type { Emit } from './events.ts';
import { deadlineWithin } from './moment.ts';
import type { Outages } from './outages.ts';
import { releaseLock } from './release-lock.ts';
import type { SessionKeeper } from './session-keeper.ts';
import { beginTerm, type Term } from './term.ts';
import type { LockSight } from './watch-lock.ts';

/** Stands for a partition's lock, again and again, and says while it is held. */
export interface LockHolder {
  /** The term under way, if the lock is held and not about to be given up. */
  term(): Term | undefined;
  /** The keeper's session was opened, renewed or lost. */
  sessionChanged(): void;
  /** The lock's key was looked at: a holder that is not us ends our term, no holder wakes the election. */
  lockSeen(sight: LockSight): void;
  /** True when nobody else held the lock when it was last seen. */
  isFree(): boolean;
  /** Looks at once whether to stand: `mayStand` may have another answer. */
  reconsider(): void;
  /**
   * Gives the lock up, so that another takes it at once: no step is begun under its term any more, `quiet` is
   * waited for, then the lock is released, tried again until it is. `mayStand` says whether to stand again.
   */
  giveUp(why: string, quiet: () => Promise<void>): Promise<void>;
  /** Stops standing. The lock itself is left to the caller. */
  stop(): Promise<void>;
}

/** What a lock is for. */
export type LockRole = 'leader' | 'member' | 'partition';

export interface LockHolderOptions {
  readonly coordination: Coordination;
  readonly clock: Clock;
  readonly keeper: SessionKeeper;
  readonly partition: Partition;
  /** What the lock is for: the leader's is told of as leadership. */
  readonly role: LockRole;
  readonly emit: Emit;
  readonly outages: Outages;
  /** Told when a term has begun. */
  readonly began: (term: Term) => void;
  readonly requestDeadlineMs: number;
  /** Whether to ask for the lock; always without it. */
  readonly mayStand?: (() => boolean) | undefined;
}

/** What is known of the lock and of our tries to get it. */
interface Standing {
  term: Term | undefined;
  /** Session that held the lock when last seen, '' for none, undefined before the first look. */
  holder: string | undefined;
  attemptedMs: number;
  /** True while the lock is being given up. */
  isLeaving: boolean;
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
    isLeaving: false,
    stopLeaseTimer: () => undefined,
    wake: () => undefined,
  };
  const electing = elect(options, standing, ending.signal);
  return {
    term: () => (standing.term?.ended() === false && !standing.isLeaving ? standing.term : undefined),
    sessionChanged: () => onSession(options, standing),
    lockSeen: (sight) => onLock(options, standing, sight),
    isFree: () => isFree(options, standing),
    reconsider: () => standing.wake(),
    giveUp: (why, quiet) => giveUp(options, standing, { why, quiet, signal: ending.signal }),
    stop: async () => {
      ending.abort();
      standing.wake();
      await electing;
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
  const { role, partition } = options;
  if (role === 'leader') options.emit({ kind: 'leadership-ended', lockKey: partition.lockKey, why });
  else options.emit({ kind: 'lock-left', role, lockKey: partition.lockKey, why });
}

function onLock(options: LockHolderOptions, standing: Standing, sight: LockSight): void {
  const holder = sight.session;
  const { term } = standing;
  const isNews = !term || sight.index >= term.lockIndex || sight.index === 0;
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
  const { clock } = options;
  while (!signal.aborted) {
    const sinceAttemptMs = clock.monotonicMs() - standing.attemptedMs;
    const free = isFree(options, standing);
    const waitMs = canStand(options, standing) ? attemptInMs({ free, sinceAttemptMs }) : 10_000;
    if (waitMs > 0) await pause(clock, standing, waitMs);
    else await attempt(options, standing, signal);
  }
}

/** Nobody's, or our own session's without a term: as after an attempt whose answer was lost. */
function isFree({ keeper }: LockHolderOptions, standing: Standing): boolean {
  return standing.holder === '' || standing.holder === keeper.current()?.id;
}

function canStand({ keeper, mayStand }: LockHolderOptions, standing: Standing): boolean {
  const isAble = keeper.current() !== undefined && keeper.leaseLeftMs() > 0;
  return isAble && !standing.term && !standing.isLeaving && mayStand?.() !== false;
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
    if (entry?.session !== session.id) return;
    if (canStand(options, standing))
      begin(options, standing, { session: session.id, lockIndex: entry.index });
    else await releaseLock(options, session.id, signal);
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
  const { lockKey } = partition;
  if (options.role === 'leader') options.emit({ kind: 'leading', lockKey, session: held.session });
  else options.emit({ kind: 'lock-taken', role: options.role, lockKey });
  watchLease(options, standing);
  if (!term.ended()) options.began(term);
}

async function giveUp(
  options: LockHolderOptions,
  standing: Standing,
  of: { readonly why: string; readonly quiet: () => Promise<void>; readonly signal: AbortSignal },
): Promise<void> {
  if (standing.isLeaving) return;
  standing.isLeaving = true;
  await of.quiet();
  endTerm(options, standing, of.why);
  const session = options.keeper.current();
  if (session) await releaseLock(options, session.id, of.signal);
  standing.isLeaving = false;
  standing.holder = '';
  standing.attemptedMs = options.clock.monotonicMs();
  standing.wake();
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

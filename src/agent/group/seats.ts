import type { Clock } from '../../ports/clock.ts';
import type { Coordination } from '../../ports/coordination.ts';
import { WRITE_DEADLINE_MS } from '../../ports/write-permit.ts';
import type { Emit } from '../events.ts';
import { type LockHolder, standForLock } from '../lock-holder.ts';
import type { LockUse } from '../locks.ts';
import type { Outages } from '../outages.ts';
import type { SessionKeeper } from '../session-keeper.ts';
import type { Term } from '../term.ts';
import type { LockSight } from '../watch-lock.ts';

/** The locks of the partitions that a member has been given. */
export interface Seats {
  /** The term of a partition, while its lock is held and not about to be given up. */
  term(partition: number): Term | undefined;
  /** Partitions whose lock is held. */
  held(): readonly number[];
  /** Partitions whose lock is held, asked for or being given up: any of them may be this session's in Consul. */
  numbers(): readonly number[];
  /** What is wanted, or how the locks were seen, has changed. */
  settle(): void;
  /** The session was opened, renewed or lost. */
  sessionChanged(): void;
  endTerms(why: string): void;
  stop(): Promise<void>;
}

export interface SeatsOptions extends Pick<LockUse, 'began' | 'quiet'> {
  readonly coordination: Coordination;
  readonly clock: Clock;
  readonly keeper: SessionKeeper;
  readonly emit: Emit;
  readonly outages: Outages;
  /** How many there are; 0 while that is not known. */
  readonly partitions: () => number;
  /** Whether this member may hold any at all. */
  readonly mayHold: () => boolean;
  /** Whether a partition is given to this member. */
  readonly isGiven: (partition: number) => boolean;
  readonly lockKey: (partition: number) => string;
  readonly sight: (lockKey: string) => LockSight;
}

interface Seat {
  readonly holder: LockHolder;
  readonly lockKey: string;
  isLeaving: boolean;
}

/** Starts with none. One taken away is left once nothing is in flight under it; the operation itself is in Consul. */
export function keepSeats(options: SeatsOptions): Seats {
  const seats = new Map<number, Seat>();
  const state = { isStopped: false };
  const leave = async (partition: number, seat: Seat): Promise<void> => {
    seat.isLeaving = true;
    await seat.holder.giveUp('the partition is for another member', () => options.quiet(partition));
    seat.isLeaving = false;
    if (isWanted(options, partition) || state.isStopped) return seat.holder.reconsider();
    seats.delete(partition);
    await seat.holder.stop();
  };
  const settle = (): void => {
    if (state.isStopped) return;
    const wanted = wantedNow(options);
    for (const partition of new Set([...wanted, ...straysOf(options)])) {
      if (!seats.has(partition)) seats.set(partition, openSeat(options, partition));
    }
    for (const [partition, seat] of seats) {
      seat.holder.lockSeen(options.sight(seat.lockKey));
      if (!wanted.has(partition) && !seat.isLeaving) void leave(partition, seat);
    }
  };
  return {
    term: (partition) => seats.get(partition)?.holder.term(),
    held: () => [...seats].filter(([, { holder }]) => holder.term()).map(([partition]) => partition),
    numbers: () => [...seats.keys()],
    settle,
    sessionChanged: () => seats.forEach(({ holder }) => holder.sessionChanged()),
    endTerms: (why) => seats.forEach(({ holder }) => holder.term()?.end(why)),
    stop: async () => {
      state.isStopped = true;
      await Promise.all([...seats.values()].map(({ holder }) => holder.stop()));
    },
  };
}

/** Partitions whose lock our session holds, as after an attempt whose answer was not waited for. */
function straysOf({ keeper, partitions, lockKey, sight }: SeatsOptions): readonly number[] {
  const session = keeper.current()?.id;
  if (session === undefined) return [];
  return numbersBelow(partitions()).filter((partition) => sight(lockKey(partition)).session === session);
}

function isWanted({ mayHold, isGiven }: SeatsOptions, partition: number): boolean {
  return mayHold() && isGiven(partition);
}

/** The partitions that this member is to hold. */
function wantedNow({ mayHold, isGiven, partitions }: SeatsOptions): ReadonlySet<number> {
  return new Set(mayHold() ? numbersBelow(partitions()).filter(isGiven) : []);
}

function numbersBelow(count: number): readonly number[] {
  return Array.from({ length: count }, (_, number) => number);
}

function openSeat(options: SeatsOptions, number: number): Seat {
  const lockKey = options.lockKey(number);
  const holder = standForLock({
    ...options,
    role: 'partition',
    partition: { number, lockKey },
    requestDeadlineMs: WRITE_DEADLINE_MS,
    mayStand: () => isWanted(options, number),
  });
  return { holder, lockKey, isLeaving: false };
}

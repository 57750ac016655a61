import type { LeaseTimings } from '../domain/lease.ts';
import type { Partition } from '../domain/partition.ts';
import type { Clock } from '../ports/clock.ts';
import type { Coordination } from '../ports/coordination.ts';
import { WRITE_DEADLINE_MS } from '../ports/write-permit.ts';
import type { Emit } from './events.ts';
import { type LockHolder, standForLock } from './lock-holder.ts';
import type { Outages } from './outages.ts';
import { keepSession, type SessionKeeper } from './session-keeper.ts';
import type { Term } from './term.ts';
import { watchLock } from './watch-lock.ts';

/** A session and the standing for one lock with it. */
export interface Leadership {
  readonly keeper: SessionKeeper;
  readonly holder: LockHolder;
  /** Stops standing and renewing; the session and the lock are left to the caller. */
  stop(): Promise<void>;
}

/** Opens a session, keeps it, and stands for the lock. `began` is told of each term. */
export function startLeadership(of: {
  readonly coordination: Coordination;
  readonly clock: Clock;
  readonly timings: LeaseTimings;
  readonly partition: Partition;
  readonly emit: Emit;
  readonly outages: Outages;
  readonly began: (term: Term) => void;
  readonly mayStand?: (() => boolean) | undefined;
}): Leadership {
  const { coordination, clock, timings, emit, outages, partition } = of;
  const changed = (): void => holder.sessionChanged();
  const keeper = keepSession({ coordination, clock, timings, emit, outages, changed });
  const holder = standForLock({ ...of, role: 'leader', keeper, requestDeadlineMs: WRITE_DEADLINE_MS });
  const stopWatching = watchLock({
    coordination,
    clock,
    outages,
    lockKey: partition.lockKey,
    seen: (sight) => holder.lockSeen(sight),
  });
  return {
    keeper,
    holder,
    stop: async () => void (await Promise.all([stopWatching(), holder.stop(), keeper.stop()])),
  };
}

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

/** A session and the standing for a partition's lock with it. */
export interface Leadership {
  readonly keeper: SessionKeeper;
  readonly holder: LockHolder;
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
}): Leadership {
  const { coordination, clock, timings, emit, outages } = of;
  const keeper = keepSession({
    coordination,
    clock,
    timings,
    emit,
    outages,
    changed: () => holder.sessionChanged(),
  });
  const holder = standForLock({
    coordination,
    clock,
    keeper,
    partition: of.partition,
    emit,
    outages,
    began: of.began,
    requestDeadlineMs: WRITE_DEADLINE_MS,
  });
  return { keeper, holder };
}

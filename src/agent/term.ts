import { setMaxListeners } from 'node:events';
import type { Partition } from '../domain/partition.ts';
import { PortError } from '../ports/port-error.ts';
import { WRITE_DEADLINE_MS, type WritePermit } from '../ports/write-permit.ts';

/** One unbroken holding of a partition's lock. Once ended it never comes back: a new term is begun. */
export interface Term {
  readonly partition: Partition;
  readonly session: string;
  readonly permit: WritePermit;
  /** ModifyIndex of the lock's key when it was seen to be ours; older reads prove nothing. */
  readonly lockIndex: number;
  /** Ends the term: no call is begun any more, what is in flight is aborted. */
  end(why: string): void;
  readonly ended: () => boolean;
}

/** Begins a term. `leaseLeftMs` answers for the session that holds the lock. */
export function beginTerm(of: {
  readonly partition: Partition;
  readonly session: string;
  readonly lockIndex: number;
  readonly leaseLeftMs: () => number;
}): Term {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  const refuse = (text: string): never => {
    throw new PortError('cancelled', { service: 'consul', doing: 'act under the lock', text });
  };
  return {
    partition: of.partition,
    session: of.session,
    lockIndex: of.lockIndex,
    ended: () => controller.signal.aborted,
    end: (why) => {
      if (controller.signal.aborted) return;
      controller.abort(
        new PortError('cancelled', { service: 'consul', doing: 'act under the lock', text: why }),
      );
    },
    permit: {
      signal: controller.signal,
      assertHeld: () => {
        if (controller.signal.aborted) refuse('the lock is no longer held');
        if (of.leaseLeftMs() < WRITE_DEADLINE_MS) refuse('the lease does not outlast the call');
      },
    },
  };
}

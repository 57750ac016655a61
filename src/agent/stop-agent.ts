import type { Clock } from '../ports/clock.ts';
import type { ActingDesk } from './acting.ts';
import type { Locks } from './locks.ts';

/** A mutating call that is still in flight after this time is aborted. */
const GRACE_MS = 1_500;
/** The whole stop takes no longer, but for giving lock and session back after an aborted call. */
const STOP_MS = 1_850;
const GOODBYE_MS = 400;

export interface Stopping {
  readonly clock: Clock;
  readonly acting: ActingDesk;
  readonly locks: Locks;
  /** Stops of everything else; started at once, waited for at the end. */
  readonly others: readonly (() => Promise<void>)[];
}

/**
 * Locks under which nothing is in flight are released, so that the next agent takes them at once. A call still in
 * flight is aborted and its lock left to the end of the session, so that lock-delay covers its arrival.
 */
export async function stopAgent(of: Stopping): Promise<void> {
  const { clock, acting, locks } = of;
  const startedMs = clock.monotonicMs();
  await within(clock, GRACE_MS, acting.close());
  const others = of.others.map((stop) => stop());
  const busy = acting.busy();
  locks.endTerms('the agent stops');
  const goodbye = new AbortController();
  const givenBack = locks.stop().then(() => locks.tryGiveBack(busy, goodbye.signal));
  const leftMs = STOP_MS - (clock.monotonicMs() - startedMs);
  await within(clock, Math.max(GOODBYE_MS, leftMs), Promise.all([givenBack, ...others]));
  goodbye.abort();
  locks.endTerms('the agent stops');
}

/** True when the work ended within the time. Its errors are its owner's. */
function within(clock: Clock, ms: number, work: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, () => resolve(false));
    const finish = (): void => {
      cancel();
      resolve(true);
    };
    work.then(finish, finish);
  });
}

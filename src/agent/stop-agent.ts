import type { Clock } from '../ports/clock.ts';
import type { Coordination } from '../ports/coordination.ts';
import type { Acting } from './acting.ts';
import type { LockHolder } from './lock-holder.ts';
import type { SessionKeeper } from './session-keeper.ts';

/** A mutating call that is still in flight after this time is aborted. */
const GRACE_MS = 1_500;
/** The whole stop takes no longer, but for giving lock and session back after an aborted call. */
const STOP_MS = 1_850;
const GOODBYE_MS = 400;

export interface Stopping {
  readonly clock: Clock;
  readonly coordination: Coordination;
  readonly acting: Acting;
  readonly holder: LockHolder;
  readonly keeper: SessionKeeper;
  readonly lockKey: string;
  /** Stops of everything else; started at once, waited for at the end. */
  readonly others: readonly (() => Promise<void>)[];
}

/**
 * Nothing in flight: the lock is released, so that the next agent takes it at once. A call still in
 * flight: it is aborted and the session destroyed without a release, so that lock-delay covers its arrival.
 */
export async function stopAgent(of: Stopping): Promise<void> {
  const { clock, acting, holder, keeper } = of;
  const term = holder.term();
  const startedMs = clock.monotonicMs();
  const isIdle = await within(clock, GRACE_MS, acting.close());
  const others = of.others.map((stop) => stop());
  if (!isIdle) term?.end('the agent stops');
  const session = keeper.current()?.id;
  const goodbye = new AbortController();
  const givenBack = Promise.all([holder.stop(), keeper.stop()]).then(() =>
    tryGiveBack(of, { session, release: isIdle }, goodbye.signal),
  );
  const leftMs = STOP_MS - (clock.monotonicMs() - startedMs);
  await within(clock, Math.max(GOODBYE_MS, leftMs), Promise.all([givenBack, ...others]));
  goodbye.abort();
  term?.end('the agent stops');
}

async function tryGiveBack(
  of: Stopping,
  what: { readonly session: string | undefined; readonly release: boolean },
  signal: AbortSignal,
): Promise<void> {
  if (what.session === undefined) return;
  try {
    if (what.release) await of.coordination.releaseLock(of.lockKey, what.session, signal);
    await of.coordination.closeSession(what.session, signal);
  } catch {
    // The session's TTL ends what could not be given back.
  }
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

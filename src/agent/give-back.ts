import type { Coordination } from '../ports/coordination.ts';

/** Locks released at once. */
const AT_ONCE = 8;

/** Releases locks, so that others have them without lock-delay, then destroys the session that held them. */
export async function tryGiveBack(
  coordination: Coordination,
  of: { readonly session: string | undefined; readonly lockKeys: readonly string[] },
  signal: AbortSignal,
): Promise<void> {
  const { session } = of;
  if (session === undefined) return;
  const left = [...of.lockKeys];
  const releaseSome = async (): Promise<void> => {
    for (let key = left.shift(); key !== undefined; key = left.shift()) {
      await coordination.releaseLock(key, session, signal);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, releaseSome));
    await coordination.closeSession(session, signal);
  } catch {
    // The session's TTL ends what could not be given back.
  }
}

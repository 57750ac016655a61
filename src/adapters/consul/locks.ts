import type { Coordination } from '../../ports/coordination.ts';
import { isPortError } from '../../ports/port-error.ts';
import { parseSessionId, parseTtlMs, parseVerdict } from './answer.ts';
import type { Call, Calls } from './calls.ts';
import type { Connections } from './connections.ts';
import { ask, changing } from './exchange.ts';

type Locks = Pick<
  Coordination,
  'openSession' | 'renewSession' | 'closeSession' | 'acquireLock' | 'releaseLock'
>;

/** Longer than Consul itself looks for a leader (7 s), so that its answer is the one that is told. */
const OPEN_DEADLINE_MS = 10_000;
const RENEW_DEADLINE_MS = 3_000;
const LOCK_DEADLINE_MS = 5_000;

/** Sessions and locks. Each call is one attempt; only its caller tries again. */
export function createLocks(calls: Calls, connections: Pick<Connections, 'locks'>): Locks {
  const { locks } = connections;
  const onSession = (doing: string, deadlineMs: number, signal: AbortSignal): Call =>
    changing(doing, 'session:write', { deadlineMs, signal });
  const onKey = (doing: string, key: string, signal: AbortSignal): Call =>
    changing(`${doing} the lock ${key}`, `key:write ${key}`, { deadlineMs: LOCK_DEADLINE_MS, signal });
  return {
    openSession: (spec, signal) =>
      ask(calls, onSession('open a session', OPEN_DEADLINE_MS, signal), {
        send: (attempt) => locks.createSession(spec, attempt),
        parse: parseSessionId,
      }),
    renewSession: (session, signal) =>
      ask(calls, onSession('renew the session', RENEW_DEADLINE_MS, signal), {
        send: (attempt) => locks.renewSession(session, attempt),
        parse: parseTtlMs,
      }),
    closeSession: (session, signal) =>
      unlessGone(
        ask(calls, onSession('close the session', LOCK_DEADLINE_MS, signal), {
          send: (attempt) => locks.destroySession(session, attempt),
          parse: parseVerdict,
        }),
      ),
    acquireLock: (key, session, signal) =>
      ask(calls, onKey('take', key, signal), {
        send: (attempt) => locks.acquire(key, session, attempt),
        parse: parseVerdict,
      }),
    releaseLock: (key, session, signal) =>
      unlessGone(
        ask(calls, onKey('give back', key, signal), {
          send: (attempt) => locks.release(key, session, attempt),
          parse: parseVerdict,
        }),
      ),
  };
}

/** What cannot be given back because it is gone has been given back. */
async function unlessGone(giving: Promise<unknown>): Promise<void> {
  try {
    await giving;
  } catch (failure) {
    if (!isPortError(failure, 'conflict') || failure.detail.conflict !== 'session-gone') throw failure;
  }
}

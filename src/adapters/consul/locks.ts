import type { Coordination } from '../../ports/coordination.ts';
import { isPortError } from '../../ports/port-error.ts';
import { parseSessionId, parseTtlMs, parseVerdict, type Answer } from './answer.ts';
import type { Call, Calls } from './calls.ts';
import type { Attempt } from './client.ts';
import type { Connections } from './connections.ts';
import { toRefusal } from './errors.ts';

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
  return {
    openSession: (spec, signal) =>
      ask(calls, call('open a session', 'session:write', { deadlineMs: OPEN_DEADLINE_MS, signal }), {
        send: (attempt) => locks.createSession(spec, attempt),
        parse: parseSessionId,
      }),
    renewSession: (session, signal) =>
      ask(calls, call('renew the session', 'session:write', { deadlineMs: RENEW_DEADLINE_MS, signal }), {
        send: (attempt) => locks.renewSession(session, attempt),
        parse: parseTtlMs,
      }),
    closeSession: (session, signal) =>
      unlessGone(
        ask(calls, call('close the session', 'session:write', { deadlineMs: LOCK_DEADLINE_MS, signal }), {
          send: (attempt) => locks.destroySession(session, attempt),
          parse: parseVerdict,
        }),
      ),
    acquireLock: (key, session, signal) =>
      ask(calls, call(`take the lock ${key}`, `key:write ${key}`, { deadlineMs: LOCK_DEADLINE_MS, signal }), {
        send: (attempt) => locks.acquire(key, session, attempt),
        parse: parseVerdict,
      }),
    releaseLock: (key, session, signal) =>
      unlessGone(
        ask(
          calls,
          call(`give back the lock ${key}`, `key:write ${key}`, { deadlineMs: LOCK_DEADLINE_MS, signal }),
          {
            send: (attempt) => locks.release(key, session, attempt),
            parse: parseVerdict,
          },
        ),
      ),
  };
}

interface Exchange<T> {
  readonly send: (attempt: Attempt) => Promise<Answer>;
  readonly parse: (answer: Answer) => T;
}

function ask<T>(calls: Calls, call: Call, exchange: Exchange<T>): Promise<T> {
  return calls.run(call, async (attempt) => {
    const answer = await exchange.send(attempt);
    if (answer.status !== 200) throw toRefusal(answer, call);
    return exchange.parse(answer);
  });
}

function call(doing: string, permission: string, limits: Pick<Call, 'deadlineMs' | 'signal'>): Call {
  return { kind: 'write', doing, permission, mayHaveHappened: () => true, ...limits };
}

/** What cannot be given back because it is gone has been given back. */
async function unlessGone(giving: Promise<unknown>): Promise<void> {
  try {
    await giving;
  } catch (failure) {
    if (!isPortError(failure, 'conflict') || failure.detail.conflict !== 'session-gone') throw failure;
  }
}

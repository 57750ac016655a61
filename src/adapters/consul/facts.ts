import type { Coordination } from '../../ports/coordination.ts';
import { parseSessionNode, parseVersion } from './answer.ts';
import type { Calls } from './calls.ts';
import type { Connections } from './connections.ts';
import { ask, reading } from './exchange.ts';

type Facts = Pick<Coordination, 'readSession' | 'readVersion'>;

const DEADLINE_MS = 5_000;

/** What is read to be shown, and nothing is decided on. Each call is one attempt. */
export function createFacts(calls: Calls, { locks }: Pick<Connections, 'locks'>): Facts {
  const limits = (signal: AbortSignal) => ({ deadlineMs: DEADLINE_MS, signal });
  return {
    readSession: (session, signal) =>
      ask(calls, reading('read a session', 'session:read', limits(signal)), {
        send: (attempt) => locks.readSession(session, attempt),
        parse: parseSessionNode,
      }),
    readVersion: (signal) =>
      ask(calls, reading('read the agent', 'agent:read', limits(signal)), {
        send: (attempt) => locks.readAgent(attempt),
        parse: parseVersion,
      }),
  };
}

import type { Coordination } from '../../ports/coordination.ts';
import { type Answer, parseSessionNode, parseVersion } from './answer.ts';
import type { Calls } from './calls.ts';
import type { Attempt, ConsulClient } from './client.ts';
import type { Connections } from './connections.ts';
import { toRefusal } from './errors.ts';

type Facts = Pick<Coordination, 'readSession' | 'readVersion'>;

const DEADLINE_MS = 5_000;

/** What is read to be shown, and nothing is decided on. Each call is one attempt. */
export function createFacts(calls: Calls, { locks }: Pick<Connections, 'locks'>): Facts {
  return {
    readSession: (session, signal) =>
      ask(calls, {
        doing: 'read a session',
        permission: 'session:read',
        signal,
        send: (attempt) => locks.readSession(session, attempt),
        parse: parseSessionNode,
      }),
    readVersion: (signal) =>
      ask(calls, {
        doing: 'read the agent',
        permission: 'agent:read',
        signal,
        send: (attempt) => locks.readAgent(attempt),
        parse: parseVersion,
      }),
  };
}

interface Question<T> {
  readonly doing: string;
  readonly permission: string;
  readonly signal: AbortSignal;
  readonly send: (attempt: Attempt) => ReturnType<ConsulClient['readAgent']>;
  readonly parse: (answer: Answer) => T;
}

function ask<T>(calls: Calls, { send, parse, ...question }: Question<T>): Promise<T> {
  const call = { ...question, kind: 'read', deadlineMs: DEADLINE_MS, mayHaveHappened: () => false } as const;
  return calls.run(call, async (attempt) => {
    const answer = await send(attempt);
    if (answer.status !== 200) throw toRefusal(answer, call);
    return parse(answer);
  });
}

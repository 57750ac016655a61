import type { Answer } from './answer.ts';
import type { Call, Calls } from './calls.ts';
import type { Attempt } from './client.ts';
import { toRefusal } from './errors.ts';

/** A request, and what its answer is read as. */
export interface Exchange<T> {
  readonly send: (attempt: Attempt) => Promise<Answer>;
  readonly parse: (answer: Answer) => T;
}

/** One attempt; whatever is no 200 is a PortError. */
export function ask<T>(calls: Calls, call: Call, exchange: Exchange<T>): Promise<T> {
  return calls.run(call, async (attempt) => {
    const answer = await exchange.send(attempt);
    if (answer.status !== 200) throw toRefusal(answer, call);
    return exchange.parse(answer);
  });
}

/** A call that only reads. */
export function reading(
  doing: string,
  permission: string,
  limits: Pick<Call, 'deadlineMs' | 'signal'>,
): Call {
  return { kind: 'read', doing, permission, mayHaveHappened: () => false, ...limits };
}

/** A call that changes something. */
export function changing(
  doing: string,
  permission: string,
  limits: Pick<Call, 'deadlineMs' | 'signal'>,
): Call {
  return { kind: 'write', doing, permission, mayHaveHappened: () => true, ...limits };
}

import type { PoolOperation } from '../domain/pool-operation.ts';
import type { PoolCall } from '../domain/pool-step.ts';
import type { PortError } from '../ports/port-error.ts';
import { doubledMs } from './refusal.ts';

/** A call of an operation under way that is refused until somebody mends something. */
export interface RefusedCall {
  /** Of which operation and phase, and what it asks for. */
  readonly call: string;
  /** What is missing: the rest of the text may differ each time. */
  readonly why: string;
  readonly count: number;
  /** Monotonic: it is not sent again before. */
  readonly untilMs: number;
}

const PAUSE = { firstMs: 30_000, mostMs: 300_000 };

/** A name for the call: another phase, or another operation, is asked for at once. */
export function callName({ startedMs, phase }: PoolOperation, call: PoolCall): string {
  return JSON.stringify([startedMs, phase, call]);
}

/** Half a minute after the first refusal in a row, twice as long after each further one, 5 minutes at most. */
export function afterRefusedCall(
  before: RefusedCall | undefined,
  of: { readonly call: string; readonly error: PortError; readonly nowMs: number },
): RefusedCall {
  const { call, error, nowMs } = of;
  const why = `${error.kind} ${error.detail.permission ?? ''}`;
  const count = before?.call === call ? before.count + 1 : 1;
  return { call, why, count, untilMs: nowMs + doubledMs(count, PAUSE) };
}

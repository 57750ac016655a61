import type { PortError } from '../ports/port-error.ts';

/** Standing refusals in a row, and until when (monotonic) none is asked for again. */
export interface Refusal {
  readonly count: number;
  readonly untilMs: number;
}

/** The request was certainly not carried out, and it is still ours to say so. */
export function isCertain({ detail }: PortError): boolean {
  return detail.outcomeUnknown !== true && detail.service !== 'consul';
}

/** A refusal that stands until somebody mends something: a missing permission, bounds that are not ours. */
export function isStanding(error: PortError): boolean {
  const { kind, detail } = error;
  const isBarred = kind === 'conflict' && (detail.conflict === 'bounds' || detail.conflict === 'protected');
  return isCertain(error) && (isBarred || kind === 'denied' || kind === 'invalid');
}

/** One minute after the first refusal in a row, twice as long after each further one, an hour at most. */
export function nextRefusal(before: Refusal | undefined, nowMs: number): Refusal {
  const count = (before?.count ?? 0) + 1;
  return { count, untilMs: nowMs + doubledMs(count, { firstMs: 60_000, mostMs: 3_600_000 }) };
}

/** The pause after so many in a row: each twice as long as the one before, up to a most. */
export function doubledMs(
  count: number,
  { firstMs, mostMs }: { readonly firstMs: number; readonly mostMs: number },
): number {
  return Math.min(firstMs * 2 ** (count - 1), mostMs);
}

/** What is left of the pause; 0 without one. */
export function refusedLeftMs(refusal: Refusal | undefined, nowMs: number): number {
  return Math.max(0, (refusal?.untilMs ?? 0) - nowMs);
}

import { backoffLeftMs, cooldownLeftMs, type ScalingState } from './scaling-state.ts';

/** What a resource waits for after a scaling or a failure, and what that is reckoned from. Milliseconds, wall clock. */
export interface Waits {
  readonly nowMs: number;
  readonly cooldownMs: number;
  /** RFC 3339, as stored. */
  readonly lastScalingEvent: string;
  readonly failures: number;
  /** '' for none since the last success. */
  readonly lastFailureEvent: string;
  /** What is left of a pause after a refusal that was no failure. */
  readonly refusedLeftMs: number;
}

/** The waits of a stored state. */
export function waitsOf(
  state: ScalingState,
  of: Pick<Waits, 'cooldownMs' | 'nowMs' | 'refusedLeftMs'>,
): Waits {
  const { lastScalingEvent, failureCount: failures, lastFailureEvent } = state;
  return { ...of, lastScalingEvent, failures, lastFailureEvent };
}

/** What is left of them: a refusal counts as backoff. */
export function leftOf(
  state: ScalingState,
  { cooldownMs, nowMs, refusedLeftMs }: Waits,
): { readonly cooldownLeftMs: number; readonly backoffLeftMs: number } {
  return {
    cooldownLeftMs: cooldownLeftMs(state, cooldownMs, nowMs),
    backoffLeftMs: Math.max(refusedLeftMs, backoffLeftMs(state, cooldownMs, nowMs)),
  };
}

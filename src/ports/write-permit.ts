/** The right to send mutating requests, as long as a lease lasts. Given to every mutating port method. */
export interface WritePermit {
  /**
   * Throws PortError `cancelled` unless the lease outlasts the call's deadline. Adapters call it
   * synchronously where the request's first byte is written, not where the operation begins.
   */
  assertHeld(): void;
  /** Aborted at the lease's end, and when the lock is known to be lost: cancels what is in flight. */
  readonly signal: AbortSignal;
}

/** Deadline of one mutating call; also the least time the lease must have left when it starts. */
export const WRITE_DEADLINE_MS = 5_000;

/**
 * A call is not begun when its intent was written longer ago. Whoever sets a flag that refuses intents knows by
 * this when the last call of an older one has been sent.
 */
export const INTENT_LIFE_MS = 10_000;

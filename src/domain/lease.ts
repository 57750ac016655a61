/** One moment on both clocks: the wall clock may be set, the monotonic one stops while a machine sleeps. */
export interface Moment {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/** How a lock is held. Milliseconds. */
export interface LeaseTimings {
  readonly ttlMs: number;
  readonly lockDelayMs: number;
  readonly marginMs: number;
  readonly renewEveryMs: number;
  readonly renewDeadlineMs: number;
}

export const LEASE_TIMINGS: LeaseTimings = {
  ttlMs: 12_000,
  lockDelayMs: 15_000,
  marginMs: 2_000,
  renewEveryMs: 4_000,
  renewDeadlineMs: 3_000,
};

/** How long a lease lasts, counted from the start of the renewal that gave it. */
export function leaseMs(timings: LeaseTimings): number {
  return timings.ttlMs - timings.marginMs;
}

/** Milliseconds the lease has left; the greater of both clocks' elapsed times counts. */
export function leaseLeftMs(renewedAt: Moment, now: Moment, timings: LeaseTimings): number {
  const elapsed = Math.max(now.monotonicMs - renewedAt.monotonicMs, now.wallMs - renewedAt.wallMs);
  return leaseMs(timings) - elapsed;
}

/**
 * How often to renew when the server states a TTL: a higher one slows the renewals, though never so far
 * that a fresh call would find too little lease left; it never lengthens the lease.
 */
export function renewalEveryMs(timings: LeaseTimings, statedTtlMs: number): number {
  const slowest = timings.renewEveryMs + timings.ttlMs / 12;
  return Math.min(Math.max(timings.renewEveryMs, statedTtlMs / 3), slowest);
}

/** What is wrong with a set of timings: a dead holder's last call must be over before the lock is free. */
export function timingFaults(timings: LeaseTimings, writeDeadlineMs: number): readonly string[] {
  const faults: string[] = [];
  const lease = leaseMs(timings);
  if (timings.lockDelayMs <= lease + 2_000) faults.push('lock-delay is not longer than the lease + 2 s');
  if (lease < timings.renewEveryMs + writeDeadlineMs) {
    faults.push('the lease is shorter than the renewal interval + the deadline of a call');
  }
  return faults;
}

/** How the lock looks to one who wants it. */
export interface Candidacy {
  /** True when the key was last seen without a holder. */
  readonly free: boolean;
  /** Milliseconds since the last attempt; Infinity before the first. */
  readonly sinceAttemptMs: number;
}

/**
 * Milliseconds until the next attempt to take the lock: at once when the key is first seen free, every
 * second while it stays free (a refusal by lock-delay wakes nobody), else every 10 s.
 */
export function attemptInMs(candidacy: Candidacy): number {
  const every = candidacy.free ? 1_000 : 10_000;
  return Math.max(0, every - candidacy.sinceAttemptMs);
}

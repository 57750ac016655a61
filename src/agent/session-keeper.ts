import { type LeaseTimings, leaseLeftMs, type Moment, renewalEveryMs } from '../domain/lease.ts';
import type { Clock } from '../ports/clock.ts';
import type { Coordination } from '../ports/coordination.ts';
import { isPortError } from '../ports/port-error.ts';
import type { Emit } from './events.ts';
import { deadlineWithin, momentOf, rest } from './moment.ts';
import type { Outages } from './outages.ts';

/** A living session. `renewedAt` is the start of its last successful renewal: the lease counts from there. */
export interface KeptSession {
  readonly id: string;
  readonly renewedAt: Moment;
}

/** Keeps one Consul session alive; opens another when it is gone. */
export interface SessionKeeper {
  current(): KeptSession | undefined;
  /** Milliseconds the lease of the current session has left; 0 or less without one. */
  leaseLeftMs(): number;
  /** Stops renewing. The session itself is left to the caller. */
  stop(): Promise<void>;
}

export interface SessionKeeperOptions {
  readonly coordination: Coordination;
  readonly clock: Clock;
  readonly timings: LeaseTimings;
  readonly emit: Emit;
  readonly outages: Outages;
  /** Told whenever a session was opened, renewed or lost. */
  readonly changed: () => void;
}

/** What agents call their sessions: the Go releases' name. */
export const SESSION_NAME = 'replicator_leader_lock';
/** Between two tries to open a session, and between two tries of a renewal that failed. */
const RETRY_OPEN_MS = 1_000;
const RETRY_RENEW_MS = 250;

/** Starts keeping a session. */
export function keepSession(options: SessionKeeperOptions): SessionKeeper {
  const ending = new AbortController();
  const holder: { session: KeptSession | undefined } = { session: undefined };
  const done = keep(options, holder, ending.signal);
  return {
    current: () => holder.session,
    leaseLeftMs: () =>
      holder.session ? leaseLeftMs(holder.session.renewedAt, momentOf(options.clock), options.timings) : 0,
    stop: async () => {
      ending.abort();
      await done;
    },
  };
}

type Holder = { session: KeptSession | undefined };

async function keep(options: SessionKeeperOptions, holder: Holder, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await open(options, holder, signal);
      options.outages.passed('consul', 'open a session');
      await renewWhileAlive(options, holder, signal);
    } catch (error) {
      if (signal.aborted) return;
      options.outages.failed('consul', 'open a session', error);
      await rest(options.clock, RETRY_OPEN_MS, signal);
    }
  }
}

async function open(options: SessionKeeperOptions, holder: Holder, signal: AbortSignal): Promise<void> {
  const { clock, timings, coordination } = options;
  const startedAt = momentOf(clock);
  const deadline = deadlineWithin(clock, signal, {
    ms: timings.renewDeadlineMs,
    service: 'consul',
    doing: 'open a session',
  });
  try {
    const spec = { name: SESSION_NAME, ttlMs: timings.ttlMs, lockDelayMs: timings.lockDelayMs };
    const id = await coordination.openSession(spec, deadline.signal);
    holder.session = { id, renewedAt: startedAt };
    options.emit({ kind: 'session-opened', session: id });
    options.changed();
  } catch (error) {
    throw deadline.told(error);
  } finally {
    deadline.end();
  }
}

/** Renews until the session is known to be gone or the keeper is stopped. */
async function renewWhileAlive(
  options: SessionKeeperOptions,
  holder: Holder,
  signal: AbortSignal,
): Promise<void> {
  const { clock, timings } = options;
  let everyMs = timings.renewEveryMs;
  let isFailing = false;
  while (holder.session && !signal.aborted) {
    const sinceMs = clock.monotonicMs() - holder.session.renewedAt.monotonicMs;
    await rest(clock, isFailing ? RETRY_RENEW_MS : Math.max(0, everyMs - sinceMs), signal);
    if (signal.aborted) return;
    try {
      const statedMs = await renewOnce(options, holder, signal);
      everyMs = renewalEveryMs(timings, statedMs);
      options.outages.passed('consul', 'renew the session');
      isFailing = false;
    } catch (error) {
      if (signal.aborted) return;
      isFailing = true;
      if (isSessionGone(error)) loseSession(options, holder, 'it has expired or was destroyed');
      else options.outages.failed('consul', 'renew the session', error);
      options.changed();
    }
  }
}

async function renewOnce(
  options: SessionKeeperOptions,
  holder: Holder,
  signal: AbortSignal,
): Promise<number> {
  const { clock, timings, coordination } = options;
  const startedAt = momentOf(clock);
  const id = holder.session?.id ?? '';
  const deadline = deadlineWithin(clock, signal, {
    ms: timings.renewDeadlineMs,
    service: 'consul',
    doing: 'renew the session',
  });
  try {
    const statedMs = await coordination.renewSession(id, deadline.signal);
    holder.session = { id, renewedAt: startedAt };
    options.changed();
    return statedMs;
  } catch (error) {
    throw deadline.told(error);
  } finally {
    deadline.end();
  }
}

function loseSession(options: SessionKeeperOptions, holder: Holder, why: string): void {
  if (holder.session) options.emit({ kind: 'session-lost', session: holder.session.id, why });
  holder.session = undefined;
}

function isSessionGone(error: unknown): boolean {
  return isPortError(error, 'conflict') && error.detail.conflict === 'session-gone';
}

import type { Moment } from '../domain/lease.ts';
import type { Clock } from '../ports/clock.ts';
import { PortError, type PortErrorDetail } from '../ports/port-error.ts';
import { INTENT_LIFE_MS, type WritePermit } from '../ports/write-permit.ts';
import { momentOf } from './moment.ts';

/** What a call is made for, besides the term's lock. */
export interface Intent {
  readonly clock: Clock;
  /** When the writing of the intent was begun. */
  readonly begunAt: Moment;
  /** True once failsafe or a pause is known to be set, or nothing can be known. */
  readonly isStopped: () => boolean;
  /** True once the agent stops: what waits for its turn would only keep the lock from the next. */
  readonly isClosed: () => boolean;
  readonly service: PortErrorDetail['service'];
  readonly doing: string;
}

/**
 * A term's permit for the call of one intent: refuses as well once a flag is known to be set that the intent was
 * written before, and when that was so long ago that the flag may not be known yet.
 */
export function intentPermit(permit: WritePermit, intent: Intent): WritePermit {
  const { clock, begunAt, service, doing } = intent;
  const refuse = (text: string): never => {
    throw new PortError('cancelled', { service, doing, text });
  };
  return {
    signal: permit.signal,
    assertHeld: () => {
      permit.assertHeld();
      if (intent.isClosed()) refuse('the agent stops');
      if (intent.isStopped()) refuse('failsafe or a pause has been set meanwhile');
      if (ageMs(begunAt, momentOf(clock)) > INTENT_LIFE_MS) refuse('its intent was written too long ago');
    },
  };
}

/** The greater of both clocks' elapsed times. */
function ageMs(then: Moment, now: Moment): number {
  return Math.max(now.monotonicMs - then.monotonicMs, now.wallMs - then.wallMs);
}

import type { ScalingState } from '../domain/scaling-state.ts';
import { formatInstant } from '../domain/instant.ts';
import type { Clock } from '../ports/clock.ts';
import type { Telling, Subject } from './notice.ts';

/** Alarms of resources in failsafe, as the rounds of the acting agent ask for them: again and again, until it is done. */
export interface Alarms {
  /** Tells that failsafe is set. True once somebody has been told: then it may be recorded. */
  raise(alarm: Alarm): boolean;
  /** Tells that it was reset. True once that is done with. */
  resolve(alarm: Alarm): boolean;
  /** True when this agent has raised it and not resolved it. */
  isRaised(subject: Subject): boolean;
  /** Another agent acts from now on: it goes by what is recorded. */
  forget(): void;
}

/** For an agent that tells nobody: nothing is recorded as told. */
export const NO_ALARMS: Alarms = {
  raise: () => false,
  resolve: () => true,
  isRaised: () => false,
  forget: () => undefined,
};

export interface Alarm {
  readonly subject: Subject;
  readonly message: string;
  readonly failures: number;
}

/** Sends a notice; `settled` is told whether anybody got it. False: there is nobody to tell. */
export type Send = (telling: Telling, settled: (delivered: boolean) => void) => boolean;

/** An alarm nobody got is raised again after this time. */
const AGAIN_AFTER_MS = 600_000;

interface Told {
  readonly kind: Telling['kind'];
  status: 'pending' | 'delivered' | 'failed';
  sinceMs: number;
}

/** Starts with none. */
export function createAlarms(clock: Clock, send: Send): Alarms {
  const told = new Map<string, Told>();
  const start = (kind: Told['kind'], alarm: Alarm): boolean => {
    const { subject, message, failures } = alarm;
    const one: Told = { kind, status: 'pending', sinceMs: clock.monotonicMs() };
    const reason = subject.type === 'worker_pool' ? 'cluster_failsafe_mode' : 'job_group_failsafe_mode';
    const isSent = send({ kind, reason, subject, message, details: { failures } }, (delivered) => {
      one.status = delivered ? 'delivered' : 'failed';
      one.sinceMs = clock.monotonicMs();
    });
    if (isSent) told.set(keyOf(subject), one);
    return isSent;
  };
  return {
    raise: (alarm) => {
      const one = told.get(keyOf(alarm.subject));
      const isDue = one?.status === 'failed' && clock.monotonicMs() - one.sinceMs >= AGAIN_AFTER_MS;
      if (one?.kind !== 'triggered' || isDue) start('triggered', alarm);
      else return one.status === 'delivered';
      return false;
    },
    resolve: (alarm) => {
      const one = told.get(keyOf(alarm.subject));
      if (one?.kind !== 'resolved') return !start('resolved', alarm);
      return one.status !== 'pending';
    },
    isRaised: (subject) => told.get(keyOf(subject))?.kind === 'triggered',
    forget: () => told.clear(),
  };
}

function keyOf({ type, id }: Subject): string {
  return `${type} ${id}`;
}

/** What a state tells of its alarm. `alarmOpen`: somebody has been told of failsafe, and not yet of its reset. */
export type AlarmState = Pick<
  ScalingState,
  'failsafeMode' | 'failsafeAdmin' | 'failureCount' | 'lastNotificationEvent'
> & { readonly alarmOpen: boolean };

/**
 * One round's look at the alarm: tells what has to be told, and answers the state as it is to be recorded, the same
 * value while nothing is. Only what was delivered is recorded: whoever acts next tells it otherwise, under the same key.
 */
export function settleAlarm<State extends AlarmState>(
  alarms: Alarms,
  of: { readonly subject: Subject; readonly state: State },
  nowMs: number,
): State {
  const { subject, state } = of;
  const { failsafeMode, alarmOpen, failureCount: failures } = state;
  if (failsafeMode && !alarmOpen) {
    const by = state.failsafeAdmin ? 'by an operator' : `after ${failures} failures`;
    const message = `failsafe was set ${by}: nothing is scaled until an operator resets it`;
    if (!alarms.raise({ subject, message, failures })) return state;
    return { ...state, alarmOpen: true, lastNotificationEvent: formatInstant(nowMs) };
  }
  if (failsafeMode || (!alarmOpen && !alarms.isRaised(subject))) return state;
  const isDone = alarms.resolve({ subject, message: 'failsafe was reset by an operator', failures });
  return isDone && alarmOpen ? { ...state, alarmOpen: false } : state;
}

import { formatInstant, parseInstant, ZERO_TIME } from './instant.ts';
import type { RawMember } from './json-members.ts';
import type { LastNode } from './pool-snapshot.ts';

export type ResourceType = 'job_group' | 'worker_pool';

/**
 * What is remembered of a resource between evaluations, in the form of the Go releases. Times are kept as
 * the text that was read, so that an unchanged one is written back unchanged.
 */
export interface ScalingState {
  readonly eligibleNodes: readonly string[] | null;
  readonly failsafeAdmin: boolean;
  readonly failsafeMode: boolean;
  readonly failureCount: number;
  readonly lastNotificationEvent: string;
  readonly lastScalingEvent: string;
  readonly lastUpdated: string;
  readonly resourceName: string;
  readonly resourceType: ResourceType;
  /** For job groups: scalings done in this direction. */
  readonly scaleInRequests: number;
  readonly scaleOutRequests: number;
  readonly statePath: string;
  /** When the last operation failed; '' when none has since the last success. Not known to the Go programs. */
  readonly lastFailureEvent: string;
  /** True from the notification about failsafe to the one about its reset. Not known to the Go programs. */
  readonly alarmOpen: boolean;
  /** Pools: nodes whose drain failed, by id, and when. Not known to the Go programs. */
  readonly failedDrains: Readonly<Record<string, string>>;
  /** Pools: an average node when there last were any. Not known to the Go programs. */
  readonly lastNode: LastNode | undefined;
  /** Members that this program does not know, kept as they were read. */
  readonly unknown: readonly RawMember[];
}

/** The state of a resource that was never scaled. */
export function initialState(resource: {
  readonly name: string;
  readonly type: ResourceType;
  readonly path: string;
}): ScalingState {
  return {
    eligibleNodes: null,
    failsafeAdmin: false,
    failsafeMode: false,
    failureCount: 0,
    lastNotificationEvent: ZERO_TIME,
    lastScalingEvent: ZERO_TIME,
    lastUpdated: ZERO_TIME,
    resourceName: resource.name,
    resourceType: resource.type,
    scaleInRequests: 0,
    scaleOutRequests: 0,
    statePath: resource.path,
    lastFailureEvent: '',
    alarmOpen: false,
    failedDrains: {},
    lastNode: undefined,
    unknown: [],
  };
}

/** Milliseconds of a cooldown that are left; a scaling event in the future counts as now. */
export function cooldownLeftMs(state: ScalingState, cooldownMs: number, nowMs: number): number {
  return leftMs(state.lastScalingEvent, cooldownMs, nowMs);
}

/** More make no difference to any cooldown of a millisecond or more, and no number infinite. */
const MOST_DOUBLINGS = 30;

/** Milliseconds of backoff that are left after failed operations: cooldown × 2^(failures − 1), at most 1 h. */
export function backoffLeftMs(state: ScalingState, cooldownMs: number, nowMs: number): number {
  if (state.failureCount === 0 || state.lastFailureEvent === '') return 0;
  const doublings = Math.min(state.failureCount - 1, MOST_DOUBLINGS);
  const backoffMs = Math.min(cooldownMs * 2 ** doublings, 3_600_000);
  return leftMs(state.lastFailureEvent, backoffMs, nowMs);
}

/** A request was accepted: the cooldown starts and the direction's counter rises. */
export function afterAccepted(state: ScalingState, direction: 'out' | 'in', nowMs: number): ScalingState {
  return {
    ...state,
    lastScalingEvent: formatInstant(nowMs),
    scaleOutRequests: state.scaleOutRequests + (direction === 'out' ? 1 : 0),
    scaleInRequests: state.scaleInRequests + (direction === 'in' ? 1 : 0),
  };
}

/** An operation succeeded: earlier failures are forgotten. */
export function afterSuccess(state: ScalingState): ScalingState {
  return { ...state, failureCount: 0, lastFailureEvent: '' };
}

/** An operation failed: one failure more, and failsafe at the threshold. */
export function afterFailure(state: ScalingState, retryThreshold: number, nowMs: number): ScalingState {
  const failed = { ...state, failureCount: state.failureCount + 1, lastFailureEvent: formatInstant(nowMs) };
  return afterTrip(failed, retryThreshold);
}

/** Sets failsafe where the failures call for it and it is not set; else the same value. */
export function afterTrip(state: ScalingState, retryThreshold: number): ScalingState {
  const due = !state.failsafeMode && state.failureCount >= retryThreshold;
  return due ? { ...state, failsafeMode: true } : state;
}

/** An operation is over that has changed the world: the cooldown starts, earlier failures are forgotten. */
export function afterScaled(state: ScalingState, nowMs: number): ScalingState {
  return { ...afterSuccess(state), lastScalingEvent: formatInstant(nowMs) };
}

/** Sets failsafe, whatever the number of failures. */
export function afterFailsafe(state: ScalingState): ScalingState {
  return state.failsafeMode ? state : { ...state, failsafeMode: true };
}

/** How long a node whose drain failed is not chosen again. */
const FAILED_DRAIN_MS = 3_600_000;

/** Notes that a node's drain failed; what is over is forgotten. */
export function afterFailedDrain(state: ScalingState, nodeId: string, nowMs: number): ScalingState {
  const recent = [...recentFailedDrains(state, nowMs)].map((id) => [id, state.failedDrains[id] ?? '']);
  return { ...state, failedDrains: { ...Object.fromEntries(recent), [nodeId]: formatInstant(nowMs) } };
}

/** Nodes that failed a drain within the last hour. A time in the future counts as now. */
export function recentFailedDrains(state: ScalingState, nowMs: number): ReadonlySet<string> {
  const recent = Object.entries(state.failedDrains).filter(
    ([, at]) => nowMs - (parseInstant(at) ?? nowMs) < FAILED_DRAIN_MS,
  );
  return new Set(recent.map(([id]) => id));
}

/** The cooldown starts anew without a counter: the count was put back. */
export function afterPutBack(state: ScalingState, nowMs: number): ScalingState {
  return { ...state, lastScalingEvent: formatInstant(nowMs) };
}

/** How far a stored time may be ahead of the clock before it is taken for a clock that was set back. */
export const CLOCK_SLACK_MS = 60_000;

/** Events far in the future are moved to now, so that a clock set back delays nothing for long. */
export function withoutFutureTimes(state: ScalingState, nowMs: number): ScalingState {
  const isFuture = (event: string): boolean => (parseInstant(event) ?? 0) > nowMs + CLOCK_SLACK_MS;
  if (!isFuture(state.lastScalingEvent) && !isFuture(state.lastFailureEvent)) return state;
  const now = formatInstant(nowMs);
  return {
    ...state,
    ...(isFuture(state.lastScalingEvent) && { lastScalingEvent: now }),
    ...(isFuture(state.lastFailureEvent) && { lastFailureEvent: now }),
  };
}

function leftMs(event: string, spanMs: number, nowMs: number): number {
  const at = Math.min(parseInstant(event) ?? nowMs, nowMs);
  return Math.max(0, at + spanMs - nowMs);
}

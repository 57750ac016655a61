import { withMember } from './edit-members.ts';
import { formatInstant, ZERO_TIME } from './instant.ts';
import { quoteGo } from './json-members.ts';
import type { ScalingState } from './scaling-state.ts';

/**
 * Counters, cooldowns and directions as they were at first. Failsafe stays set unless `resetsFailsafe`; what is known
 * of the world and of who was told stays in any case.
 */
export function afterClear(state: ScalingState, resetsFailsafe: boolean): ScalingState {
  const failsafe = resetsFailsafe ? { failsafeMode: false, failsafeAdmin: false } : {};
  return { ...forgotten(state), lastScalingEvent: ZERO_TIME, ...failsafe };
}

/** Everything observed before now is forgotten, and the cooldown starts now. Failsafe stays. */
export function afterCatchUp(state: ScalingState, nowMs: number): ScalingState {
  return { ...forgotten(state), lastScalingEvent: formatInstant(nowMs) };
}

function forgotten(state: ScalingState): ScalingState {
  return {
    ...state,
    failureCount: 0,
    lastFailureEvent: '',
    failedDrains: {},
    scaleInRequests: 0,
    scaleOutRequests: 0,
  };
}

/** What a saved state object is put back on. */
export interface RestoreSite {
  /** The state that is there; undefined for none. */
  readonly current: ScalingState | undefined;
  /** False: failsafe that is set now stays set. */
  readonly resetsFailsafe: boolean;
  /** Its key where that differs from the one that it was saved at. */
  readonly movedTo: string | undefined;
  readonly nowMs: number;
}

/**
 * The text of a saved state object as it is to be written: byte for byte as saved but for `last_updated`, failsafe that
 * stays, and whether somebody has been told of it, which is as it is now.
 */
export function restoreText(saved: string, { current, resetsFailsafe, movedTo, nowMs }: RestoreSite): string {
  const edits: [key: string, raw: string | undefined][] = [['last_updated', quoteGo(formatInstant(nowMs))]];
  if (movedTo !== undefined) edits.push(['state_path', quoteGo(movedTo)]);
  if (current) edits.push(['alarm_open', current.alarmOpen ? 'true' : undefined]);
  if (current?.failsafeMode && !resetsFailsafe) {
    edits.push(['failsafe_mode', 'true'], ['failsafe_admin', String(current.failsafeAdmin)]);
  }
  return edits.reduce((text, [key, raw]) => withMember(text, key, raw), saved);
}

/** True when two state objects are the same byte for byte but for `last_updated`. */
export function isSameText(one: string, other: string): boolean {
  const without = (text: string): string => withMember(text.trim(), 'last_updated', '""');
  return without(one) === without(other);
}

import { afterSuccess, type ScalingState } from './scaling-state.ts';

/** An operator sets failsafe for a resource. */
export function setByOperator(state: ScalingState): ScalingState {
  return { ...state, failsafeMode: true, failsafeAdmin: true };
}

/** An operator resets it, whoever had set it: earlier failures are forgotten. */
export function resetByOperator(state: ScalingState): ScalingState {
  return { ...afterSuccess(state), failsafeMode: false, failsafeAdmin: false };
}

/** Why a group's count is left alone. Closed: every refusal has one of these. */
export type HoldReason =
  | 'invalid'
  | 'state'
  | 'parked'
  | 'no-metrics'
  | 'starting'
  | 'steady'
  | 'headroom'
  | 'disabled'
  | 'failsafe'
  | 'paused'
  | 'operation'
  | 'deployment'
  | 'backoff'
  | 'cooldown'
  | 'max'
  | 'min'
  | 'no-room';

/** Why a group's count is changed. */
export type ActReason = 'above' | 'below' | 'bounds';

export type Reason = HoldReason | ActReason;

/** One sentence a reason, written once: logs, status, documentation and the demo print these. */
export const REASON_TEXT: Readonly<Record<Reason, string>> = {
  invalid: 'the policy in the group meta has faults',
  state: 'the stored scaling state cannot be read',
  parked: 'the count is 0: nobody starts what an operator switched off',
  'no-metrics': 'too few running allocations are measured',
  starting: 'an allocation is still starting, or is not listed yet',
  steady: 'usage is between the thresholds',
  headroom: 'one allocation fewer would be above the cpu scale-out threshold',
  disabled: 'replicator_enabled is false: evaluated and reported only',
  failsafe: 'failsafe is set; an operator resets it',
  paused: 'scaling is paused',
  operation: 'a scaling operation is under way',
  deployment: 'the job has, or may have, an unfinished deployment',
  backoff: 'waiting after a failed operation',
  cooldown: 'waiting after the last scaling event',
  max: 'the count is at its maximum',
  min: 'the count is at its minimum',
  'no-room': 'the cluster had no room for the new allocations',
  above: 'a metric is above its scale-out threshold',
  below: 'every judged metric is below its scale-in threshold',
  bounds: 'the count is outside its bounds',
};

import type { PolicyFault } from '../../domain/policy/meta.ts';
import type { DecisionRun, StoredStatus } from '../../ports/status-view.ts';
import { flag, instant, maybe, number, record, type Shape, text, whole } from '../shape.ts';
import { timeOf } from './way-shapes.ts';

/** A key that is wrong in a policy. */
export const policyFault = record<PolicyFault>()('PolicyFault', (field) => ({
  key: field(text, 'the key of the policy', (one) => one.key),
  text: field(text, 'what is wrong with it', (one) => one.text),
}));

/** A key in Consul that cannot be read. */
export const storeFault = record<{ readonly key: string; readonly text: string }>()(
  'StoreFault',
  (field) => ({
    key: field(text, "the key in Consul's KV", (one) => one.key),
    text: field(text, 'why it cannot be read', (one) => one.text),
  }),
);

/** The scaling state of a resource. */
export const scalingState = record<StoredStatus<unknown>>()('ScalingState', (field) => ({
  failsafe: field(flag, 'failsafe is set for this resource itself', ({ state }) => state.failsafeMode),
  failsafe_by_operator: field(flag, 'an operator has set it', ({ state }) => state.failsafeAdmin),
  failures: field(whole, 'operations that failed since the last success', ({ state }) => state.failureCount),
  scaleout_requests: field(
    whole,
    'groups: scalings out so far; pools: evaluations in a row that asked for out',
    ({ state }) => state.scaleOutRequests,
  ),
  scalein_requests: field(whole, 'the same of in', ({ state }) => state.scaleInRequests),
  last_scaling_at: field(maybe(text), 'RFC 3339; null for never', ({ state }) =>
    timeOf(state.lastScalingEvent),
  ),
  last_failure_at: field(maybe(text), 'RFC 3339; null for none since the last success', ({ state }) =>
    timeOf(state.lastFailureEvent),
  ),
  cooldown_left_ms: field(maybe(number), 'null without a valid policy', (one) => one.cooldownLeftMs),
  backoff_left_ms: field(maybe(number), 'null without a valid policy', (one) => one.backoffLeftMs),
}));

/** The last decision about a resource, without its id. */
export function lastDecision<Value extends DecisionRun, Wire>(title: string, decision: Shape<Value, Wire>) {
  return record<Value>()(title, (field) => ({
    sequence: field(whole, 'its number in /v1/decisions', (one) => one.sequence),
    count: field(whole, 'how often in a row it came to the same', (one) => one.count),
    first_at: field(instant, 'since when', (one) => one.firstMs),
    last_at: field(instant, 'when it was last made', (one) => one.lastMs),
    decision: field(decision, 'with every number', (one: Value) => one),
  }));
}

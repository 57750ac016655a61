import type { GroupOperation } from '../../domain/group-operation.ts';
import type { GroupPolicy } from '../../domain/policy/group-policy.ts';
import type { GroupStatus, Page } from '../../ports/status-view.ts';
import { flag, instant, list, maybe, number, record, text, whole, word } from '../shape.ts';
import { groupDecision } from './decision-shapes.ts';
import { thresholds } from './number-shapes.ts';
import { lastDecision, policyFault, scalingState, storeFault } from './resource-shapes.ts';
import { DIRECTION } from './words.ts';

const groupPolicy = record<GroupPolicy>()('GroupPolicy', (field) => ({
  enabled: field(flag, 'false: evaluated and reported only', (one) => one.enabled),
  min: field(whole, 'lowest count', (one) => one.min),
  max: field(whole, 'highest count', (one) => one.max),
  cpu: field(maybe(thresholds), 'null: CPU is not judged', (one) => one.cpu),
  mem: field(maybe(thresholds), 'null: memory is not judged', (one) => one.mem),
  cooldown_ms: field(number, 'wait after a scaling event', (one) => one.cooldownMs),
  retry_threshold: field(whole, 'failures before failsafe', (one) => one.retryThreshold),
  notification_uid: field(text, 'id put in notifications, empty: the group’s', (one) => one.notificationUid),
}));

const groupOperation = record<GroupOperation>()('GroupOperation', (field) => ({
  phase: field(word(['requested', 'confirming', 'reverting']), 'how far it is', (one) => one.phase),
  direction: field(DIRECTION, 'out or in', (one) => one.direction),
  from: field(whole, 'the count it began with', (one) => one.from),
  to: field(whole, 'the count it asks for', (one) => one.to),
  because: field(text, 'its reason', (one) => one.because),
  message: field(text, 'the sentence in Nomad’s scaling events', (one) => one.message),
  started_at: field(instant, 'when it was begun', (one) => one.startedMs),
  phase_at: field(instant, 'when its phase was begun', (one) => one.phaseMs),
  evaluation_id: field(text, 'the evaluation in Nomad, empty before it', (one) => one.evaluationId),
}));

const groupLastDecision = lastDecision<
  NonNullable<GroupStatus['decision']>,
  ReturnType<typeof groupDecision.encode>
>('GroupLastDecision', {
  schema: groupDecision.schema,
  encode: ({ decision }) => groupDecision.encode(decision),
});

/** A task group. */
export const groupStatus = record<GroupStatus>()('Group', (field) => ({
  id: field(text, '`<job>/<group>`, outside of `default` `<namespace>:<job>/<group>`', (one) => one.id),
  namespace: field(text, 'namespace of the job', ({ ref }) => ref.namespace),
  job: field(text, 'id of the job', ({ ref }) => ref.jobId),
  group: field(text, 'name of the group', ({ ref }) => ref.group),
  policy: field(maybe(groupPolicy), 'null where it is invalid or gone', ({ policy }) =>
    policy.kind === 'policy' ? policy.policy : undefined,
  ),
  faults: field(list(policyFault), 'what is wrong with an invalid policy', ({ policy }) =>
    policy.kind === 'invalid' ? policy.faults : [],
  ),
  count: field(maybe(whole), 'the desired count in the job; null where not known', (one) => one.count),
  running: field(maybe(whole), 'allocations that run', (one) => one.running),
  acts: field(flag, 'true where the agent that answers is the one that acts', (one) => one.isOurs),
  failsafe: field(flag, 'set for the group or for everything', (one) => one.failsafe),
  paused: field(flag, 'scaling is paused', (one) => one.paused),
  state: field(maybe(scalingState), 'null where it cannot be read', (one) => one.stored),
  state_key: field(text, 'key of the state in Consul', (one) => one.stateKey),
  state_fault: field(maybe(storeFault), 'why the state cannot be read', (one) => one.fault),
  operation: field(maybe(groupOperation), 'null while none is under way', (one) => one.stored?.operation),
  last_decision: field(
    maybe(groupLastDecision),
    'null before the first one, and where another agent acts',
    (one) => one.decision,
  ),
}));

/** The answer of /v1/groups. */
export const groupPage = record<Page<GroupStatus>>()('Groups', (field) => ({
  groups: field(list(groupStatus), 'in the order of their ids', (one) => one.items),
  total: field(whole, 'how many there are', (one) => one.total),
  next_after: field(maybe(text), 'what to give as `after` next time; null at the end', (one) => one.next),
}));

import type { DiscoveredPool, PolicyConflict } from '../../domain/discover-pools.ts';
import type { PolicyFault } from '../../domain/policy/meta.ts';
import type { PoolPolicy } from '../../domain/policy/pool-policy.ts';
import type { PoolOperation } from '../../domain/pool-operation.ts';
import type { Page, PoolStatus } from '../../ports/status-view.ts';
import { flag, instant, list, maybe, number, record, text, whole, word } from '../shape.ts';
import { poolDecision } from './decision-shapes.ts';
import { lastDecision, policyFault, scalingState, storeFault } from './resource-shapes.ts';
import { DIRECTION } from './words.ts';

const poolPolicy = record<PoolPolicy>()('PoolPolicy', (field) => ({
  enabled: field(flag, 'false: the pool is left alone', (one) => one.enabled),
  provider: field(text, 'scaling provider', (one) => one.provider),
  region: field(text, 'region of the Auto Scaling group', (one) => one.region),
  min: field(maybe(whole), 'lowest size on top of the Auto Scaling group’s own', (one) => one.min),
  max: field(maybe(whole), 'highest size on top of the Auto Scaling group’s own', (one) => one.max),
  cooldown_ms: field(number, 'wait after a scaling event', (one) => one.cooldownMs),
  fault_tolerance: field(whole, 'nodes that may be lost', (one) => one.faultTolerance),
  retry_threshold: field(whole, 'failures before failsafe', (one) => one.retryThreshold),
  scaling_threshold: field(whole, 'evaluations in a row that must ask', (one) => one.scalingThreshold),
  reserve: field(word(['all', 'largest']), 'what room is kept for', (one) => one.reserve),
  notification_uid: field(text, 'id put in notifications, empty: the pool’s', (one) => one.notificationUid),
}));

const conflict = record<PolicyConflict>()('PolicyConflict', (field) => ({
  key: field(text, 'the value of the policy', (one) => one.key),
  nodes: field(list(text), 'names of nodes that have another one', (one) => one.nodes),
}));

const PHASES = [
  'requested',
  'launching',
  'joining',
  'replacing',
  'detaching-failed',
  'draining',
  'undoing',
  'detaching',
  'terminating',
] as const;

const poolOperation = record<PoolOperation>()('PoolOperation', (field) => ({
  phase: field(word(PHASES), 'how far it is', (one) => one.phase),
  direction: field(DIRECTION, 'out or in', (one) => one.direction),
  from: field(maybe(whole), 'out: the desired capacity it began with', (one) =>
    one.direction === 'out' ? one.from : undefined,
  ),
  to: field(maybe(whole), 'out: the one it asks for', (one) =>
    one.direction === 'out' ? one.to : undefined,
  ),
  node: field(maybe(text), 'in: the node that goes', (one) =>
    one.direction === 'in' ? one.nodeName : undefined,
  ),
  instance_id: field(maybe(text), 'in: its instance', (one) =>
    one.direction === 'in' ? one.instanceId : undefined,
  ),
  because: field(text, 'its reason', (one) => one.because),
  message: field(text, 'why it was begun', (one) => one.message),
  started_at: field(instant, 'when it was begun', (one) => one.startedMs),
  phase_at: field(instant, 'when its phase was begun', (one) => one.phaseMs),
  frozen: field(text, 'what froze it, empty while it goes on', (one) => one.frozen),
}));

const poolLastDecision = lastDecision<
  NonNullable<PoolStatus['decision']>,
  ReturnType<typeof poolDecision.encode>
>('PoolLastDecision', {
  schema: poolDecision.schema,
  encode: ({ decision }) => poolDecision.encode(decision),
});

const policyOf = (discovered: DiscoveredPool | undefined): PoolPolicy | undefined =>
  discovered?.policy.kind === 'policy' ? discovered.policy.policy : undefined;

const faultsOf = ({ discovered }: PoolStatus): readonly PolicyFault[] =>
  discovered?.policy.kind === 'invalid' ? discovered.policy.faults : [];

/** A worker pool. */
export const poolStatus = record<PoolStatus>()('Pool', (field) => ({
  id: field(text, 'name of the pool and of its Auto Scaling group', (one) => one.id),
  policy: field(maybe(poolPolicy), 'null where it is invalid or gone', (one) => policyOf(one.discovered)),
  policy_source: field(maybe(word(['meta', 'kv'])), 'where it stands', (one) => one.discovered?.source),
  faults: field(list(policyFault), 'what is wrong with an invalid policy', faultsOf),
  conflicts: field(list(conflict), 'what nodes disagree about', (one) => one.discovered?.conflicts ?? []),
  held: field(
    flag,
    'true where they disagree about what must be the same',
    ({ discovered }) => discovered?.isHeld ?? false,
  ),
  nodes: field(whole, 'nodes that name the pool', ({ discovered }) => discovered?.nodes.length ?? 0),
  ready_nodes: field(
    whole,
    'those that are ready and eligible',
    ({ discovered }) => discovered?.members.length ?? 0,
  ),
  desired: field(
    maybe(whole),
    'desired capacity when it was last decided; null where another agent acts',
    (one) => one.decision?.decision.numbers?.desired,
  ),
  acts: field(flag, 'true where the agent that answers is the one that acts', (one) => one.isOurs),
  failsafe: field(flag, 'set for the pool or for everything', (one) => one.failsafe),
  paused: field(flag, 'scaling is paused', (one) => one.paused),
  state: field(maybe(scalingState), 'null where it cannot be read', (one) => one.stored),
  state_key: field(text, 'key of the state in Consul', (one) => one.stateKey),
  state_fault: field(maybe(storeFault), 'why the state cannot be read', (one) => one.fault),
  operation: field(maybe(poolOperation), 'null while none is under way', (one) => one.stored?.operation),
  last_decision: field(
    maybe(poolLastDecision),
    'null before the first one, and where another agent acts',
    (one) => one.decision,
  ),
}));

/** The answer of /v1/pools. */
export const poolPage = record<Page<PoolStatus>>()('Pools', (field) => ({
  pools: field(list(poolStatus), 'in the order of their names', (one) => one.items),
  total: field(whole, 'how many there are', (one) => one.total),
  next_after: field(maybe(text), 'what to give as `after` next time; null at the end', (one) => one.next),
}));

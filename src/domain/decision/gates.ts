import type { GroupPolicy } from '../policy/group-policy.ts';
import type { Wish } from './judge-group.ts';
import type { HoldReason } from './reason.ts';

/** What may stand between a wish and its execution. Times are milliseconds that are left, 0 for none. */
export interface GateFacts {
  readonly failsafe: boolean;
  readonly paused: boolean;
  readonly operation: boolean;
  /** Undefined where nobody asked: another gate held before. */
  readonly deployment: boolean | undefined;
  readonly backoffLeftMs: number;
  readonly cooldownLeftMs: number;
}

/** One gate: its reason, and whether it holds the wish. */
interface Gate {
  readonly reason: HoldReason;
  readonly holds: (facts: GateFacts, policy: GatePolicy, to: number) => boolean;
}

/** What of a policy the gates ask for. */
export type GatePolicy = Pick<GroupPolicy, 'enabled' | 'min' | 'max'>;

/** The gates in their order. The first that holds gives the reason. */
export const GROUP_GATES: readonly Gate[] = [
  { reason: 'disabled', holds: (_facts, policy) => !policy.enabled },
  { reason: 'failsafe', holds: (facts) => facts.failsafe },
  { reason: 'paused', holds: (facts) => facts.paused },
  { reason: 'operation', holds: (facts) => facts.operation },
  { reason: 'deployment', holds: (facts) => facts.deployment === true },
  { reason: 'backoff', holds: (facts) => facts.backoffLeftMs > 0 },
  { reason: 'cooldown', holds: (facts) => facts.cooldownLeftMs > 0 },
  { reason: 'max', holds: (_facts, policy, to) => to > policy.max },
  { reason: 'min', holds: (_facts, policy, to) => to < policy.min },
];

/** The reason that holds a wish back, undefined when it may be carried out. */
export function heldBy(wish: Wish, facts: GateFacts, policy: GatePolicy): HoldReason | undefined {
  if (wish.kind === 'hold') return wish.reason;
  return GROUP_GATES.find((gate) => gate.holds(facts, policy, wish.to))?.reason;
}

/**
 * True when the gates before `deployment` let the wish through: only then is it worth asking Nomad for
 * the job's deployments.
 */
export function needsDeployments(
  wish: Wish,
  facts: Omit<GateFacts, 'deployment'>,
  policy: GatePolicy,
): boolean {
  if (wish.kind === 'hold') return false;
  const held = heldBy(wish, { ...facts, deployment: true }, policy);
  return held === 'deployment';
}

/** True when a gate is shut that no measurement opens: failsafe, pause, operation, backoff or cooldown. */
export function cannotAct(facts: Omit<GateFacts, 'deployment'>): boolean {
  const { failsafe, paused, operation, backoffLeftMs, cooldownLeftMs } = facts;
  return failsafe || paused || operation || backoffLeftMs > 0 || cooldownLeftMs > 0;
}

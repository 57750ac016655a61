import type { PoolPolicy } from '../policy/pool-policy.ts';
import type { PoolSnapshot } from '../pool-snapshot.ts';
import type { Waits } from '../waits.ts';
import type { ScalingState } from '../scaling-state.ts';
import { detailOf } from './pool-detail.ts';
import type {
  PoolAsk,
  PoolDecision,
  PoolHoldReason,
  PoolJudgement,
  PoolNumbers,
  PoolSwitches,
  PoolVerdict,
} from './pool-judgement.ts';

/** What may stand between an ask and its execution. Times are milliseconds that are left, 0 for none. */
export interface PoolGateFacts extends PoolSwitches {
  readonly backoffLeftMs: number;
  readonly cooldownLeftMs: number;
  /** Consecutive evaluations, this one included, that asked for the same direction. */
  readonly asked: number;
  readonly waits?: Waits;
}

interface Facing {
  readonly threshold: number;
  readonly facts: PoolGateFacts;
  readonly numbers: PoolNumbers;
  readonly direction: 'out' | 'in';
  readonly to: number;
}

interface PoolGate {
  readonly reason: PoolHoldReason;
  readonly holds: (facing: Facing) => boolean;
}

/** The gates in their order. The first that holds gives the reason. */
export const POOL_GATES: readonly PoolGate[] = [
  { reason: 'failsafe', holds: ({ facts }) => facts.failsafe },
  { reason: 'paused', holds: ({ facts }) => facts.paused },
  { reason: 'operation', holds: ({ facts }) => facts.operation },
  { reason: 'backoff', holds: ({ facts }) => facts.backoffLeftMs > 0 },
  { reason: 'moving', holds: isMoving },
  { reason: 'asg-min', holds: ({ direction, to, numbers }) => direction === 'in' && to < numbers.min },
  { reason: 'asg-max', holds: ({ direction, to, numbers }) => direction === 'out' && to <= numbers.desired },
  { reason: 'cooldown', holds: ({ facts }) => facts.cooldownLeftMs > 0 },
  { reason: 'threshold', holds: ({ facts, threshold }) => facts.asked < threshold },
];

/** Judgement and gates → the decision. */
export function decidePool(
  snapshot: PoolSnapshot,
  { ask, numbers }: PoolJudgement,
  facts: PoolGateFacts,
): PoolDecision {
  const threshold = snapshot.policy.scalingThreshold;
  const { failsafe, paused, operation, waits } = facts;
  const verdict = verdictOf({ ask, numbers }, facts, threshold);
  const detail = verdict.kind === 'hold' ? detailOf(verdict.reason, { snapshot, numbers, ask }) : '';
  return {
    verdict,
    ask,
    numbers,
    detail,
    cooldownLeftMs: facts.cooldownLeftMs,
    backoffLeftMs: facts.backoffLeftMs,
    asked: facts.asked,
    threshold,
    gates: { failsafe, paused, operation },
    ...(waits && { waits }),
  };
}

function verdictOf({ ask, numbers }: PoolJudgement, facts: PoolGateFacts, threshold: number): PoolVerdict {
  if (ask.kind === 'none') return { kind: 'hold', reason: ask.reason };
  const from = numbers.desired;
  const to = targetOf(ask, numbers);
  const facing = { threshold, facts, numbers, direction: ask.kind, to };
  const held = POOL_GATES.find((gate) => gate.holds(facing));
  if (held) return { kind: 'hold', reason: held.reason };
  if (ask.kind === 'out') return { kind: 'out', from, to, because: ask.because };
  return { kind: 'in', from, to, because: ask.because, node: ask.node, instanceId: ask.instanceId };
}

/** The desired capacity that an ask comes to. */
export function targetOf(
  ask: Exclude<PoolAsk, { readonly kind: 'none' }>,
  { desired, max }: Pick<PoolNumbers, 'desired' | 'max'>,
): number {
  return ask.kind === 'in' ? desired - 1 : Math.min(desired + ask.nodes, max);
}

/** For in: ready nodes of the group and its desired capacity differ. For out: a young instance has not joined. */
function isMoving({ numbers, direction }: Facing): boolean {
  return direction === 'in' ? numbers.readyMembers !== numbers.desired : numbers.joining.length > 0;
}

/** The state after an evaluation: how often in a row the same direction was asked for, up to the threshold. */
export function countAsk(state: ScalingState, ask: PoolAsk, { scalingThreshold }: PoolPolicy): ScalingState {
  const next = (count: number): number => Math.min(count + 1, scalingThreshold);
  return {
    ...state,
    scaleOutRequests: ask.kind === 'out' ? next(state.scaleOutRequests) : 0,
    scaleInRequests: ask.kind === 'in' ? next(state.scaleInRequests) : 0,
  };
}

/** The state when an operation begins: counting starts over. */
export function resetCounters(state: ScalingState): ScalingState {
  return { ...state, scaleOutRequests: 0, scaleInRequests: 0 };
}

import { GROUP_GATES } from './gates.ts';
import type { GroupDecision } from './group-decision.ts';
import { POOL_GATES, targetOf } from './pool-decision.ts';
import type { PoolDecision, PoolHoldReason } from './pool-judgement.ts';
import type { HoldReason } from './reason.ts';

/** A gate, and whether it holds; undefined where that cannot be said: nobody asked, or there is no wish to hold. */
export interface GateReading<Reason> {
  readonly reason: Reason;
  readonly holds: boolean | undefined;
}

/** The gates of a decision in their order; none where nothing could be evaluated. */
export function readGroupGates({ wish, numbers, gates }: GroupDecision): readonly GateReading<HoldReason>[] {
  if (!numbers || !gates) return [];
  const to = wish.kind === 'scale' ? wish.to : numbers.count;
  const policy = { enabled: gates.enabled, min: numbers.min, max: numbers.max };
  return GROUP_GATES.map(({ reason, holds }) => {
    const isOfWish = reason === 'max' || reason === 'min';
    const isUnasked = reason === 'deployment' && gates.deployment === undefined;
    const isUnknown = isUnasked || (isOfWish && wish.kind === 'hold');
    return { reason, holds: isUnknown ? undefined : holds(gates, policy, to) };
  });
}

/** What only a wish can run into. */
const OF_ASK: readonly PoolHoldReason[] = ['moving', 'asg-min', 'asg-max', 'threshold'];

/** The same of a pool. */
export function readPoolGates(decision: PoolDecision): readonly GateReading<PoolHoldReason>[] {
  const { ask, numbers, gates, threshold, asked, cooldownLeftMs, backoffLeftMs } = decision;
  if (!numbers || !gates) return [];
  const facts = { ...gates, asked, cooldownLeftMs, backoffLeftMs };
  const isNone = ask.kind === 'none';
  const direction = isNone ? 'out' : ask.kind;
  const to = isNone ? numbers.desired : targetOf(ask, numbers);
  return POOL_GATES.map(({ reason, holds }) => ({
    reason,
    holds:
      isNone && OF_ASK.includes(reason) ? undefined : holds({ threshold, facts, numbers, direction, to }),
  }));
}

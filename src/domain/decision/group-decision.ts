import type { GroupPolicy, Thresholds } from '../policy/group-policy.ts';
import type { Waits } from '../waits.ts';
import type { TaskMean } from '../usage/measure-group.ts';
import { type GateFacts, heldBy } from './gates.ts';
import { countStarting, type Direction, type GroupSnapshot, type Wish } from './judge-group.ts';
import type { ActReason, HoldReason } from './reason.ts';

/** Every number a group's decision was made from; what cannot be known is absent. Percent, ms, counts. */
export interface GroupNumbers {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly running: number;
  readonly measured: number;
  readonly cpu?: number;
  readonly mem?: number;
  readonly cpuThresholds?: Thresholds;
  readonly memThresholds?: Thresholds;
  readonly tasks: readonly TaskMean[];
  /** Allocations that are young and pending: they are starting. */
  readonly starting: number;
  /** The list of allocations may be older than the job: not all that it asks for is in it. */
  readonly isLate: boolean;
  readonly cooldownLeftMs: number;
  readonly backoffLeftMs: number;
}

export type GroupVerdict =
  | { readonly kind: 'hold'; readonly reason: HoldReason }
  | {
      readonly kind: 'scale';
      readonly direction: Direction;
      readonly from: number;
      readonly to: number;
      readonly because: ActReason;
    };

/** The result of one evaluation: what is done, what the numbers alone asked for, and the numbers. */
export interface GroupDecision {
  readonly verdict: GroupVerdict;
  readonly wish: Wish;
  /** Absent where nothing could be evaluated (`invalid`, `state`). */
  readonly numbers?: GroupNumbers;
  /** What stood between the wish and its execution, or would have; absent where the numbers are. */
  readonly gates?: GroupGates;
  /** What cooldown and backoff were reckoned from; absent where the numbers are. */
  readonly waits?: Waits;
}

/** The gates as they stood, `replicator_enabled` among them. */
export interface GroupGates extends GateFacts {
  readonly enabled: boolean;
}

/** Judged snapshot and gates → the decision. */
export function decideGroup(
  snapshot: GroupSnapshot,
  policy: GroupPolicy,
  facing: { readonly wish: Wish; readonly gates: GateFacts; readonly waits?: Waits },
): GroupDecision {
  const { wish, gates, waits } = facing;
  const held = heldBy(wish, gates, policy);
  const numbers = numbersOf(snapshot, policy, gates);
  const known = { wish, numbers, gates: { ...gates, enabled: policy.enabled }, ...(waits && { waits }) };
  if (held !== undefined || wish.kind === 'hold') {
    return { verdict: { kind: 'hold', reason: held ?? 'steady' }, ...known };
  }
  const { direction, to, because } = wish;
  return { verdict: { kind: 'scale', direction, from: snapshot.group.count, to, because }, ...known };
}

/** A decision for a group that cannot be evaluated at all. */
export function holdBlind(reason: HoldReason): GroupDecision {
  return { verdict: { kind: 'hold', reason }, wish: { kind: 'hold', reason } };
}

function numbersOf(snapshot: GroupSnapshot, policy: GroupPolicy, gates: GateFacts): GroupNumbers {
  const { usage, group } = snapshot;
  return {
    count: group.count,
    min: policy.min,
    max: policy.max,
    running: usage.running,
    measured: usage.measured,
    ...(usage.cpu !== undefined && { cpu: usage.cpu }),
    ...(usage.mem !== undefined && { mem: usage.mem }),
    ...(policy.cpu && { cpuThresholds: policy.cpu }),
    ...(policy.mem && { memThresholds: policy.mem }),
    tasks: usage.tasks,
    starting: countStarting(snapshot),
    isLate: snapshot.isLate,
    cooldownLeftMs: gates.cooldownLeftMs,
    backoffLeftMs: gates.backoffLeftMs,
  };
}

import type { GroupPolicy, Thresholds } from '../policy/group-policy.ts';
import type { AllocationFacts, TaskGroupFacts } from '../snapshot.ts';
import type { GroupUsage } from '../usage/measure-group.ts';
import type { ActReason, HoldReason } from './reason.ts';

export type Direction = 'out' | 'in';

/** What the numbers alone ask for, before any gate. */
export type Wish =
  | { readonly kind: 'hold'; readonly reason: HoldReason }
  | {
      readonly kind: 'scale';
      readonly direction: Direction;
      readonly to: number;
      readonly because: ActReason;
    };

/** Everything the judgement of a group is made from. `nowMs` is the wall clock. */
export interface GroupSnapshot {
  readonly group: TaskGroupFacts;
  readonly allocations: readonly AllocationFacts[];
  /** True when the allocations may be older than the job's version: not all that it asks for is among them. */
  readonly isLate: boolean;
  readonly usage: GroupUsage;
  readonly nowMs: number;
}

/** How long a pending allocation may hold a group up, at the least. */
const STARTING_MS = 5 * 60_000;

/** The rules of job scaling in their order; total: every snapshot has exactly one answer. */
export function judgeGroup(snapshot: GroupSnapshot, policy: GroupPolicy): Wish {
  const count = snapshot.group.count;
  const { running, measured } = snapshot.usage;
  if (count === 0) return hold('parked');
  if (running === 0) return hold('no-metrics');
  if (count < policy.min) return scale('out', policy.min, 'bounds');
  if (count > policy.max) {
    const isMeasured = measured === running && !snapshot.isLate;
    return isMeasured ? scale('in', policy.max, 'bounds') : hold('no-metrics');
  }
  if (measured === 0 || measured * 2 < running) return hold('no-metrics');
  if (snapshot.isLate || countStarting(snapshot) > 0) return hold('starting');
  return judgeUsage(count, snapshot.usage, policy);
}

function judgeUsage(count: number, usage: GroupUsage, policy: GroupPolicy): Wish {
  const judged = judgedMetrics(usage, policy);
  const known = judged.filter(isKnown);
  if (known.some(({ value, limits }) => value > limits.scaleOut)) return scale('out', count + 1, 'above');
  const isCold = judged.length > 0 && known.every(({ value, limits }) => value < limits.scaleIn);
  if (!isCold) return hold('steady');
  if (known.length < judged.length || usage.measured < usage.running) return hold('no-metrics');
  if (count <= Math.max(policy.min, 1)) return hold('min');
  return hasHeadroom(count, usage, policy) ? scale('in', count - 1, 'below') : hold('headroom');
}

/** The load of one allocation fewer, spread over the rest, stays under the cpu scale-out threshold. */
function hasHeadroom(count: number, usage: GroupUsage, policy: GroupPolicy): boolean {
  if (!policy.cpu || usage.cpu === undefined) return true;
  return (usage.cpu * count) / (count - 1) < policy.cpu.scaleOut;
}

interface Judged {
  readonly value: number | undefined;
  readonly limits: Thresholds;
}

function judgedMetrics(usage: GroupUsage, policy: GroupPolicy): readonly Judged[] {
  return [
    ...(policy.cpu ? [{ value: usage.cpu, limits: policy.cpu }] : []),
    ...(policy.mem ? [{ value: usage.mem, limits: policy.mem }] : []),
  ];
}

function isKnown(judged: Judged): judged is Judged & { readonly value: number } {
  return judged.value !== undefined;
}

/** Allocations that are pending and young enough to be waited for. */
export function countStarting({ group, allocations, nowMs }: GroupSnapshot): number {
  const limitMs = Math.max(STARTING_MS, group.healthyDeadlineMs);
  const isStarting = (one: AllocationFacts): boolean =>
    one.desiredStatus === 'run' && one.clientStatus === 'pending' && nowMs - one.createdMs < limitMs;
  return allocations.filter(isStarting).length;
}

function hold(reason: HoldReason): Wish {
  return { kind: 'hold', reason };
}

function scale(direction: Direction, to: number, because: ActReason): Wish {
  return { kind: 'scale', direction, to, because };
}

import type { Direction } from './decision/judge-group.ts';
import type { ActReason } from './decision/reason.ts';
import { CLOCK_SLACK_MS } from './scaling-state.ts';
import type { GroupRef } from './snapshot.ts';

/**
 * A scaling of a task group under way, kept in KV so that any agent can finish it.
 *
 *   requested ──accepted──▶ confirming ──deployment successful / count reached──▶ (done)
 *       │                       │ └──failed──▶ (failure)   cancelled, superseded──▶ (dropped)
 *       └──refused, not sent    └──no room for 15 min──▶ reverting ──count back──▶ (dropped, cooldown)
 *             ▶ (dropped)
 */
export interface GroupOperation extends GroupRef {
  readonly phase: GroupPhase;
  readonly direction: Direction;
  readonly from: number;
  readonly to: number;
  readonly because: ActReason;
  /** The sentence that stands in Nomad's scaling events. */
  readonly message: string;
  readonly startedMs: number;
  /** When this phase began: its deadline is counted from here. */
  readonly phaseMs: number;
  /** JobModifyIndex decided upon; from `confirming` on, the one of our change. */
  readonly modifyIndex: number;
  /** The evaluation of our change; '' when the answer was lost. */
  readonly evaluationId: string;
  readonly deploys: boolean;
  /** The policy's threshold, carried along: an operation is finished even when its job has lost the policy. */
  readonly retryThreshold: number;
}

export type GroupPhase = 'requested' | 'confirming' | 'reverting';

/** Deadlines of the phases, milliseconds. */
export const PHASE_DEADLINE_MS = { requested: 30_000, confirming: 15 * 60_000 } as const;

/** Our change was accepted: wait for Nomad to carry it out. */
export function toConfirming(
  operation: GroupOperation,
  accepted: { readonly modifyIndex: number; readonly evaluationId: string },
  nowMs: number,
): GroupOperation {
  return { ...operation, phase: 'confirming', phaseMs: nowMs, ...accepted };
}

/** No room: the count goes back to what it was. */
export function toReverting(operation: GroupOperation, nowMs: number): GroupOperation {
  return { ...operation, phase: 'reverting', phaseMs: nowMs };
}

/** A phase that began far in the future begins now: a clock set back makes no deadline longer by that much. */
export function withoutFuturePhase(operation: GroupOperation, nowMs: number): GroupOperation {
  return operation.phaseMs > nowMs + CLOCK_SLACK_MS ? { ...operation, phaseMs: nowMs } : operation;
}

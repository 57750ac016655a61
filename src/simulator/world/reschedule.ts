import { findGroup } from './job-types.ts';
import { msOfNs, nsAfter } from './time.ts';
import type { RescheduleSpec } from './job-types.ts';
import type { Allocation } from './types.ts';

const WINDOW_MS = 1000;

export type RescheduleVerdict =
  { readonly kind: 'no' } | { readonly kind: 'now' } | { readonly kind: 'later'; readonly atNs: bigint };

/** The wait before the next attempt. */
export function nextDelayMs(policy: RescheduleSpec, attempts: number): number {
  if (policy.delayFunction === 'constant') return policy.delayMs;
  const delay =
    policy.delayFunction === 'fibonacci'
      ? fibonacci(policy.delayMs, attempts)
      : policy.delayMs * 2 ** attempts;
  return policy.maxDelayMs > 0 ? Math.min(delay, policy.maxDelayMs) : delay;
}

function fibonacci(delayMs: number, attempts: number): number {
  let previous = 0;
  let current = delayMs;
  for (let i = 0; i < attempts; i += 1) [previous, current] = [current, previous + current];
  return current;
}

/** When the last of its tasks ended. */
export function lastEventNs(allocation: Allocation): bigint {
  let last = 0n;
  for (const state of Object.values(allocation.taskStates ?? {})) {
    if (state.finishedAtNs !== null && state.finishedAtNs > last) last = state.finishedAtNs;
  }
  return last === 0n ? allocation.modifyTimeNs : last;
}

/** Whether its policy still allows another attempt. */
export function mayReschedule(allocation: Allocation, atNs: bigint): boolean {
  const policy = findGroup(allocation.job, allocation.group)?.reschedule;
  if (!policy) return false;
  if (policy.unlimited) return true;
  const since = msOfNs(atNs) - policy.intervalMs;
  const recent = allocation.rescheduleEvents.filter((event) => msOfNs(event.timeNs) >= since);
  return recent.length < policy.attempts;
}

/** Whether a failed allocation is to be replaced now, later or not at all. */
export function judgeReschedule(allocation: Allocation, nowNs: bigint, evalId: string): RescheduleVerdict {
  const policy = findGroup(allocation.job, allocation.group)?.reschedule;
  const failedNs = lastEventNs(allocation);
  if (!policy || !mayReschedule(allocation, failedNs)) return { kind: 'no' };
  const atNs = nsAfter(failedNs, nextDelayMs(policy, allocation.rescheduleEvents.length));
  if (allocation.followupEvalId === evalId || msOfNs(atNs) - msOfNs(nowNs) <= WINDOW_MS)
    return { kind: 'now' };
  return allocation.followupEvalId === '' ? { kind: 'later', atNs } : { kind: 'no' };
}

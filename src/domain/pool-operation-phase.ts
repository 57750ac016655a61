import { LATE_CALL_MS, POOL_DEADLINE_MS, type PoolOperation, STALE_READ_MS } from './pool-operation.ts';
import { CLOCK_SLACK_MS } from './scaling-state.ts';

/** Another phase, begun now: its own call has not been sent yet. Calls of the last one may still arrive. */
export function entering<T extends PoolOperation>(
  operation: T,
  to: Partial<T> & Pick<T, 'phase'>,
  nowMs: number,
): T {
  const lostMs = lastLostMs(operation);
  return { ...operation, ...to, phaseMs: nowMs, acceptedMs: 0, unansweredMs: 0, lostMs };
}

/** The intent of a call that is sent right after it has been recorded. */
export function sending<T extends PoolOperation>(operation: T, nowMs: number): T {
  return { ...operation, lostMs: lastLostMs(operation), unansweredMs: nowMs };
}

/** When the last call was sent that nobody saw the answer of; 0 for none. */
function lastLostMs({ unansweredMs, lostMs }: PoolOperation): number {
  return Math.max(unansweredMs, lostMs);
}

/** True while a call that nobody saw the answer of may still arrive. */
export function mayArriveLate(operation: PoolOperation, nowMs: number): boolean {
  const lostMs = lastLostMs(operation);
  return lostMs !== 0 && nowMs - lostMs < LATE_CALL_MS;
}

/** True when a call of this phase was accepted, or may yet be carried out: there is no way back. */
export function isPhaseCallOut(operation: PoolOperation, nowMs: number): boolean {
  return operation.acceptedMs !== 0 || isPhaseCallLost(operation, nowMs);
}

function isPhaseCallLost(operation: PoolOperation, nowMs: number): boolean {
  return lastLostMs(operation) >= operation.phaseMs && mayArriveLate(operation, nowMs);
}

/** True when the phase's call was accepted so lately that what is read may not show it yet. */
export function isJustAccepted({ acceptedMs }: PoolOperation, nowMs: number): boolean {
  return acceptedMs !== 0 && nowMs - acceptedMs < STALE_READ_MS;
}

/** True once the phase has lasted for its deadline. */
export function isPhaseOverdue(operation: PoolOperation, nowMs: number): boolean {
  return nowMs - operation.phaseMs >= deadlineMs(operation);
}

function deadlineMs(operation: PoolOperation): number {
  if (operation.phase === 'draining') return operation.drainDeadlineMs;
  const isReplacement = operation.phase === 'launching' && operation.failed.length > 0;
  return POOL_DEADLINE_MS[isReplacement ? 'relaunching' : operation.phase];
}

/** Failsafe is set: the operation stays where it is. The first reason is kept. */
export function freeze<T extends PoolOperation>(operation: T, why: string): T {
  return operation.frozen === '' ? { ...operation, frozen: why } : operation;
}

/** Failsafe was lifted: the phase begins anew, without forgetting a call of it that may still arrive. */
export function thaw<T extends PoolOperation>(operation: T, nowMs: number): T {
  const lostMs = isPhaseCallLost(operation, nowMs) ? nowMs : operation.lostMs;
  return { ...operation, frozen: '', phaseMs: nowMs, lostMs };
}

/** Times far in the future become now: a clock set back makes no deadline longer by that much. Else the same value. */
export function withoutFutureMoments<T extends PoolOperation>(operation: T, nowMs: number): T {
  const { phaseMs, acceptedMs, unansweredMs, lostMs } = operation;
  const moments = { phaseMs, acceptedMs, unansweredMs, lostMs };
  const isFuture = (ms: number): boolean => ms > nowMs + CLOCK_SLACK_MS;
  if (!Object.values(moments).some(isFuture)) return operation;
  const settle = (ms: number): number => (isFuture(ms) ? nowMs : ms);
  return {
    ...operation,
    phaseMs: settle(phaseMs),
    acceptedMs: settle(acceptedMs),
    unansweredMs: settle(unansweredMs),
    lostMs: settle(lostMs),
  };
}

import type { PoolOperation } from './pool-operation.ts';
import { entering } from './pool-operation-phase.ts';
import { end, type EndStep, move, type MoveStep } from './pool-step.ts';

/** Why a call was certainly not carried out. `unavailable`: it was never sent. */
export type CallRefusal =
  | 'not-a-member'
  | 'protected'
  | 'activity'
  | 'bounds'
  | 'not-found'
  | 'denied'
  | 'throttled'
  | 'invalid'
  | 'unavailable';

/** The call was accepted. */
export function afterAnswer(operation: PoolOperation, nowMs: number): PoolOperation {
  return { ...operation, acceptedMs: nowMs, unansweredMs: 0 };
}

/** The call was refused: what the next looks go on from. */
export function afterRefusal(
  operation: PoolOperation,
  of: { readonly refusal: CallRefusal; readonly text: string; readonly nowMs: number },
): MoveStep | EndStep {
  const { refusal, text, nowMs } = of;
  const answered = { ...operation, unansweredMs: 0 };
  const isOwn = answered.lostMs === 0 && answered.acceptedMs === 0;
  if (answered.direction === 'in' && answered.phase === 'detaching' && isOwn && isFinal(refusal)) {
    const next = entering(answered, { phase: 'undoing', undo: 'refused' }, nowMs);
    return move(next, `the drain is undone: ${text}`);
  }
  const isHopeless = refusal === 'not-found' || refusal === 'bounds' || refusal === 'invalid';
  if (answered.direction === 'out' && answered.phase === 'requested' && isOwn && isHopeless) {
    return end('dropped', text);
  }
  return move(answered, `refused, looking again: ${text}`);
}

/** The group does not let the instance go, whatever is done about it here. */
function isFinal(refusal: CallRefusal): boolean {
  return refusal === 'protected' || refusal === 'bounds';
}

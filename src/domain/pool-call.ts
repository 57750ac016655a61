import type { PoolOperation } from './pool-operation.ts';
import { entering, isPhaseCallOut } from './pool-operation-phase.ts';
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

/** The call was refused: what the next looks go on from. Where nothing has been done yet, nothing is waited for. */
export function afterRefusal(
  operation: PoolOperation,
  of: { readonly refusal: CallRefusal; readonly text: string; readonly nowMs: number },
): MoveStep | EndStep {
  const { refusal, text, nowMs } = of;
  const answered = { ...operation, unansweredMs: 0 };
  if (isStanding(refusal) && !isPhaseCallOut(answered, nowMs)) {
    const isUnsent = answered.lostMs === 0;
    if (answered.phase === 'requested' || (answered.phase === 'draining' && isUnsent)) {
      return end('dropped', text);
    }
    if (answered.phase === 'detaching') {
      const next = entering(answered, { phase: 'undoing', undo: 'refused' }, nowMs);
      return move(next, `the drain is undone: ${text}`);
    }
  }
  return move(answered, `refused, looking again: ${text}`);
}

/** A refusal that stands until somebody mends something, whatever is done about it here. */
function isStanding(refusal: CallRefusal): boolean {
  switch (refusal) {
    case 'protected':
    case 'bounds':
    case 'denied':
    case 'invalid':
      return true;
    case 'not-found':
    case 'not-a-member':
    case 'activity':
    case 'throttled':
    case 'unavailable':
      return false;
  }
}

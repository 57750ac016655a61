import { clearFirst, isEmpty, isOpen, isStopping, workText } from './clear-node.ts';
import type { InOperation, UndoReason } from './pool-operation.ts';
import {
  entering,
  isJustAccepted,
  isPhaseCallOut,
  isPhaseOverdue,
  mayArriveLate,
} from './pool-operation-phase.ts';
import type { PoolSight } from './pool-sight.ts';
import { end, endLater, makeCall, move, type PoolStep, trip, wait } from './pool-step.ts';
import { isInstanceGone } from './worker-pool.ts';

/** One look at an operation that removes a node, and its next step. */
export function advanceIn(operation: InOperation, sight: PoolSight): PoolStep {
  switch (operation.phase) {
    case 'draining':
      return advanceDraining(operation, sight);
    case 'undoing':
      return advanceUndoing(operation, sight);
    case 'detaching':
      return advanceDetaching(operation, sight);
    case 'terminating':
      return advanceTerminating(operation, sight);
  }
}

function advanceDraining(operation: InOperation, sight: PoolSight): PoolStep {
  const { node, nowMs } = sight;
  const { nodeName } = operation;
  if (!node) {
    return move(
      entering(operation, { phase: 'detaching' }, nowMs),
      `${nodeName} is gone: nothing runs there`,
    );
  }
  if (!node.eligible && isUnsent(operation)) {
    return end('dropped', `somebody else has made ${nodeName} ineligible`);
  }
  if (sight.asksOut) return undo(operation, sight, { undo: 'wanted', why: 'the pool needs more room' });
  const isOverdue = isPhaseOverdue(operation, nowMs);
  if (!node.eligible && !node.draining && isEmpty(sight)) {
    return move(entering(operation, { phase: 'detaching' }, nowMs), `${nodeName} is drained and empty`);
  }
  if (isOverdue) {
    return undo(operation, sight, { undo: 'timeout', why: `not empty in time: ${workText(sight)}` });
  }
  return node.eligible ? drainOpen(operation, sight) : watchDrain(operation, sight);
}

/** No drain has been sent by this operation, or every one was refused. */
function isUnsent({ acceptedMs, unansweredMs, lostMs }: InOperation): boolean {
  return acceptedMs === 0 && unansweredMs === 0 && lostMs === 0;
}

/** Eligible: because the drain is not out yet, does not show yet, or somebody has undone it. */
function drainOpen(operation: InOperation, sight: PoolSight): PoolStep {
  if (isJustAccepted(operation, sight.nowMs)) return wait('the drain was accepted and does not show yet');
  if (operation.acceptedMs === 0) return drain(operation, sight, `drain ${operation.nodeName}`);
  return undo(operation, sight, { undo: 'operator', why: 'somebody has made the node eligible' });
}

/** Ineligible, with work. A drain that shows was accepted, whoever saw the answer. */
function watchDrain(operation: InOperation, sight: PoolSight): PoolStep {
  const { nowMs } = sight;
  if (operation.acceptedMs === 0) return move({ ...operation, acceptedMs: nowMs }, 'the drain is under way');
  const isGoing = sight.node?.draining === true || isStopping(sight);
  if (isGoing || isJustAccepted(operation, nowMs)) return wait(`draining: ${workText(sight)}`);
  return drain(operation, sight, `${workText(sight)} after the drain has ended: drain again`);
}

function drain(operation: InOperation, { nowMs }: PoolSight, why: string): PoolStep {
  return makeCall(operation, { kind: 'drain', nodeId: operation.nodeId }, { why, nowMs });
}

function undo(
  operation: InOperation,
  { nowMs }: PoolSight,
  of: { readonly undo: UndoReason; readonly why: string },
): PoolStep {
  const next = entering(operation, { phase: 'undoing', undo: of.undo }, nowMs);
  return move(next, `the drain is undone: ${of.why}`);
}

function advanceUndoing(operation: InOperation, sight: PoolSight): PoolStep {
  const { node, nowMs } = sight;
  const { nodeId, nodeName } = operation;
  const isBack = !node || (node.eligible && !node.draining);
  if (isBack && mayArriveLate(operation, nowMs)) {
    return wait('eligible again; a call whose answer was lost may still arrive, waiting for that');
  }
  if (isBack) return endUndone(operation, node === undefined ? 'is gone' : 'is eligible again');
  if (isJustAccepted(operation, nowMs)) return wait('the node is being made eligible');
  const why = isPhaseOverdue(operation, nowMs)
    ? `${nodeName} is not eligible after a minute: make it eligible again`
    : `make ${nodeName} eligible again`;
  return makeCall(operation, { kind: 'undrain', nodeId }, { why, nowMs });
}

function endUndone({ undo: reason, nodeId, nodeName }: InOperation, how: string): PoolStep {
  const why = `${nodeName} ${how}`;
  switch (reason) {
    case 'timeout':
      return { ...end('failure', `${why}; it could not be drained in time`), failedDrain: nodeId };
    case 'refused':
      return { ...end('failure', `${why}; its removal was refused`), failedDrain: nodeId };
    case 'operator':
      return end('dropped', `${why}; somebody wanted it so`);
    default:
      return end('dropped', `${why}; the pool needs it`);
  }
}

function advanceDetaching(operation: InOperation, sight: PoolSight): PoolStep {
  const { nowMs, membership } = sight;
  const { instanceId, pool } = operation;
  const group = membership.get(instanceId);
  if (group === undefined) {
    const why = `${instanceId} is in no group any more`;
    return move(entering(operation, { phase: 'terminating' }, nowMs), why);
  }
  if (group !== pool) return trip(operation, `${instanceId} is in the group ${group} now: it is left alone`);
  const back = isPhaseCallOut(operation, nowMs) ? undefined : turnBack(operation, sight);
  if (back) return back;
  if (isJustAccepted(operation, nowMs)) return wait(`waiting for ${instanceId} to leave the group`);
  if (isPhaseOverdue(operation, nowMs)) return trip(operation, `${instanceId} does not leave the group`);
  if (isOpen(sight.node) || !isEmpty(sight)) {
    return wait(`${workText(sight)}, and a detach may be under way: looking again`);
  }
  return makeCall(operation, { kind: 'detach', instanceId }, { why: `detach ${instanceId}`, nowMs });
}

/** Before a detach is sent the node is looked at once more. */
function turnBack(operation: InOperation, sight: PoolSight): PoolStep | undefined {
  const { nowMs } = sight;
  if (isOpen(sight.node)) {
    return undo(operation, sight, { undo: 'operator', why: 'somebody has made the node eligible' });
  }
  if (sight.asksOut) return undo(operation, sight, { undo: 'wanted', why: 'the pool needs more room' });
  if (isEmpty(sight)) return undefined;
  // The drain was accepted, or this phase would not have begun.
  const next = { ...entering(operation, { phase: 'draining' }, nowMs), acceptedMs: operation.phaseMs };
  return move(next, `${workText(sight)} before the detach: drain again`);
}

/** Nothing with work, and nothing that may be given work, is terminated. */
function advanceTerminating(operation: InOperation, sight: PoolSight): PoolStep {
  const { nowMs, instances } = sight;
  const { instanceId, nodeName } = operation;
  const instance = instances.get(instanceId);
  if (isInstanceGone(instance)) {
    return endLater(operation, sight, end('success', `${nodeName} (${instanceId}) is terminated`));
  }
  const late = isPhaseOverdue(operation, nowMs) ? ', for more than three minutes' : '';
  const first = clearFirst(operation, sight, late);
  if (first) return first;
  if (isJustAccepted(operation, nowMs) || instance?.state === 'shutting-down') {
    return wait(`waiting for ${instanceId} to be terminated${late}`);
  }
  return makeCall(operation, { kind: 'terminate', instanceId }, { why: `terminate ${instanceId}`, nowMs });
}

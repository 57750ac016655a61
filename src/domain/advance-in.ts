import { endLater } from './advance-out.ts';
import { isWork } from './capacity/placement.ts';
import type { NodeFacts } from './node.ts';
import type { InOperation, UndoReason } from './pool-operation.ts';
import {
  entering,
  freeze,
  isJustAccepted,
  isPhaseCallOut,
  isPhaseOverdue,
  mayArriveLate,
  sending,
} from './pool-operation-phase.ts';
import type { PoolSight } from './pool-sight.ts';
import { type CallStep, end, move, type PoolStep, wait } from './pool-step.ts';
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
  if (!node) {
    const why = `the node ${operation.nodeName} is gone: nothing runs there`;
    return move(entering(operation, { phase: 'detaching' }, nowMs), why);
  }
  if (sight.asksOut) return undo(operation, sight, { undo: 'wanted', why: 'the pool needs more room' });
  if (isPhaseOverdue(operation, nowMs)) {
    return undo(operation, sight, { undo: 'timeout', why: `not empty in time: ${workText(sight)}` });
  }
  if (node.eligible) return drainEligible(operation, sight);
  if (isEmpty(sight)) {
    return move(
      entering(operation, { phase: 'detaching' }, nowMs),
      `${operation.nodeName} is drained and empty`,
    );
  }
  if (node.draining || isJustAccepted(operation, nowMs)) return wait(`draining: ${workText(sight)}`);
  return drain(operation, sight, `${workText(sight)} after the drain has ended: drain again`);
}

/** Not drained: because the call is not out yet, does not show yet, or somebody has undone it. */
function drainEligible(operation: InOperation, sight: PoolSight): PoolStep {
  if (isJustAccepted(operation, sight.nowMs)) return wait('the drain was accepted and does not show yet');
  if (operation.acceptedMs === 0) return drain(operation, sight, `drain ${operation.nodeName}`);
  return undo(operation, sight, { undo: 'operator', why: 'somebody has made the node eligible' });
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
  const isBack = !node || (node.eligible && !node.draining);
  if (isBack && mayArriveLate(operation, nowMs)) {
    return wait('eligible again; a call whose answer was lost may still arrive, waiting for that');
  }
  if (isBack) return endUndone(operation);
  if (isJustAccepted(operation, nowMs) && !isPhaseOverdue(operation, nowMs)) {
    return wait('the node is being made eligible');
  }
  const why = isPhaseOverdue(operation, nowMs)
    ? `${operation.nodeName} is not eligible after a minute: make it eligible again`
    : `make ${operation.nodeName} eligible again`;
  return {
    kind: 'call',
    call: { kind: 'undrain', nodeId: operation.nodeId },
    next: sending(operation, nowMs),
    why,
  };
}

function endUndone({ undo: reason, nodeId, nodeName }: InOperation): PoolStep {
  const why = `${nodeName} is eligible again`;
  switch (reason) {
    case 'timeout':
      return { ...end('failure', `${why}; it could not be drained in time`), failedDrain: nodeId };
    case 'refused':
      return { ...end('failure', `${why}; its group would not let it go`), failedDrain: nodeId };
    case 'operator':
      return end('dropped', `${why}; somebody wanted it so`);
    default:
      return end('dropped', `${why}; the pool needs it`);
  }
}

/** Work that has come back before a detach was ever sent goes first. */
function advanceDetaching(operation: InOperation, sight: PoolSight): PoolStep {
  const { nowMs, membership } = sight;
  const { instanceId, pool } = operation;
  const group = membership.get(instanceId);
  if (group === undefined) {
    return move(
      entering(operation, { phase: 'terminating' }, nowMs),
      `${instanceId} is in no group any more`,
    );
  }
  if (group !== pool) {
    const why = `${instanceId} is in the group ${group} now: it is left alone`;
    return { ...move(freeze(operation, why), why), failsafe: true };
  }
  if (!isPhaseCallOut(operation, nowMs)) {
    if (!isSafe(sight)) {
      const next = entering(operation, { phase: 'draining' }, nowMs);
      return move(next, `${workText(sight)} before the detach: drain again`);
    }
    if (sight.asksOut) return undo(operation, sight, { undo: 'wanted', why: 'the pool needs more room' });
  }
  if (isPhaseOverdue(operation, nowMs)) {
    const why = `${instanceId} does not leave the group`;
    return { ...move(freeze(operation, why), why), failsafe: true };
  }
  if (isJustAccepted(operation, nowMs)) return wait(`waiting for ${instanceId} to leave the group`);
  const next = sending(operation, nowMs);
  return { kind: 'call', call: { kind: 'detach', instanceId }, next, why: `detach ${instanceId}` };
}

/** Nothing with work, and nothing that may be given work, is terminated. */
function advanceTerminating(operation: InOperation, sight: PoolSight): PoolStep {
  const { nowMs, node, instances } = sight;
  const { instanceId, nodeName } = operation;
  if (isInstanceGone(instances.get(instanceId))) {
    return endLater(operation, sight, end('success', `${nodeName} (${instanceId}) is terminated`));
  }
  const late = isPhaseOverdue(operation, nowMs) ? ', for more than three minutes' : '';
  if (!isSafe(sight)) {
    if (node?.draining) return wait(`not terminated${late}: ${workText(sight)}`);
    return drain(operation, sight, `not terminated${late}: ${workText(sight)}: drain again`);
  }
  if (isJustAccepted(operation, nowMs)) return wait(`waiting for ${instanceId} to be terminated${late}`);
  const next = sending(operation, nowMs);
  return { kind: 'call', call: { kind: 'terminate', instanceId }, next, why: `terminate ${instanceId}` };
}

/** Ineligible, or gone, and nothing runs there. */
function isSafe(sight: PoolSight): boolean {
  return (!sight.node || !sight.node.eligible) && isEmpty(sight);
}

function isEmpty({ work }: PoolSight): boolean {
  return !work.some(isWork);
}

function drain(operation: InOperation, { nowMs }: PoolSight, why: string): CallStep {
  return {
    kind: 'call',
    call: { kind: 'drain', nodeId: operation.nodeId },
    next: sending(operation, nowMs),
    why,
  };
}

function workText(sight: PoolSight): string {
  const jobs = [...new Set(sight.work.filter(isWork).map((one) => one.jobId))];
  const eligible = isEligible(sight.node) ? 'it is eligible' : '';
  if (jobs.length === 0) return eligible === '' ? 'nothing runs there' : eligible;
  return `${jobs.slice(0, 5).join(', ')} still run there${eligible === '' ? '' : `, ${eligible}`}`;
}

function isEligible(node: NodeFacts | undefined): boolean {
  return node?.eligible === true;
}

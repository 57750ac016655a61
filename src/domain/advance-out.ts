import { clearFirst } from './clear-node.ts';
import { isReadyNode } from './node.ts';
import { type OutOperation, POOL_DEADLINE_MS, STALE_READ_MS } from './pool-operation.ts';
import { findStranger, hasJoined, newcomers, nodesOn } from './pool-newcomers.ts';
import { entering, isJustAccepted, isPhaseCallOut, isPhaseOverdue } from './pool-operation-phase.ts';
import type { PoolSight } from './pool-sight.ts';
import { end, endLater, makeCall, move, type PoolStep, trip, wait } from './pool-step.ts';
import { isInstanceGone, isLivingMember, type PoolGroup } from './worker-pool.ts';

/** One look at an operation that asks for more instances, and its next step. */
export function advanceOut(operation: OutOperation, sight: PoolSight): PoolStep {
  if (operation.phase === 'detaching-failed') return advanceDetaching(operation, sight);
  const { group } = sight;
  if (!group) return endLater(operation, sight, end('dropped', 'the group is gone'));
  switch (operation.phase) {
    case 'requested':
      return advanceRequested(operation, sight, group);
    case 'launching':
      return advanceLaunching(operation, sight, group);
    case 'joining':
      return advanceJoining(operation, sight, group);
    case 'replacing':
      return advanceReplacing(operation, sight, group);
  }
}

/** The desired capacity is never lowered here: nothing is sent where it is what we want or more. */
function advanceRequested(operation: OutOperation, sight: PoolSight, { desired }: PoolGroup): PoolStep {
  const { from, to } = operation;
  const { nowMs } = sight;
  if (desired >= to) {
    return move(entering(operation, { phase: 'launching' }, nowMs), `the desired capacity is ${desired}`);
  }
  if (desired !== from) {
    return endLater(operation, sight, end('dropped', `somebody else set the desired capacity to ${desired}`));
  }
  if (isJustAccepted(operation, nowMs)) return wait('the request was accepted and does not show yet');
  if (isPhaseOverdue(operation, nowMs)) {
    return endLater(operation, sight, end('failure', `the desired capacity is still ${desired}`));
  }
  if (isResumed(operation) && !sight.asksOut) {
    return endLater(operation, sight, end('dropped', 'the pool does not ask for more any longer'));
  }
  const why = `set the desired capacity to ${to}`;
  return makeCall(operation, { kind: 'set-desired', to }, { why, nowMs });
}

/** Its first phase has begun anew: failsafe was lifted, or the clock set back. */
function isResumed({ phaseMs, startedMs }: OutOperation): boolean {
  return phaseMs !== startedMs;
}

function advanceLaunching(operation: OutOperation, sight: PoolSight, group: PoolGroup): PoolStep {
  const { nowMs } = sight;
  const wanted = operation.to - operation.from;
  const launched = newcomers(operation, group).length;
  if (launched >= wanted) {
    const why = `${launched} new instances are in the group`;
    return move(entering(operation, { phase: 'joining' }, nowMs), why);
  }
  if (group.desired < operation.to && nowMs - operation.phaseMs >= STALE_READ_MS) {
    const why = `somebody else set the desired capacity to ${group.desired}`;
    return endLater(operation, sight, end('dropped', why));
  }
  if (!isPhaseOverdue(operation, nowMs)) return wait(`${launched} of ${wanted} instances have been launched`);
  const said = sight.trouble === '' ? '' : `: ${sight.trouble}`;
  const next = entering(operation, { phase: 'launching' }, nowMs);
  return { ...move(next, `${launched} of ${wanted} instances were launched in time${said}`), failure: true };
}

function advanceJoining(operation: OutOperation, sight: PoolSight, group: PoolGroup): PoolStep {
  const { nowMs } = sight;
  const wanted = operation.to - operation.from;
  const launched = newcomers(operation, group);
  if (launched.length < wanted) {
    const why = `${launched.length} of ${wanted} new instances are in the group now`;
    return move(entering(operation, { phase: 'launching' }, nowMs), why);
  }
  const missing = launched.filter((id) => !hasJoined(id, sight));
  if (launched.length - missing.length >= wanted) {
    return endLater(operation, sight, end('success', `${launched.join(', ')} joined as ready nodes`));
  }
  const late = missing.filter((id) => isLate(id, operation, sight));
  if (late.length === 0) return wait(`waiting for ${missing.join(', ')} to become ready nodes`);
  return giveUp(operation, sight, late);
}

/** An instance that came while others were waited for has its own five minutes. */
function isLate(instanceId: string, operation: OutOperation, { instances, nowMs }: PoolSight): boolean {
  const launchedMs = instances.get(instanceId)?.launchedMs ?? 0;
  return isPhaseOverdue(operation, nowMs) && nowMs - launchedMs >= POOL_DEADLINE_MS.joining;
}

/** Not joined in time is believed only if no new ready node is left without an instance. */
function giveUp(operation: OutOperation, sight: PoolSight, late: readonly string[]): PoolStep {
  const { nowMs } = sight;
  if (isUnreadable(sight)) return wait(`${late.join(', ')} did not join in time; ${unreadText(sight)}`);
  const stranger = findStranger(operation, sight);
  if (stranger) {
    const since = `${stranger.name} registered since and has no known instance`;
    return trip(operation, `unidentified-node: ${since}, while ${late.join(', ')} did not join`);
  }
  const [target = ''] = late;
  if (sight.failures + 1 >= operation.retryThreshold) {
    const why = `${target} did not become a ready node in time: it is taken out of the group for you to look at`;
    return move(entering(operation, { phase: 'detaching-failed', target }, nowMs), why);
  }
  const failed = [...operation.failed, target];
  const why = `${target} did not become a ready node in time: it is terminated for the group to replace it`;
  return { ...move(entering(operation, { phase: 'replacing', target, failed }, nowMs), why), failure: true };
}

function isUnreadable({ unread }: PoolSight): boolean {
  return unread.length > 0;
}

function unreadText({ unread }: PoolSight): string {
  return `the node ${unread[0]} cannot be read, and may be on it`;
}

function advanceReplacing(operation: OutOperation, sight: PoolSight, group: PoolGroup): PoolStep {
  const { nowMs, instances } = sight;
  const { target } = operation;
  const isMember = group.members.some((one) => one.instanceId === target && isLivingMember(one));
  const isGoing = instances.get(target)?.state === 'shutting-down';
  const hasLeft = !isMember && (isGoing || !isPhaseCallOut(operation, nowMs));
  if (isInstanceGone(instances.get(target)) || hasLeft) {
    const next = entering(operation, { phase: 'launching', target: '' }, nowMs);
    return move(next, `${target} is gone, waiting for its replacement`);
  }
  if (isJustAccepted(operation, nowMs)) return wait(`waiting for ${target} to be terminated`);
  const joined = isGoing ? undefined : joinedAfterAll(operation, sight);
  if (joined) return joined;
  if (isPhaseOverdue(operation, nowMs)) return endReplacing(operation, sight);
  return isGoing ? wait(`waiting for ${target} to be terminated`) : terminate(operation, sight);
}

/** One that joined is kept, unless a call against it was accepted. While one may still arrive nothing is done. */
function joinedAfterAll(operation: OutOperation, sight: PoolSight): PoolStep | undefined {
  const { nowMs } = sight;
  const { target } = operation;
  const isReady = hasJoined(target, sight) || (sight.node !== undefined && isReadyNode(sight.node));
  if (!isReady || operation.acceptedMs !== 0) return undefined;
  if (isPhaseCallOut(operation, nowMs)) {
    return wait(`${target} has become a ready node; a call whose answer was lost may still arrive`);
  }
  const failed = operation.failed.filter((id) => id !== target);
  const next = entering(operation, { phase: 'joining', target: '', failed }, nowMs);
  return move(next, `${target} has become a ready node after all`);
}

/** A node may have registered and not be ready: what runs there counts, as the leader tells it. */
function terminate(operation: OutOperation, sight: PoolSight): PoolStep {
  const { nowMs, node } = sight;
  const { target } = operation;
  if (isUnreadable(sight)) return wait(`${target} is not terminated; ${unreadText(sight)}`);
  const [listed] = nodesOn(target, sight);
  if (listed && !node) return wait(`${target} is not terminated: ${listed.name} registered from it`);
  const first = clearFirst(operation, sight, '');
  if (first) return first;
  return makeCall(
    operation,
    { kind: 'terminate', instanceId: target },
    { why: `terminate ${target}`, nowMs },
  );
}

/** No node that was made ineligible here stays so. */
function endReplacing(operation: OutOperation, sight: PoolSight): PoolStep {
  const { node, nowMs, instances } = sight;
  const { target, acceptedMs, unansweredMs } = operation;
  const isOurs = acceptedMs !== 0 || unansweredMs !== 0;
  if (isOurs && node && !node.eligible && instances.get(target)?.state === 'running') {
    const why = `${target} was not terminated in time: make ${node.name} eligible again`;
    return makeCall(operation, { kind: 'undrain', nodeId: node.id }, { why, nowMs });
  }
  return endLater(operation, sight, end('failure', `${target} was not terminated in time`));
}

/** The failure is counted when this is done: failsafe freezes everything at once. */
function advanceDetaching(operation: OutOperation, sight: PoolSight): PoolStep {
  const { nowMs, membership, instances } = sight;
  const { target, pool } = operation;
  if (isInstanceGone(instances.get(target))) {
    return endLater(operation, sight, endDetached(`${target} never became a ready node, and is gone`));
  }
  if (membership.get(target) !== pool) {
    const why = `${target} never became a ready node; it is out of the group and left running for you to look at`;
    return endLater(operation, sight, endDetached(why));
  }
  const joined = joinedAfterAll(operation, sight);
  if (joined) return joined;
  if (isJustAccepted(operation, nowMs)) return wait(`waiting for ${target} to leave the group`);
  if (isPhaseOverdue(operation, nowMs)) return trip(operation, `${target} does not leave the group`);
  return makeCall(operation, { kind: 'detach', instanceId: target }, { why: `detach ${target}`, nowMs });
}

function endDetached(why: string): ReturnType<typeof end> {
  return { ...end('failure', why), failsafe: true };
}

import { isOnInstance } from './bind-nodes.ts';
import { isReadyNode, type NodeFacts } from './node.ts';
import { type OutOperation, type PoolOperation } from './pool-operation.ts';
import {
  entering,
  freeze,
  isJustAccepted,
  isPhaseOverdue,
  mayArriveLate,
  sending,
} from './pool-operation-phase.ts';
import type { PoolSight } from './pool-sight.ts';
import { end, type EndStep, move, type PoolStep, wait } from './pool-step.ts';
import { type InstanceFacts, isInstanceGone, isLivingMember, type PoolGroup } from './worker-pool.ts';

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
  if (isPhaseOverdue(operation, nowMs)) {
    return endLater(operation, sight, end('failure', `the desired capacity is still ${desired}`));
  }
  if (isJustAccepted(operation, nowMs)) return wait('the request was accepted and does not show yet');
  const next = sending(operation, nowMs);
  return { kind: 'call', call: { kind: 'set-desired', to }, next, why: `set the desired capacity to ${to}` };
}

function advanceLaunching(operation: OutOperation, sight: PoolSight, group: PoolGroup): PoolStep {
  const { nowMs } = sight;
  const wanted = operation.to - operation.from;
  if (group.desired < operation.to && !isJustEntered(operation, nowMs)) {
    return endLater(
      operation,
      sight,
      end('dropped', `somebody else set the desired capacity to ${group.desired}`),
    );
  }
  const launched = newcomers(operation, group).length;
  if (launched >= wanted) {
    return move(
      entering(operation, { phase: 'joining' }, nowMs),
      `${launched} new instances are in the group`,
    );
  }
  if (!isPhaseOverdue(operation, nowMs)) return wait(`${launched} of ${wanted} instances have been launched`);
  const said = sight.trouble === '' ? '' : `: ${sight.trouble}`;
  const next = entering(operation, { phase: 'launching' }, nowMs);
  return { ...move(next, `${launched} of ${wanted} instances were launched in time${said}`), failure: true };
}

/** A read may be behind the write that was just seen elsewhere. */
function isJustEntered({ phaseMs }: OutOperation, nowMs: number): boolean {
  return nowMs - phaseMs < 60_000;
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
  if (!isPhaseOverdue(operation, nowMs))
    return wait(`waiting for ${missing.join(', ')} to become ready nodes`);
  return giveUp(operation, sight, { group, missing });
}

/** Not joined in time is believed only if no new ready node is left without an instance. */
function giveUp(
  operation: OutOperation,
  sight: PoolSight,
  of: { readonly group: PoolGroup; readonly missing: readonly string[] },
): PoolStep {
  const { nowMs } = sight;
  const stranger = sight.nodes.find((node) => isUnidentified(node, operation, sight));
  if (stranger) {
    const why = `unidentified-node: ${stranger.name} registered since and has no known instance, while ${of.missing.join(', ')} did not join`;
    return { ...move(freeze(operation, why), why), failsafe: true };
  }
  const [target = ''] = of.missing;
  const failed = [...operation.failed, target];
  if (sight.failures + 1 >= operation.retryThreshold) {
    const why = `${target} did not become a ready node in time: it is taken out of the group for you to look at`;
    return move(entering(operation, { phase: 'detaching-failed', target }, nowMs), why);
  }
  const why = `${target} did not become a ready node in time: it is terminated for the group to replace it`;
  return { ...move(entering(operation, { phase: 'replacing', target, failed }, nowMs), why), failure: true };
}

function isUnidentified(node: NodeFacts, operation: OutOperation, sight: PoolSight): boolean {
  if (!isReadyNode(node) || node.createIndex <= operation.nodeIndex || node.instanceId !== '') return false;
  return ![...sight.instances.values()].some((instance) => isOnInstance(node, instance));
}

function advanceReplacing(operation: OutOperation, sight: PoolSight, group: PoolGroup): PoolStep {
  const { nowMs, instances } = sight;
  const { target } = operation;
  const isOut = !group.members.some((member) => member.instanceId === target && isLivingMember(member));
  if (isInstanceGone(instances.get(target)) || (isOut && operation.acceptedMs !== 0)) {
    const next = entering(operation, { phase: 'launching', target: '' }, nowMs);
    return move(next, `${target} is gone, waiting for its replacement`);
  }
  if (hasJoined(target, sight)) {
    const failed = operation.failed.filter((id) => id !== target);
    const next = entering(operation, { phase: 'joining', target: '', failed }, nowMs);
    return move(next, `${target} has become a ready node after all`);
  }
  if (isPhaseOverdue(operation, nowMs)) {
    return endLater(operation, sight, end('failure', `${target} was not terminated in time`));
  }
  if (isJustAccepted(operation, nowMs)) return wait(`waiting for ${target} to be terminated`);
  const call = { kind: 'terminate', instanceId: target } as const;
  return { kind: 'call', call, next: sending(operation, nowMs), why: `terminate ${target}` };
}

/** The failure is counted when this is done: failsafe freezes everything at once. */
function advanceDetaching(operation: OutOperation, sight: PoolSight): PoolStep {
  const { nowMs, membership, instances } = sight;
  const { target, pool } = operation;
  if (membership.get(target) !== pool || isInstanceGone(instances.get(target))) {
    const why = `${target} never became a ready node; it is out of the group and left running for you to look at`;
    return endLater(operation, sight, end('failure', why));
  }
  if (isPhaseOverdue(operation, nowMs)) {
    const why = `${target} does not leave the group`;
    return { ...move(freeze(operation, why), why), failsafe: true };
  }
  if (isJustAccepted(operation, nowMs)) return wait(`waiting for ${target} to leave the group`);
  const call = { kind: 'detach', instanceId: target } as const;
  return { kind: 'call', call, next: sending(operation, nowMs), why: `detach ${target}` };
}

/** Living members that were not there when the operation began, without those that are given up. */
export function newcomers(operation: OutOperation, group: PoolGroup): readonly string[] {
  const known = new Set([...operation.members, ...operation.failed]);
  return group.members
    .filter((member) => isLivingMember(member) && !known.has(member.instanceId))
    .map((member) => member.instanceId);
}

/** True when a ready node runs on the instance. */
function hasJoined(instanceId: string, { nodes, instances }: PoolSight): boolean {
  const instance: InstanceFacts | undefined = instances.get(instanceId);
  return nodes.some(
    (node) =>
      isReadyNode(node) &&
      (node.instanceId === instanceId || (instance !== undefined && isOnInstance(node, instance))),
  );
}

/** No end is reached while a call that nobody saw the answer of may still arrive. */
export function endLater(operation: PoolOperation, { nowMs }: PoolSight, step: EndStep): PoolStep {
  if (!mayArriveLate(operation, nowMs)) return step;
  return wait(`${step.why}; a call whose answer was lost may still arrive, waiting for that`);
}

import { type GroupOperation, PHASE_DEADLINE_MS } from './group-operation.ts';
import {
  type AllocationFacts,
  type DeploymentFacts,
  isActiveDeployment,
  type JobFacts,
  type Rollout,
} from './snapshot.ts';

/** What an operation's next look at the cluster saw. `job` is undefined when there is none any more. */
export interface OperationSight {
  readonly job: JobFacts | undefined;
  readonly allocations: readonly AllocationFacts[];
  readonly rollout: Rollout;
  readonly nowMs: number;
}

/** How an operation ended. `no-room` starts the cooldown, only `failure` counts against the resource. */
export type Outcome = 'success' | 'failure' | 'dropped' | 'no-room';

/** What is to be done next. The intent is recorded before the call. */
export type OperationStep =
  | { readonly kind: 'wait'; readonly why: string }
  | { readonly kind: 'confirm'; readonly modifyIndex: number; readonly why: string }
  | { readonly kind: 'revert'; readonly why: string }
  | { readonly kind: 'fail-deployment'; readonly deploymentId: string }
  | {
      readonly kind: 'put-back';
      readonly count: number;
      readonly modifyIndex: number;
      readonly deploys: boolean;
    }
  | { readonly kind: 'end'; readonly outcome: Outcome; readonly why: string };

/** One look, one step: pure, and safe to repeat after a crash at any place. */
export function advanceGroup(operation: GroupOperation, sight: OperationSight): OperationStep {
  const group = sight.job?.groups.find((one) => one.name === operation.group);
  if (!sight.job || !group) return end('dropped', 'the job or its group is gone');
  switch (operation.phase) {
    case 'requested':
      return advanceRequested(operation, sight.job, group.count);
    case 'confirming':
      return advanceConfirming(operation, sight, sight.job);
    case 'reverting':
      return advanceReverting(operation, sight, { job: sight.job, count: group.count });
  }
}

/** The call's outcome is not known: the count tells. */
function advanceRequested(operation: GroupOperation, job: JobFacts, count: number): OperationStep {
  if (count === operation.to) {
    return { kind: 'confirm', modifyIndex: job.modifyIndex, why: `the count is ${count}` };
  }
  if (count === operation.from) return end('dropped', 'the request was not carried out');
  return end('dropped', `somebody else set the count to ${count}`);
}

function advanceConfirming(operation: GroupOperation, sight: OperationSight, job: JobFacts): OperationStep {
  const own = sight.rollout.deployments.find((one) => one.specIndex === operation.modifyIndex);
  if (operation.deploys && own) return advanceDeployment(operation, sight, own);
  if (isSuperseded(operation, sight, job)) return end('dropped', 'a newer change of the job took its place');
  return advanceCount(operation, sight);
}

function isSuperseded(operation: GroupOperation, sight: OperationSight, job: JobFacts): boolean {
  const newer = sight.rollout.deployments.some((one) => one.specIndex > operation.modifyIndex);
  return newer || job.modifyIndex > operation.modifyIndex;
}

function advanceDeployment(
  operation: GroupOperation,
  sight: OperationSight,
  own: DeploymentFacts,
): OperationStep {
  switch (own.status) {
    case 'successful':
      return end('success', 'its deployment was successful');
    case 'failed':
      return wasBlocked(operation, sight)
        ? revert('its deployment failed while there was no room')
        : end('failure', `its deployment failed: ${own.description}`);
    case 'cancelled':
      return end('dropped', `its deployment was cancelled: ${own.description}`);
    case 'paused':
      return wait('its deployment is paused by an operator');
    default:
      return isOutOfRoom(operation, sight) ? revert('no room for 15 min') : wait('its deployment is running');
  }
}

/** Without a deployment: the evaluation is complete and as many run as were asked for. */
function advanceCount(operation: GroupOperation, sight: OperationSight): OperationStep {
  const evaluation = sight.rollout.evaluations.find((one) => one.id === operation.evaluationId);
  const evaluated = !evaluation || evaluation.status === 'complete';
  const running = countPlaced(operation, sight.allocations);
  const reached = operation.direction === 'out' ? running >= operation.to : running <= operation.to;
  if (!operation.deploys && evaluated && reached) return end('success', `${running} are running`);
  if (evaluation && ['failed', 'canceled'].includes(evaluation.status)) {
    return end('failure', `its evaluation is ${evaluation.status}`);
  }
  if (!isOverdue(operation, sight.nowMs)) return wait(`${running} of ${operation.to} are running`);
  if (wasBlocked(operation, sight)) return revert('no room for 15 min');
  if (operation.deploys && reached) return end('success', `${running} are running`);
  return end('failure', `${running} of ${operation.to} are running after 15 min`);
}

/** Batch allocations that were started by the change and are done already count as placed. */
function countPlaced(operation: GroupOperation, allocations: readonly AllocationFacts[]): number {
  return allocations.filter(
    (one) =>
      one.desiredStatus === 'run' &&
      (one.clientStatus === 'running' ||
        (one.clientStatus === 'complete' && one.createdMs >= operation.startedMs)),
  ).length;
}

function advanceReverting(
  operation: GroupOperation,
  sight: OperationSight,
  found: { readonly job: JobFacts; readonly count: number },
): OperationStep {
  if (found.count === operation.from) return end('no-room', `the count is ${operation.from} again`);
  if (found.count !== operation.to) return end('no-room', `somebody else set the count to ${found.count}`);
  const active = sight.rollout.deployments.find(isActiveDeployment);
  if (active && active.specIndex === operation.modifyIndex) {
    return { kind: 'fail-deployment', deploymentId: active.id };
  }
  if (active) return end('no-room', 'a newer change of the job took its place');
  const deploys = operation.deploys;
  return { kind: 'put-back', count: operation.from, modifyIndex: found.job.modifyIndex, deploys };
}

function isOutOfRoom(operation: GroupOperation, sight: OperationSight): boolean {
  return isOverdue(operation, sight.nowMs) && wasBlocked(operation, sight);
}

function isOverdue(operation: GroupOperation, nowMs: number): boolean {
  return nowMs - operation.phaseMs >= PHASE_DEADLINE_MS.confirming;
}

/** An evaluation of the group was or is waiting for room since the change. */
function wasBlocked(operation: GroupOperation, { rollout }: OperationSight): boolean {
  return rollout.evaluations.some(
    (one) =>
      one.modifyIndex >= operation.modifyIndex &&
      (one.status === 'blocked' || (one.blockedId !== '' && one.unplaced.includes(operation.group))),
  );
}

function wait(why: string): OperationStep {
  return { kind: 'wait', why };
}

function revert(why: string): OperationStep {
  return { kind: 'revert', why };
}

function end(outcome: Outcome, why: string): OperationStep {
  return { kind: 'end', outcome, why };
}

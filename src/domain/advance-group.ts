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
  if (sight.job.stopped) return end('dropped', 'the job has been stopped');
  switch (operation.phase) {
    case 'requested':
      return advanceRequested(operation, sight, { job: sight.job, count: group.count });
    case 'confirming':
      return advanceConfirming(operation, sight, { job: sight.job, count: group.count });
    case 'reverting':
      return advanceReverting(operation, sight, { job: sight.job, count: group.count });
  }
}

/** The job as it is now, and its group's count. */
interface Found {
  readonly job: JobFacts;
  readonly count: number;
}

/** The call's outcome is not known: the count tells. A request on the wire is given its time to arrive. */
function advanceRequested(
  operation: GroupOperation,
  sight: OperationSight,
  { job, count }: Found,
): OperationStep {
  if (count === operation.to) {
    return { kind: 'confirm', modifyIndex: job.modifyIndex, why: `the count is ${count}` };
  }
  if (count !== operation.from) return end('dropped', `somebody else set the count to ${count}`);
  if (isOverdue(operation, sight.nowMs)) return end('dropped', 'the request was not carried out');
  return wait('whether the request was carried out is not known yet');
}

function advanceConfirming(operation: GroupOperation, sight: OperationSight, found: Found): OperationStep {
  const own = sight.rollout.deployments.find((one) => one.specIndex === operation.modifyIndex);
  if (operation.deploys && own) return advanceDeployment(operation, sight, own);
  if (isSuperseded(operation, sight, found.job))
    return end('dropped', 'a newer change of the job took its place');
  return advanceCount(operation, sight, found);
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

/**
 * Without a deployment: the evaluation is over and as many run as were asked for. Nomad cancels an
 * evaluation for a newer one, and follows a failed one up: the count tells in both cases.
 */
function advanceCount(operation: GroupOperation, sight: OperationSight, found: Found): OperationStep {
  const evaluation = sight.rollout.evaluations.find((one) => one.id === operation.evaluationId);
  const evaluated = !evaluation || ['complete', 'failed', 'canceled'].includes(evaluation.status);
  const isOut = operation.direction === 'out';
  const running = countOf(
    sight.allocations,
    isOut && found.job.type === 'batch' ? DONE_OR_RUNNING : ['running'],
  );
  const reached = isOut ? running >= operation.to : running <= operation.to;
  if (!operation.deploys && evaluated && reached) return end('success', `${running} are running`);
  if (!isOverdue(operation, sight.nowMs)) return wait(`${running} of ${operation.to} are running`);
  if (found.count !== operation.to) return end('dropped', `the count is ${found.count}, our change is gone`);
  if (operation.deploys && reached) return end('success', `${running} are running`);
  if (isOutOfRoom(operation, sight)) return revert('no room for 15 min');
  return end('failure', `${running} of ${operation.to} are running after 15 min`);
}

/** A batch allocation that is done was placed, and Nomad does not replace it. */
const DONE_OR_RUNNING = ['running', 'complete'];

function countOf(allocations: readonly AllocationFacts[], clientStatuses: readonly string[]): number {
  return allocations.filter((one) => one.desiredStatus === 'run' && clientStatuses.includes(one.clientStatus))
    .length;
}

function advanceReverting(operation: GroupOperation, sight: OperationSight, found: Found): OperationStep {
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

/** After its time not all are placed, and an evaluation was blocked. */
function isOutOfRoom(operation: GroupOperation, sight: OperationSight): boolean {
  const placed = countOf(sight.allocations, ['pending', 'running']);
  return placed < operation.to && isOverdue(operation, sight.nowMs) && wasBlocked(operation, sight);
}

function isOverdue({ phase, phaseMs }: GroupOperation, nowMs: number): boolean {
  return phase !== 'reverting' && nowMs - phaseMs >= PHASE_DEADLINE_MS[phase];
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

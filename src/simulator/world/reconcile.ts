import { reconcileGroup } from './reconcile-group.ts';
import { isActive, isTerminal } from './types.ts';
import { LOST, NOT_NEEDED } from './reconcile-types.ts';
import { splitByTaint } from './reconcile-sets.ts';
import type { Job } from './job-types.ts';
import type { ReconcileInput, Reconciliation } from './reconcile-types.ts';
import type { Allocation, Deployment } from './types.ts';

/** Compares what a job says with what there is. Pure: it reads nothing but its input. */
export function reconcile(input: ReconcileInput): Reconciliation {
  const result: Reconciliation = {
    stops: [],
    places: [],
    inPlace: [],
    delayed: [],
    desired: {},
    deploymentUpdates: [],
    deployment: null,
  };
  const { job } = input;
  const current = currentDeployment(input, result);
  if (!job || job.stop) {
    stopAll(input, result);
    return result;
  }
  const progress = { current };
  let isComplete = true;
  for (const [name, allocations] of groupsOf(job, input.allocations)) {
    const group = job.spec.groups.find((other) => other.name === name);
    if (!group) stopRemovedGroup({ input, result, name }, allocations);
    else if (!reconcileGroup({ input: { ...input, job }, result, progress }, group, allocations)) {
      isComplete = false;
    }
  }
  if (progress.current && isComplete) succeed(result, progress.current);
  return result;
}

function succeed(result: Reconciliation, deployment: Deployment): void {
  result.deploymentUpdates.push({
    deploymentId: deployment.id,
    status: 'successful',
    description: 'Deployment completed successfully',
  });
}

function groupsOf(job: Job, allocations: readonly Allocation[]): ReadonlyMap<string, readonly Allocation[]> {
  return byGroup(
    job.spec.groups.map((group) => group.name),
    allocations,
  );
}

function byGroup(
  names: readonly string[],
  allocations: readonly Allocation[],
): ReadonlyMap<string, readonly Allocation[]> {
  const groups = new Map<string, Allocation[]>(names.map((name) => [name, []]));
  for (const allocation of allocations) {
    const members = groups.get(allocation.group);
    if (members) members.push(allocation);
    else groups.set(allocation.group, [allocation]);
  }
  return groups;
}

/** The deployment that this version still works on; one of an older version or of a stopped job is cancelled. */
function currentDeployment(input: ReconcileInput, result: Reconciliation): Deployment | null {
  const { deployment, job } = input;
  if (!deployment) return null;
  const isStopped = !job || job.stop;
  const isOlder =
    !isStopped && (deployment.jobCreateIndex !== job.createIndex || deployment.jobVersion !== job.version);
  if ((isStopped || isOlder) && isActive(deployment)) {
    const description = isStopped
      ? 'Cancelled because job is stopped'
      : 'Cancelled due to newer version of job';
    result.deploymentUpdates.push({ deploymentId: deployment.id, status: 'cancelled', description });
  }
  return isStopped || isOlder || deployment.status === 'successful' ? null : deployment;
}

function stopAll(input: ReconcileInput, result: Reconciliation): void {
  for (const [name, allocations] of byGroup([], input.allocations)) {
    stopRemovedGroup({ input, result, name }, allocations);
  }
}

function stopRemovedGroup(
  scope: { input: ReconcileInput; result: Reconciliation; name: string },
  allocations: readonly Allocation[],
): void {
  const open = allocations.filter((allocation) => !isTerminal(allocation));
  const { untainted, migrate, lost } = splitByTaint(scope.input, open);
  for (const allocation of [...untainted, ...migrate]) {
    scope.result.stops.push({ allocation, description: NOT_NEEDED, isLost: false });
  }
  for (const allocation of lost) scope.result.stops.push({ allocation, description: LOST, isLost: true });
  scope.result.desired[scope.name] = {
    ignore: 0,
    place: 0,
    migrate: 0,
    stop: open.length,
    inPlaceUpdate: 0,
    destructiveUpdate: 0,
  };
}

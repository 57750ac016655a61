import { newAllocation } from './new-rows.ts';
import { filterReason } from './feasibility.ts';
import { readyNodes } from './generic-scheduler.ts';
import { allocationName } from './name-index.ts';
import { allocationsFor } from './plan.ts';
import { Placer } from './placement.ts';
import { LOST, NOT_NEEDED, TAINTED, UPDATING } from './reconcile-types.ts';
import { isTerminal } from './types.ts';
import type { PlanRequest } from './generic-scheduler.ts';
import type { GroupSpec, Job } from './job-types.ts';
import type { Plan } from './plan.ts';
import type { DesiredUpdates } from './reconcile-types.ts';
import type { Allocation, Node } from './types.ts';

/** The plan for an evaluation of a system job: one allocation of each group on every suitable node. */
export function planSystem(request: PlanRequest): Plan {
  const { context, evaluation, job } = request;
  const open = allocationsFor(context.store, evaluation).filter((allocation) => !isTerminal(allocation));
  const plan: Plan = {
    evalId: evaluation.id,
    stops: [],
    updates: [],
    places: [],
    followups: [],
    deploymentUpdates: [],
    deployment: null,
    deploymentId: '',
    failed: {},
    queued: {},
    desired: {},
    classEligibility: {},
  };
  const kept = open.filter((allocation) => keep(request, plan, allocation));
  if (job && !job.stop) for (const group of job.spec.groups) placeGroup({ request, plan, job }, group, kept);
  return plan;
}

/** Stops what has no node, no job or no place any more; answers whether the allocation stays. */
function keep({ context, evaluation, job }: PlanRequest, plan: Plan, allocation: Allocation): boolean {
  const node = context.store.tables.nodes.get(allocation.nodeId);
  const group = job?.spec.groups.find((other) => other.name === allocation.group);
  const stop = (description: string, isLost = false): false => {
    plan.stops.push({ allocation, description, isLost });
    return false;
  };
  if (!node || node.status === 'down') return stop(LOST, true);
  if (!job || job.stop || !group) return stop(NOT_NEEDED);
  if (allocation.transition.migrate) return stop(TAINTED);
  if (filterReason(node, job, group) !== undefined || !job.spec.datacenters.includes(node.datacenter)) {
    return stop(NOT_NEEDED);
  }
  if (allocation.job.jobModifyIndex === job.jobModifyIndex) return true;
  const before = allocation.job.spec.groups.find((other) => other.name === group.name);
  if (before?.fingerprint !== group.fingerprint) return stop(UPDATING);
  plan.updates.push({ ...allocation, job, evalId: evaluation.id });
  return true;
}

function placeGroup(
  { request, plan, job }: { request: PlanRequest; plan: Plan; job: Job },
  group: GroupSpec,
  kept: readonly Allocation[],
): void {
  const { context, usage } = request;
  const taken = new Set(kept.filter((other) => other.group === group.name).map((other) => other.nodeId));
  const placer = new Placer([], usage, context.random);
  for (const { allocation } of plan.stops) placer.account(allocation, -1);
  const desired = {
    ignore: taken.size,
    place: 0,
    migrate: 0,
    stop: 0,
    inPlaceUpdate: 0,
    destructiveUpdate: 0,
  };
  (plan.desired as Record<string, DesiredUpdates>)[group.name] = desired;
  plan.queued[group.name] = 0;
  for (const node of readyNodes(context, job)) {
    if (taken.has(node.id) || filterReason(node, job, group) !== undefined) continue;
    plan.classEligibility[node.computedClass] = true;
    desired.place += 1;
    placeOn({ request, plan, placer, job }, group, node);
  }
}

function placeOn(
  { request, plan, placer, job }: { request: PlanRequest; plan: Plan; placer: Placer; job: Job },
  group: GroupSpec,
  node: Node,
): void {
  const { node: found, metrics } = placer.tryNode(node, { job, group, penaltyNodes: new Set() });
  if (!found) {
    plan.failed[group.name] = metrics;
    plan.queued[group.name] = (plan.queued[group.name] ?? 0) + 1;
    return;
  }
  const name = allocationName(job.spec.id, group.name, 0);
  const place = { job, group: group.name, name, node, metrics };
  plan.places.push(newAllocation(request.context, place, { evalId: request.evaluation.id }));
}

import { nowNs } from './context.ts';
import { newAllocation, newEvaluation } from './new-rows.ts';
import { filterReason } from './feasibility.ts';
import { allocationsFor } from './plan.ts';
import { Placer } from './placement.ts';
import { reconcile } from './reconcile.ts';
import { LOST, UPDATING } from './reconcile-types.ts';
import { nextDelayMs } from './reschedule.ts';
import type { Context } from './context.ts';
import type { GroupSpec, Job } from './job-types.ts';
import type { NodeUsage } from './node-usage.ts';
import type { Plan } from './plan.ts';
import type { PlaceRequest, Reconciliation } from './reconcile-types.ts';
import type { Allocation, Evaluation, Node, RescheduleEvent } from './types.ts';

const RESCHEDULE_EVENTS_KEPT = 5;
const FOLLOWUP_BATCH_NS = 5_000_000_000n;

export interface PlanRequest {
  readonly context: Context;
  readonly usage: NodeUsage;
  readonly evaluation: Evaluation;
  /** The job as it is, or as it would be. */
  readonly job: Job | undefined;
}

/** Nodes that take allocations of the job's datacenters. */
export function readyNodes(context: Context, job: Job): readonly Node[] {
  return context.store.tables.nodes
    .all()
    .filter(
      (node) =>
        node.status === 'ready' &&
        node.eligible &&
        !node.drain &&
        job.spec.datacenters.includes(node.datacenter),
    );
}

/** The plan for a service or batch evaluation. */
export function planGeneric(request: PlanRequest): Plan {
  const { context, evaluation, job } = request;
  const { store, random } = context;
  const allocations = allocationsFor(store, evaluation);
  const key = `${evaluation.namespace}\u0000${evaluation.jobId}`;
  const isBatch = evaluation.type === 'batch';
  const deployment = isBatch ? undefined : store.latestDeployment(key);
  const wanted = reconcile({
    job,
    allocations,
    nodeOf: (id) => store.tables.nodes.get(id),
    deployment,
    nowNs: nowNs(context),
    evalId: evaluation.id,
    isBatch,
    newId: () => random.uuid(),
  });
  const deploymentId = wanted.deployment?.id ?? deployment?.id ?? '';
  const plan = startPlan(request, wanted, deploymentId);
  plan.stops.push(...stillOnLostNodes(context, allocations));
  if (job && !job.stop) {
    updateInPlace(request, plan, wanted.inPlace);
    followUp(request, plan, wanted);
    placeAll(request, plan, wanted.places);
  }
  return plan;
}

function startPlan(request: PlanRequest, wanted: Reconciliation, deploymentId: string): Plan {
  const groups = request.job?.stop ? [] : (request.job?.spec.groups ?? []);
  return {
    evalId: request.evaluation.id,
    stops: [...wanted.stops],
    updates: [],
    places: [],
    followups: [],
    deploymentUpdates: wanted.deploymentUpdates,
    deployment: wanted.deployment,
    deploymentId,
    failed: {},
    queued: Object.fromEntries((request.job?.spec.groups ?? []).map((group) => [group.name, 0])),
    desired: wanted.desired,
    classEligibility: classEligibility(request, groups),
  };
}

/** Which classes of node the job could run on at all: a blocked evaluation waits for these. */
function classEligibility(
  { context, job }: PlanRequest,
  groups: readonly GroupSpec[],
): Record<string, boolean> {
  const classes: Record<string, boolean> = {};
  if (!job) return classes;
  for (const node of readyNodes(context, job)) {
    classes[node.computedClass] ??= groups.some((group) => filterReason(node, job, group) === undefined);
  }
  return classes;
}

/** Allocations that were stopped, but whose client died before it could say so. */
function stillOnLostNodes({ store }: Context, allocations: readonly Allocation[]): Plan['stops'] {
  return allocations
    .filter(
      (allocation) =>
        allocation.desiredStatus === 'stop' &&
        (allocation.clientStatus === 'running' || allocation.clientStatus === 'pending') &&
        (store.tables.nodes.get(allocation.nodeId)?.status ?? 'down') === 'down',
    )
    .map((allocation) => ({ allocation, description: LOST, isLost: true }));
}

function updateInPlace({ evaluation, job }: PlanRequest, plan: Plan, inPlace: readonly Allocation[]): void {
  for (const allocation of inPlace) {
    if (!job) continue;
    const isOther = allocation.deploymentId !== plan.deploymentId;
    plan.updates.push({
      ...allocation,
      job,
      evalId: evaluation.id,
      deploymentId: plan.deploymentId,
      deploymentStatus: isOther ? null : allocation.deploymentStatus,
    });
  }
}

/** Evaluations for failed allocations that are to be replaced later, one for those of nearly the same time. */
function followUp({ context, evaluation }: PlanRequest, plan: Plan, { delayed }: Reconciliation): void {
  const sorted = delayed.toSorted((a, b) => (a.atNs < b.atNs ? -1 : Number(a.atNs > b.atNs)));
  let current: Evaluation | undefined;
  for (const { allocation, atNs } of sorted) {
    if (!current?.waitUntilNs || atNs - current.waitUntilNs > FOLLOWUP_BATCH_NS) {
      const { namespace, jobId, type, priority } = evaluation;
      current = newEvaluation(context, {
        namespace,
        jobId,
        type,
        priority,
        triggeredBy: 'alloc-failure',
        previousEval: evaluation.id,
        statusDescription: 'created for delayed rescheduling',
        waitUntilNs: atNs,
      });
      plan.followups.push(current);
    }
    plan.updates.push({ ...allocation, followupEvalId: current.id });
  }
}

function placeAll(request: PlanRequest, plan: Plan, places: readonly PlaceRequest[]): void {
  const { context, usage, job } = request;
  if (!job || places.length === 0) return;
  const placer = new Placer(readyNodes(context, job), usage, context.random);
  for (const stop of plan.stops) placer.account(stop.allocation, -1);
  for (const place of places) placeOne({ request, job, placer }, plan, place);
}

function placeOne(
  { request, job, placer }: { request: PlanRequest; job: Job; placer: Placer },
  plan: Plan,
  place: PlaceRequest,
): void {
  const { group, previous, replaces } = place;
  plan.queued[group.name] = (plan.queued[group.name] ?? 0) + 1;
  if (replaces) placer.account(replaces, -1);
  const penaltyNodes = new Set(place.isReschedule && previous ? [previous.nodeId] : []);
  const { node, metrics } = placer.select({ job, group, penaltyNodes });
  if (!node) {
    if (replaces) placer.account(replaces, 1);
    const failed = plan.failed[group.name];
    plan.failed[group.name] = failed
      ? { ...failed, coalescedFailures: failed.coalescedFailures + 1 }
      : metrics;
    return;
  }
  if (replaces) plan.stops.push({ allocation: replaces, description: UPDATING, isLost: false });
  const allocation = newAllocation(
    request.context,
    { job, group: group.name, name: place.name, node, metrics },
    {
      evalId: request.evaluation.id,
      deploymentId: plan.deploymentId,
      previousAllocation: previous?.id ?? '',
      rescheduleEvents: rescheduleEvents(request.context, place),
    },
  );
  placer.account(allocation, 1);
  plan.places.push(allocation);
  plan.queued[group.name] = (plan.queued[group.name] ?? 1) - 1;
}

function rescheduleEvents(context: Context, place: PlaceRequest): readonly RescheduleEvent[] {
  const { previous, group } = place;
  if (!place.isReschedule || !previous || !group.reschedule) return [];
  const event = {
    timeNs: nowNs(context),
    previousAllocation: previous.id,
    previousNode: previous.nodeId,
    delayMs: nextDelayMs(group.reschedule, previous.rescheduleEvents.length),
  };
  return [...previous.rescheduleEvents.slice(-RESCHEDULE_EVENTS_KEPT), event];
}

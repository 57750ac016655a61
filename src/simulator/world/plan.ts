import { keyOfJob } from './job-types.ts';
import type { DeploymentUpdate, DesiredUpdates, StopRequest } from './reconcile-types.ts';
import type { Store } from './store.ts';
import type { Allocation, AllocationMetrics, Deployment, Evaluation } from './types.ts';
import type { Write } from './write.ts';

/** What a scheduler wants to change: applied as one write. */
export interface Plan {
  readonly evalId: string;
  readonly stops: StopRequest[];
  /** Allocations that are told of a new version, or of their follow-up evaluation, where they are. */
  readonly updates: Allocation[];
  readonly places: Allocation[];
  readonly followups: Evaluation[];
  readonly deploymentUpdates: readonly DeploymentUpdate[];
  readonly deployment: Deployment | null;
  readonly deploymentId: string;
  readonly failed: Record<string, AllocationMetrics>;
  readonly queued: Record<string, number>;
  readonly desired: Readonly<Record<string, DesiredUpdates>>;
  readonly classEligibility: Record<string, boolean>;
}

export function isNoOp(plan: Plan): boolean {
  return (
    plan.stops.length + plan.updates.length + plan.places.length + plan.deploymentUpdates.length === 0 &&
    plan.deployment === null
  );
}

/** Applies a plan: deployments first, then what stops, changes and is placed. */
export function applyPlan(store: Store, tx: Write, { plan, nowNs }: { plan: Plan; nowNs: bigint }): void {
  if (plan.deployment) tx.putDeployment({ ...plan.deployment, createIndex: tx.index });
  for (const update of plan.deploymentUpdates) applyDeploymentUpdate(store, tx, update);
  const evaluation = store.tables.evaluations.get(plan.evalId);
  if (evaluation) tx.putEvaluation(evaluation);
  for (const stop of plan.stops) applyStop(store, tx, { stop, nowNs });
  for (const updated of plan.updates) {
    tx.putAllocation({ ...updated, allocModifyIndex: tx.index, modifyTimeNs: nowNs });
  }
  for (const placed of plan.places) applyPlacement(store, tx, { placed, nowNs });
}

function applyStop(store: Store, tx: Write, { stop, nowNs }: { stop: StopRequest; nowNs: bigint }): void {
  const current = store.tables.allocations.get(stop.allocation.id);
  if (!current) return;
  tx.putAllocation({
    ...current,
    desiredStatus: 'stop',
    desiredDescription: stop.description,
    clientStatus: stop.isLost ? 'lost' : current.clientStatus,
    allocModifyIndex: tx.index,
    modifyTimeNs: nowNs,
  });
}

function applyPlacement(
  store: Store,
  tx: Write,
  { placed, nowNs }: { placed: Allocation; nowNs: bigint },
): void {
  tx.putAllocation({
    ...placed,
    createIndex: tx.index,
    allocModifyIndex: tx.index,
    createTimeNs: nowNs,
    modifyTimeNs: nowNs,
  });
  const previous = store.tables.allocations.get(placed.previousAllocation);
  if (previous) tx.putAllocation({ ...previous, nextAllocation: placed.id });
}

/** Sets a deployment's status; a successful one makes its version of the job stable. */
export function applyDeploymentUpdate(store: Store, tx: Write, update: DeploymentUpdate): void {
  const deployment = store.tables.deployments.get(update.deploymentId);
  if (!deployment) return;
  tx.putDeployment({ ...deployment, status: update.status, statusDescription: update.description });
  const job = store.job(deployment.namespace, deployment.jobId);
  const isCurrent = job?.version === deployment.jobVersion && job.createIndex === deployment.jobCreateIndex;
  if (update.status !== 'successful' || !job || !isCurrent || job.stable) return;
  tx.putJob({ ...job, stable: true, modifyIndex: tx.index });
}

/** The allocations of a job, in order of their ids. */
export function allocationsFor(store: Store, evaluation: Evaluation): readonly Allocation[] {
  const job = store.job(evaluation.namespace, evaluation.jobId);
  const key = job ? keyOfJob(job) : `${evaluation.namespace}\u0000${evaluation.jobId}`;
  return store.tables.allocations.grouped('job', key);
}

import { later, nowNs } from './context.ts';
import { jobKey } from './job-types.ts';
import { revert, rollbackFor } from './rollback.ts';
import { evaluationOf } from './new-rows.ts';
import { applyDeploymentUpdate } from './plan.ts';
import { msOfNs } from './time.ts';
import { isActive } from './types.ts';
import { write } from './write.ts';
import type { Context } from './context.ts';
import type { Change } from './store.ts';
import type { Allocation, Deployment, DeploymentState, Evaluation } from './types.ts';

/** What changing a deployment by hand answers. */
export interface DeploymentChange {
  readonly index: number;
  readonly evaluation: Evaluation | null;
  readonly revertedVersion: number | null;
}

/** Pushes deployments along: evaluations when allocations become healthy, failure when progress stops. */
export class DeploymentWatcher {
  private readonly context: Context;
  private readonly deadlines = new Map<string, { readonly atNs: bigint; readonly cancel: () => void }>();
  private readonly pushes = new Set<string>();

  constructor(context: Context) {
    this.context = context;
    context.store.onChange((changes) => {
      for (const change of changes) this.see(change);
    });
  }

  /** Pauses or resumes; resuming makes an evaluation. */
  pause(deployment: Deployment, isPaused: boolean): DeploymentChange {
    const status = isPaused ? 'paused' : 'running';
    const description = isPaused ? 'Deployment is paused' : 'Deployment is running';
    return this.setStatus(deployment, { status, description }, !isPaused);
  }

  /** Fails it, with a rollback where the job asks for one. */
  fail(deployment: Deployment, description: string): DeploymentChange {
    return this.setStatus(deployment, { status: 'failed', description }, true);
  }

  private see(change: Change): void {
    if (change.table === 'deployments') this.watch(change.key, change.after);
    if (change.table !== 'allocations' || !change.after) return;
    const { before, after } = change;
    if (after.deploymentId === '' || after.deploymentStatus === null) return;
    if (before?.deploymentStatus?.healthy === after.deploymentStatus.healthy) return;
    this.push(after);
  }

  /** Keeps one timer for the earliest time by which a group of the deployment must progress. */
  private watch(id: string, deployment: Deployment | undefined): void {
    const atNs = deployment && isActive(deployment) ? cutoffOf(deployment) : null;
    const known = this.deadlines.get(id);
    if (known?.atNs === (atNs ?? undefined)) return;
    known?.cancel();
    this.deadlines.delete(id);
    if (atNs === null) return;
    const waitMs = msOfNs(atNs) - this.context.clock.now();
    const cancel = this.context.clock.after(waitMs, () => {
      this.deadlines.delete(id);
      this.deadline(id);
    });
    this.deadlines.set(id, { atNs, cancel });
  }

  private deadline(id: string): void {
    const deployment = this.context.store.tables.deployments.get(id);
    if (!deployment || !isActive(deployment)) return;
    const isBehind = Object.values(deployment.groups).some((group) => group.healthy < group.desiredTotal);
    if (isBehind) this.fail(deployment, 'Failed due to progress deadline');
  }

  /** An allocation told its health: after a moment the scheduler looks, and what failed may be replaced. */
  private push(allocation: Allocation): void {
    const { deploymentId } = allocation;
    if (this.pushes.has(deploymentId)) return;
    this.pushes.add(deploymentId);
    later(this.context, this.context.timing.deploymentWatchMs, () => {
      this.pushes.delete(deploymentId);
      const deployment = this.context.store.tables.deployments.get(deploymentId);
      if (deployment && isActive(deployment)) this.evaluate(deployment);
    });
  }

  private evaluate(deployment: Deployment): void {
    const { store } = this.context;
    const failed = this.allocationsOf(deployment).filter(
      (allocation) => allocation.deploymentStatus?.healthy === false && !allocation.transition.reschedule,
    );
    const groupOf = (allocation: Allocation): Deployment['groups'][string] | undefined =>
      deployment.groups[allocation.group];
    const fatal = failed.some((allocation) => groupOf(allocation)?.progressDeadlineMs === 0);
    if (fatal) {
      this.fail(deployment, 'Failed due to unhealthy allocations');
      return;
    }
    const evaluation = this.evaluationFor(deployment);
    write(store, (tx) => {
      for (const allocation of failed) {
        tx.putAllocation({ ...allocation, transition: { ...allocation.transition, reschedule: true } });
      }
      if (evaluation) tx.putEvaluation({ ...evaluation, createIndex: tx.index });
    });
  }

  private allocationsOf(deployment: Deployment): readonly Allocation[] {
    const key = jobKey(deployment.namespace, deployment.jobId);
    return this.context.store.tables.allocations
      .grouped('job', key)
      .filter((allocation) => allocation.deploymentId === deployment.id);
  }

  private evaluationFor(deployment: Deployment): Evaluation | null {
    const job = this.context.store.job(deployment.namespace, deployment.jobId);
    if (!job) return null;
    return evaluationOf(this.context, job, {
      triggeredBy: 'deployment-watcher',
      deploymentId: deployment.id,
    });
  }

  private setStatus(
    deployment: Deployment,
    { status, description }: { status: DeploymentState; description: string },
    withEvaluation: boolean,
  ): DeploymentChange {
    const { store } = this.context;
    const rollback = status === 'failed' ? rollbackFor(store, deployment, description) : null;
    const evaluation = withEvaluation ? this.evaluationFor(deployment) : null;
    const now = nowNs(this.context);
    return write(store, (tx) => {
      const update = {
        deploymentId: deployment.id,
        status,
        description: rollback?.description ?? description,
      };
      applyDeploymentUpdate(store, tx, update);
      const reverted = rollback?.to ? revert(store, tx, { to: rollback.to, nowNs: now }) : null;
      if (evaluation) tx.putEvaluation({ ...evaluation, createIndex: tx.index });
      return { index: tx.index, evaluation, revertedVersion: reverted };
    });
  }
}

/** The earliest time by which a group that is not done must progress. */
function cutoffOf(deployment: Deployment): bigint | null {
  let earliest: bigint | null = null;
  for (const group of Object.values(deployment.groups)) {
    const byNs = group.requireProgressByNs;
    if (byNs === null || group.healthy >= group.desiredTotal) continue;
    if (earliest === null || byNs < earliest) earliest = byNs;
  }
  return earliest;
}

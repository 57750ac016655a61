import { later, nowNs } from './context.ts';
import { planGeneric } from './generic-scheduler.ts';
import { jobKey } from './job-types.ts';
import { newEvaluation } from './new-rows.ts';
import { applyPlan, isNoOp } from './plan.ts';
import { planSystem } from './system-scheduler.ts';
import { msOfNs } from './time.ts';
import { isEvalTerminal } from './types.ts';
import { write } from './write.ts';
import type { Context } from './context.ts';
import type { Job } from './job-types.ts';
import type { NodeUsage } from './node-usage.ts';
import type { Plan } from './plan.ts';
import type { Evaluation } from './types.ts';

/** Plans what an evaluation asks for, as the scheduler of its type. */
export function planFor(
  scope: { context: Context; usage: NodeUsage },
  evaluation: Evaluation,
  job: Job | undefined,
): Plan {
  const request = { ...scope, evaluation, job };
  return evaluation.type === 'system' ? planSystem(request) : planGeneric(request);
}

/** Takes evaluations one at a time for each job, plans, applies, and closes or blocks them. */
export class Scheduler {
  private readonly context: Context;
  private readonly usage: NodeUsage;
  private readonly queues = new Map<string, string[]>();

  constructor(context: Context, usage: NodeUsage) {
    this.context = context;
    this.usage = usage;
    context.store.onChange((changes) => {
      for (const change of changes) {
        if (change.table === 'evaluations' && change.after && !change.before) this.arrived(change.after);
      }
    });
  }

  /** Puts an evaluation in the queue of its job. */
  enqueue(evaluation: Evaluation): void {
    const key = jobKey(evaluation.namespace, evaluation.jobId);
    const queue = this.queues.get(key);
    if (queue) {
      if (!queue.includes(evaluation.id)) queue.push(evaluation.id);
      return;
    }
    this.queues.set(key, [evaluation.id]);
    this.schedule(key);
  }

  private arrived(evaluation: Evaluation): void {
    if (evaluation.status !== 'pending') return;
    if (evaluation.waitUntilNs === null) {
      this.enqueue(evaluation);
      return;
    }
    const waitMs = msOfNs(evaluation.waitUntilNs) - this.context.clock.now();
    this.context.clock.after(waitMs, () => {
      this.enqueue(evaluation);
    });
  }

  private schedule(key: string): void {
    later(this.context, this.context.timing.evaluationMs, () => {
      const queue = this.queues.get(key) ?? [];
      const id = queue[0];
      const evaluation = id === undefined ? undefined : this.context.store.tables.evaluations.get(id);
      if (evaluation && !isEvalTerminal(evaluation)) this.process(evaluation);
      queue.shift();
      if (queue.length > 0) this.schedule(key);
      else this.queues.delete(key);
    });
  }

  private process(evaluation: Evaluation): void {
    const { store } = this.context;
    const snapshotIndex = store.index;
    const job = store.job(evaluation.namespace, evaluation.jobId);
    const plan = planFor({ context: this.context, usage: this.usage }, evaluation, job);
    const hasFailed = Object.keys(plan.failed).length > 0;
    const isDelayed = plan.followups.length > 0 && evaluation.waitUntilNs === null;
    const blocked =
      hasFailed && evaluation.status !== 'blocked' && !isDelayed
        ? this.block(evaluation, plan, snapshotIndex)
        : undefined;
    if (!isNoOp(plan)) {
      for (const followup of plan.followups) this.create(followup);
      const now = nowNs(this.context);
      write(store, (tx) => {
        applyPlan(store, tx, { plan, nowNs: now });
      });
    }
    this.close(evaluation, plan, { blocked, snapshotIndex });
  }

  private create(evaluation: Evaluation): void {
    write(this.context.store, (tx) => {
      tx.putEvaluation({ ...evaluation, createIndex: tx.index });
    });
  }

  private block(evaluation: Evaluation, plan: Plan, snapshotIndex: number): Evaluation {
    const { namespace, jobId, type, priority } = evaluation;
    const blocked = newEvaluation(this.context, {
      namespace,
      jobId,
      type,
      priority,
      triggeredBy: 'queued-allocs',
      jobModifyIndex: evaluation.jobModifyIndex,
      status: 'blocked',
      statusDescription: 'created to place remaining allocations',
      previousEval: evaluation.id,
      classEligibility: plan.classEligibility,
      snapshotIndex,
    });
    this.create(blocked);
    return blocked;
  }

  private close(
    evaluation: Evaluation,
    plan: Plan,
    { blocked, snapshotIndex }: { blocked: Evaluation | undefined; snapshotIndex: number },
  ): void {
    const { store } = this.context;
    const current = store.tables.evaluations.get(evaluation.id);
    if (!current) return;
    const hasFailed = Object.keys(plan.failed).length > 0;
    const modifyTimeNs = nowNs(this.context);
    write(store, (tx) => {
      if (evaluation.status === 'blocked' && hasFailed) {
        tx.putEvaluation({
          ...current,
          classEligibility: plan.classEligibility,
          snapshotIndex,
          modifyTimeNs,
        });
        return;
      }
      tx.putEvaluation({
        ...current,
        status: 'complete',
        statusDescription: '',
        blockedEval: blocked?.id ?? '',
        deploymentId: plan.deploymentId,
        failedGroups: hasFailed ? plan.failed : null,
        queuedAllocations: plan.queued,
        snapshotIndex,
        modifyTimeNs,
      });
    });
  }
}

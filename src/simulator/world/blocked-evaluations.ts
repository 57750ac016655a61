import { nowNs } from './context.ts';
import { jobKey } from './job-types.ts';
import { isClientTerminal } from './types.ts';
import { write } from './write.ts';
import type { Context } from './context.ts';
import type { Change } from './store.ts';
import type { Scheduler } from './scheduler.ts';
import type { Evaluation, Node } from './types.ts';

/** Remembers evaluations that could not place everything and gives them back when capacity appears. */
export class BlockedEvaluations {
  private readonly context: Context;
  private readonly scheduler: Scheduler;
  private readonly byJob = new Map<string, string>();

  constructor(context: Context, scheduler: Scheduler) {
    this.context = context;
    this.scheduler = scheduler;
    context.store.onChange((changes) => {
      for (const change of changes) this.see(change);
    });
  }

  private see(change: Change): void {
    if (change.table === 'evaluations' && change.after) this.track(change.after);
    const freed = this.freedNode(change);
    if (freed) this.unblock(freed.computedClass);
  }

  private track(evaluation: Evaluation): void {
    const key = jobKey(evaluation.namespace, evaluation.jobId);
    const known = this.byJob.get(key);
    if (evaluation.status !== 'blocked') {
      if (known === evaluation.id) this.byJob.delete(key);
      return;
    }
    this.byJob.set(key, evaluation.id);
    if (known !== undefined && known !== evaluation.id) this.cancelDuplicate(known);
  }

  private cancelDuplicate(id: string): void {
    const { store } = this.context;
    const evaluation = store.tables.evaluations.get(id);
    if (evaluation?.status !== 'blocked') return;
    write(store, (tx) => {
      tx.putEvaluation({
        ...evaluation,
        status: 'canceled',
        statusDescription: `existing blocked evaluation exists for job ${JSON.stringify(evaluation.jobId)}`,
        modifyTimeNs: nowNs(this.context),
      });
    });
  }

  /** The node on which the change made room. */
  private freedNode(change: Change): Node | undefined {
    if (change.table === 'nodes' && change.after && takesWork(change.after)) {
      return change.before && takesWork(change.before) ? undefined : change.after;
    }
    if (change.table !== 'allocations' || !change.after || !isClientTerminal(change.after)) return undefined;
    if (change.before && isClientTerminal(change.before)) return undefined;
    return this.context.store.tables.nodes.get(change.after.nodeId);
  }

  private unblock(computedClass: string): void {
    for (const id of this.byJob.values()) {
      const evaluation = this.context.store.tables.evaluations.get(id);
      if (evaluation && evaluation.classEligibility?.[computedClass] !== false) {
        this.scheduler.enqueue(evaluation);
      }
    }
  }
}

function takesWork(node: Node): boolean {
  return node.status === 'ready' && node.eligible && !node.drain;
}

import { nowNs } from './context.ts';
import { watchHealth } from './health.ts';
import { evaluationOf } from './new-rows.ts';
import { mayReschedule } from './reschedule.ts';
import { Runner } from './runner.ts';
import { isTerminal } from './types.ts';
import { write } from './write.ts';
import type { Context } from './context.ts';
import type { HealthWatch } from './health.ts';
import type { Change } from './store.ts';
import type { Allocation } from './types.ts';

/** How a client answers: as it should, not at all, or not reachable. */
export type ClientCondition = 'alive' | 'hung' | 'dead';

interface Held {
  readonly runner: Runner;
  watch: HealthWatch | null;
  /** Health that was judged, told with the next update. */
  health: { readonly healthy: boolean; readonly timestampNs: bigint } | null;
  isDirty: boolean;
}

/** All clients: run what is placed on their nodes and tell the servers what becomes of it. */
export class Clients {
  private readonly context: Context;
  private readonly held = new Map<string, Held>();
  private readonly conditions = new Map<string, ClientCondition>();

  constructor(context: Context) {
    this.context = context;
    context.store.onChange((changes) => {
      for (const change of changes) this.see(change);
    });
  }

  condition(nodeId: string): ClientCondition {
    return this.conditions.get(nodeId) ?? 'alive';
  }

  /** Sets how a client behaves; when it is alive again it tells what happened meanwhile. */
  setCondition(nodeId: string, condition: ClientCondition): void {
    this.conditions.set(nodeId, condition);
    if (condition !== 'alive') return;
    for (const allocation of this.context.store.tables.allocations.grouped('node', nodeId)) {
      const held = this.held.get(allocation.id);
      if (!held) continue;
      if (allocation.desiredStatus === 'stop') held.runner.stop();
      if (held.isDirty) this.push(allocation.id, held);
    }
  }

  runner(allocationId: string): Runner | undefined {
    return this.held.get(allocationId)?.runner;
  }

  private see(change: Change): void {
    if (change.table !== 'allocations') return;
    const { before, after } = change;
    if (!after) this.discard(change.key);
    else if (!before) this.begin(after);
    else this.update(before, after);
  }

  private begin(allocation: Allocation): void {
    const runner = new Runner(this.context, allocation, () => {
      const held = this.held.get(allocation.id);
      if (held) this.push(allocation.id, held);
    });
    const held: Held = { runner, watch: null, health: null, isDirty: false };
    this.held.set(allocation.id, held);
    this.watch(held, allocation);
  }

  private update(before: Allocation, after: Allocation): void {
    const held = this.held.get(after.id);
    if (!held) return;
    if (after.desiredStatus === 'stop' && before.desiredStatus === 'run') {
      if (this.condition(after.nodeId) === 'alive') held.runner.stop();
    } else if (after.deploymentId !== before.deploymentId && !isTerminal(after)) {
      held.watch?.cancel();
      held.health = null;
      this.watch(held, after);
    }
  }

  private watch(held: Held, allocation: Allocation): void {
    held.watch = watchHealth(this.context, { allocation, runner: held.runner }, (healthy) => {
      held.health = { healthy, timestampNs: nowNs(this.context) };
      this.push(allocation.id, held);
    });
    held.watch?.check();
  }

  private discard(id: string): void {
    const held = this.held.get(id);
    held?.watch?.cancel();
    held?.runner.discard();
    this.held.delete(id);
  }

  /** Tells the servers what the runner says now, if the client can. */
  private push(id: string, held: Held): void {
    held.watch?.check();
    const { store } = this.context;
    const current = store.tables.allocations.get(id);
    if (!current) return;
    held.isDirty = this.condition(current.nodeId) !== 'alive';
    const { view } = held.runner;
    if (held.isDirty || !view) return;
    if (view.clientStatus === 'complete' || view.clientStatus === 'failed') this.settleHealth(held, current);
    write(store, (tx) => {
      const deploymentStatus = held.health
        ? { ...held.health, modifyIndex: current.deploymentStatus?.modifyIndex ?? tx.index }
        : current.deploymentStatus;
      tx.putAllocation({ ...current, ...view, deploymentStatus, modifyTimeNs: nowNs(this.context) });
      const evaluation = this.failureEvaluation(current, view.clientStatus);
      if (evaluation) tx.putEvaluation({ ...evaluation, createIndex: tx.index });
    });
  }

  /** What ends before it was judged healthy counts as unhealthy. */
  private settleHealth(held: Held, allocation: Allocation): void {
    const isOpen = held.watch !== null && held.health === null && allocation.deploymentStatus === null;
    held.watch?.cancel();
    if (isOpen) held.health = { healthy: false, timestampNs: nowNs(this.context) };
  }

  private failureEvaluation(
    allocation: Allocation,
    status: Allocation['clientStatus'],
  ): ReturnType<typeof evaluationOf> | undefined {
    if (status !== 'failed' || allocation.clientStatus === 'failed') return undefined;
    const job = this.context.store.job(allocation.namespace, allocation.jobId);
    if (!job || job.stop || allocation.desiredStatus === 'stop' || allocation.followupEvalId !== '') {
      return undefined;
    }
    if (!mayReschedule(allocation, nowNs(this.context))) return undefined;
    return evaluationOf(this.context, job, { triggeredBy: 'alloc-failure' });
  }
}

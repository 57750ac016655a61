import { later, nowNs } from './context.ts';
import { jobKey } from './job-types.ts';
import { buildNode } from './node-build.ts';
import { evaluationOf } from './new-rows.ts';
import { nsAfter } from './time.ts';
import { write } from './write.ts';
import type { Clients } from './clients.ts';
import type { Context } from './context.ts';
import type { Job } from './job-types.ts';
import type { NodeInput } from './node-build.ts';
import type { DrainStrategy, Evaluation, Node, NodeEvent } from './types.ts';
import type { Write } from './write.ts';

const EVENTS_KEPT = 10;

/** What changing a node answers. */
export interface NodeChange {
  readonly index: number;
  readonly evaluationIndex: number;
  readonly evaluationIds: readonly string[];
}

export interface DrainOrder {
  readonly spec: { readonly deadlineNs: bigint; readonly ignoreSystemJobs: boolean } | null;
  readonly markEligible: boolean;
}

/** Nodes: joining, draining, eligibility, and dying when their client is silent. */
export class Nodes {
  private readonly context: Context;
  private readonly clients: Clients;
  private readonly silences = new Map<string, () => void>();
  private count = 0;

  constructor(context: Context, clients: Clients) {
    this.context = context;
    this.clients = clients;
  }

  /** A client joins the cluster; answers its node, ready at once. */
  add(input: NodeInput): Node {
    this.count += 1;
    const node = buildNode(this.context, input, this.count);
    write(this.context.store, (tx) => {
      tx.putNode({ ...node, createIndex: tx.index });
    });
    this.evaluate(node.id);
    return this.context.store.tables.nodes.get(node.id) ?? node;
  }

  /** Takes a node out of the cluster's memory. */
  remove(id: string): void {
    this.silences.get(id)?.();
    write(this.context.store, (tx) => {
      tx.remove('nodes', id);
    });
    this.evaluate(id);
  }

  /** Starts, changes or cancels a drain. */
  drain(node: Node, order: DrainOrder): NodeChange {
    const drain = order.spec ? this.strategyOf(node, order.spec) : null;
    const message = drainMessage(node.drain, drain);
    const isFreed = !node.eligible && order.markEligible && drain === null;
    return this.change(node, isFreed, (tx) => ({
      ...node,
      drain,
      eligible: drain ? false : node.eligible || order.markEligible,
      events: message === null ? node.events : this.withEvent(node, tx, [message, 'Drain']),
    }));
  }

  setEligible(node: Node, eligible: boolean): NodeChange {
    if (node.eligible === eligible) return { index: 0, evaluationIndex: 0, evaluationIds: [] };
    const message = eligible
      ? 'Node marked as eligible for scheduling'
      : 'Node marked as ineligible for scheduling';
    return this.change(node, eligible, (tx) => ({
      ...node,
      eligible,
      events: this.withEvent(node, tx, [message, 'Cluster']),
    }));
  }

  /** Its client stops answering; the node is down once its heartbeats are missed, unless it is back first. */
  silence(id: string, condition: 'hung' | 'dead'): void {
    this.clients.setCondition(id, condition);
    if (this.silences.has(id)) return;
    this.silences.set(
      id,
      later(this.context, this.context.timing.heartbeatMs, () => {
        this.setStatus(id, 'down', 'Node heartbeat missed');
      }),
    );
  }

  /** Its client answers again. */
  revive(id: string): void {
    this.silences.get(id)?.();
    this.silences.delete(id);
    if (this.context.store.tables.nodes.get(id)?.status === 'down') {
      const wasDead = this.clients.condition(id) === 'dead';
      this.setStatus(id, 'ready', wasDead ? 'Node re-registered' : 'Node reregistered by heartbeat');
    }
    this.clients.setCondition(id, 'alive');
  }

  private setStatus(id: string, status: 'ready' | 'down', message: string): void {
    const node = this.context.store.tables.nodes.get(id);
    if (!node) return;
    this.change(node, true, (tx) => ({
      ...node,
      status,
      events: this.withEvent(node, tx, [message, 'Cluster']),
    }));
  }

  private change(node: Node, withEvaluations: boolean, next: (tx: Write) => Node): NodeChange {
    const statusUpdatedAtS = Math.floor(this.context.clock.now() / 1000);
    const index = write(this.context.store, (tx) => {
      tx.putNode({ ...next(tx), statusUpdatedAtS });
      return tx.index;
    });
    const evaluations = withEvaluations ? this.evaluate(node.id, index) : [];
    return {
      index,
      evaluationIndex: evaluations.length > 0 ? this.context.store.index : 0,
      evaluationIds: evaluations.map((evaluation) => evaluation.id),
    };
  }

  /** One evaluation for each job with an allocation there, and for each system job. */
  private evaluate(nodeId: string, nodeModifyIndex = 0): readonly Evaluation[] {
    const { store } = this.context;
    const jobs = new Map<string, Job>();
    for (const allocation of store.tables.allocations.grouped('node', nodeId)) {
      jobs.set(jobKey(allocation.namespace, allocation.jobId), allocation.job);
    }
    for (const job of store.tables.jobs.all()) {
      if (job.spec.type === 'system') jobs.set(jobKey(job.spec.namespace, job.spec.id), job);
    }
    const evaluations = [...jobs.values()].map((job) =>
      evaluationOf(this.context, job, { triggeredBy: 'node-update', nodeId, nodeModifyIndex }),
    );
    if (evaluations.length === 0) return [];
    write(store, (tx) => {
      for (const evaluation of evaluations) tx.putEvaluation({ ...evaluation, createIndex: tx.index });
    });
    return evaluations;
  }

  private strategyOf(node: Node, spec: NonNullable<DrainOrder['spec']>): DrainStrategy {
    const now = nowNs(this.context);
    return {
      deadlineNs: spec.deadlineNs,
      ignoreSystemJobs: spec.ignoreSystemJobs,
      startedAtNs: node.drain?.startedAtNs ?? now,
      forceDeadlineNs: spec.deadlineNs > 0n ? nsAfter(now, Number(spec.deadlineNs / 1_000_000n)) : null,
    };
  }

  private withEvent(node: Node, tx: Write, [message, subsystem]: [string, string]): readonly NodeEvent[] {
    const event = { message, subsystem, timeNs: nowNs(this.context), createIndex: tx.index };
    return [...node.events, event].slice(-EVENTS_KEPT);
  }
}

function drainMessage(before: DrainStrategy | null, after: DrainStrategy | null): string | null {
  if (after) return before ? 'Node drain strategy updated' : 'Node drain strategy set';
  return before ? 'Node drain strategy disabled' : null;
}

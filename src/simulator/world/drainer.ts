import { later, nowNs } from './context.ts';
import { findGroup, jobKey } from './job-types.ts';
import { evaluationOf } from './new-rows.ts';
import { msOfNs } from './time.ts';
import { isTerminal } from './types.ts';
import { write } from './write.ts';
import type { Context } from './context.ts';
import type { Change } from './store.ts';
import type { Allocation, Node } from './types.ts';

/** Empties draining nodes: service allocations a few at a time, system jobs last, all at the deadline. */
export class Drainer {
  private readonly context: Context;
  private readonly draining = new Map<
    string,
    { readonly deadlineNs: bigint | null; readonly cancel: () => void }
  >();
  private isScheduled = false;

  constructor(context: Context) {
    this.context = context;
    context.store.onChange((changes) => {
      for (const change of changes) this.see(change);
    });
  }

  private see(change: Change): void {
    if (change.table === 'nodes') this.track(change.key, change.after);
    else if (change.table === 'allocations' && this.draining.size > 0) this.schedule();
  }

  private track(id: string, node: Node | undefined): void {
    const known = this.draining.get(id);
    if (!node?.drain) {
      known?.cancel();
      this.draining.delete(id);
      return;
    }
    const deadlineNs = node.drain.deadlineNs < 0n ? 0n : node.drain.forceDeadlineNs;
    if (known && known.deadlineNs === deadlineNs) return;
    known?.cancel();
    this.draining.set(id, { deadlineNs, cancel: this.deadlineTimer(id, deadlineNs) });
    this.schedule();
  }

  private deadlineTimer(id: string, deadlineNs: bigint | null): () => void {
    if (deadlineNs === null) return () => undefined;
    const waitMs = msOfNs(deadlineNs) - this.context.clock.now();
    return this.context.clock.after(waitMs, () => {
      const remaining = this.remaining(id);
      if (remaining.length > 0) this.migrate(remaining);
      this.complete(id);
    });
  }

  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    later(this.context, this.context.timing.drainWatchMs, () => {
      this.isScheduled = false;
      this.step();
    });
  }

  private step(): void {
    const jobs = new Set<string>();
    for (const id of this.draining.keys()) {
      for (const allocation of this.open(id)) jobs.add(jobKey(allocation.namespace, allocation.jobId));
    }
    const moving = [...jobs].flatMap((key) => this.movable(key));
    if (moving.length > 0) this.migrate(moving);
    for (const id of this.draining.keys()) if (this.isEmpty(id)) this.finish(id);
  }

  /** Service allocations of a job that may leave now: never more than its migrate policy lets be missing. */
  private movable(key: string): readonly Allocation[] {
    const job = this.context.store.tables.jobs.get(key);
    if (!job || job.spec.type !== 'service') return [];
    const allocations = this.context.store.tables.allocations.grouped('job', key);
    return job.spec.groups.flatMap((group) => {
      const open = allocations.filter((other) => other.group === group.name && !isTerminal(other));
      const healthy = open.filter((other) => other.deploymentStatus !== null).length;
      const drainable = open.filter((other) => this.draining.has(other.nodeId) && !other.transition.migrate);
      const allowed = healthy - (group.count - (group.migrate?.maxParallel ?? 1));
      return drainable.slice(0, Math.max(0, allowed));
    });
  }

  private open(nodeId: string): readonly Allocation[] {
    return this.context.store.tables.allocations
      .grouped('node', nodeId)
      .filter((allocation) => !isTerminal(allocation));
  }

  private isEmpty(nodeId: string): boolean {
    return this.open(nodeId).every((allocation) => allocation.job.spec.type === 'system');
  }

  /** What the end of the drain still stops. */
  private remaining(nodeId: string): readonly Allocation[] {
    const node = this.context.store.tables.nodes.get(nodeId);
    const keepsSystem = node?.drain?.ignoreSystemJobs ?? false;
    return this.open(nodeId).filter((allocation) => !keepsSystem || allocation.job.spec.type !== 'system');
  }

  private finish(nodeId: string): void {
    const remaining = this.remaining(nodeId);
    if (remaining.length > 0) this.migrate(remaining);
    this.complete(nodeId);
  }

  private migrate(allocations: readonly Allocation[]): void {
    const { store } = this.context;
    const jobs = new Map(
      allocations.map((allocation) => [jobKey(allocation.namespace, allocation.jobId), allocation.job]),
    );
    const evaluations = [...jobs.values()].map((job) =>
      evaluationOf(this.context, job, { triggeredBy: 'node-drain' }),
    );
    write(store, (tx) => {
      for (const allocation of allocations) {
        if (!findGroup(allocation.job, allocation.group)) continue;
        tx.putAllocation({ ...allocation, transition: { ...allocation.transition, migrate: true } });
      }
      for (const evaluation of evaluations) tx.putEvaluation({ ...evaluation, createIndex: tx.index });
    });
  }

  /** The drain is over: the node stays ineligible, only the drain is gone. */
  private complete(nodeId: string): void {
    const node = this.context.store.tables.nodes.get(nodeId);
    if (!node?.drain) return;
    const timeNs = nowNs(this.context);
    write(this.context.store, (tx) => {
      const event = { message: 'Node drain complete', subsystem: 'Drain', timeNs, createIndex: tx.index };
      tx.putNode({ ...node, drain: null, events: [...node.events, event].slice(-10) });
    });
  }
}

import { jobKey, keyOfJob } from './job-types.ts';
import { jobStatusOf } from './job-status.ts';
import { countInDeployment } from './deployment-counts.ts';
import { countInSummary, countQueued, summaryFor, summaryWithChild } from './summary-counts.ts';
import type { Job, JobStatus, JobSummary, ScalingEvents } from './job-types.ts';
import type { Change, Rows, Store, TableName } from './store.ts';
import type { Allocation, Deployment, Evaluation, Node } from './types.ts';

const VERSIONS_KEPT = 6;

/**
 * One raft write: every row put in it carries its index, and what follows from a row (summaries,
 * counts of deployments, status of jobs) is put in the same write.
 */
export class Write {
  readonly index: number;
  private readonly store: Store;
  private readonly changes: Change[] = [];
  private readonly touchedJobs = new Set<string>();

  constructor(store: Store) {
    this.store = store;
    store.index += 1;
    this.index = store.index;
  }

  putJob(job: Job): void {
    const key = keyOfJob(job);
    const summary = this.store.tables.summaries.get(key);
    const updated = summaryFor(job, summary, this.index);
    if (updated !== summary) this.putSummary(updated);
    const versions = this.store.tables.versions.get(key) ?? [];
    const others = versions.filter((version) => version.version !== job.version);
    const kept = [job, ...others].toSorted((a, b) => b.version - a.version);
    this.put('versions', key, kept.slice(0, VERSIONS_KEPT));
    this.put('jobs', key, job);
  }

  removeJob(key: string): void {
    for (const table of ['jobs', 'versions', 'summaries', 'scalingEvents'] as const) this.remove(table, key);
  }

  putSummary(summary: JobSummary): void {
    this.put('summaries', jobKey(summary.namespace, summary.jobId), summary);
  }

  putNode(node: Node): void {
    this.put('nodes', node.id, { ...node, modifyIndex: this.index });
  }

  putScalingEvents(events: ScalingEvents): void {
    this.put('scalingEvents', jobKey(events.namespace, events.jobId), { ...events, modifyIndex: this.index });
  }

  putAllocation(allocation: Allocation): void {
    const before = this.store.tables.allocations.get(allocation.id);
    const key = jobKey(allocation.namespace, allocation.jobId);
    const deployment = this.store.tables.deployments.get(allocation.deploymentId);
    const counted = deployment && countInDeployment(deployment, before, allocation);
    if (counted) this.putDeployment(counted);
    const summary = this.store.tables.summaries.get(key);
    const changed = summary && countInSummary(summary, before, allocation);
    if (changed) this.putSummary({ ...changed, modifyIndex: this.index });
    this.put('allocations', allocation.id, { ...allocation, modifyIndex: this.index });
    this.touchedJobs.add(key);
  }

  putDeployment(deployment: Deployment): void {
    this.put('deployments', deployment.id, { ...deployment, modifyIndex: this.index });
  }

  putEvaluation(evaluation: Evaluation): void {
    const key = jobKey(evaluation.namespace, evaluation.jobId);
    const summary = this.store.tables.summaries.get(key);
    const queued = summary && countQueued(summary, evaluation.queuedAllocations);
    if (queued) this.putSummary({ ...queued, modifyIndex: this.index });
    if (evaluation.status === 'complete' && !evaluation.failedGroups) this.cancelBlocked(evaluation, key);
    this.put('evaluations', evaluation.id, { ...evaluation, modifyIndex: this.index });
    this.touchedJobs.add(key);
  }

  /** Removes rows that nothing refers to any more, as the servers' garbage collection does. */
  remove(table: TableName, key: string): void {
    const rows = this.store.tables[table];
    const before = rows.get(key);
    if (before === undefined) return;
    rows.delete(key);
    rows.index = this.index;
    this.note(table, key, { before, after: undefined });
  }

  /** Settles the status of the jobs that were touched and tells the listeners. */
  commit(): void {
    for (const key of this.touchedJobs) {
      const job = this.store.tables.jobs.get(key);
      const status = job && jobStatusOf(this.store, job);
      if (job && status !== undefined && status !== job.status) this.setStatus(job, status);
    }
    this.store.publish(this.changes);
  }

  private setStatus(job: Job, status: JobStatus): void {
    this.put('jobs', keyOfJob(job), { ...job, status, modifyIndex: this.index });
    if (job.spec.parentId === '') return;
    const parent = this.store.tables.summaries.get(jobKey(job.spec.namespace, job.spec.parentId));
    const changed = parent && summaryWithChild(parent, job.status, status);
    if (changed) this.putSummary({ ...changed, modifyIndex: this.index });
  }

  private cancelBlocked(evaluation: Evaluation, key: string): void {
    for (const other of this.store.tables.evaluations.members('job', key)) {
      if (other.status !== 'blocked' || other.id === evaluation.id) continue;
      this.put('evaluations', other.id, {
        ...other,
        status: 'canceled',
        statusDescription: `evaluation ${JSON.stringify(evaluation.id)} successful`,
        modifyIndex: this.index,
      });
    }
  }

  private put<Name extends TableName>(table: Name, key: string, row: Rows[Name]): void {
    const rows = this.store.tables[table];
    const before = rows.get(key);
    rows.put(key, row);
    rows.index = this.index;
    this.note(table, key, { before, after: row });
  }

  private note(table: TableName, key: string, rows: { before: unknown; after: unknown }): void {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the rows are of that table: they were put in it
    this.changes.push({ table, key, ...rows } as Change);
  }
}

/** Makes one raft write and tells the listeners once it is whole. */
export function write<T>(store: Store, change: (tx: Write) => T): T {
  const tx = new Write(store);
  const result = change(tx);
  tx.commit();
  return result;
}

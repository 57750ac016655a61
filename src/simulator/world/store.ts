import { Table } from './table.ts';
import { jobKey, keyOfJob } from './job-types.ts';
import type { Job, JobSummary, ScalingEvents } from './job-types.ts';
import type { Allocation, Deployment, Evaluation, Node } from './types.ts';

/** The rows of each table. */
export interface Rows {
  readonly jobs: Job;
  /** Versions of a job, newest first, by the job's key. */
  readonly versions: readonly Job[];
  readonly summaries: JobSummary;
  readonly nodes: Node;
  readonly allocations: Allocation;
  readonly evaluations: Evaluation;
  readonly deployments: Deployment;
  readonly scalingEvents: ScalingEvents;
}

export type TableName = keyof Rows;

/** One row that a write changed; `after` is undefined when it was removed. */
export type Change = {
  readonly [Name in TableName]: {
    readonly table: Name;
    readonly key: string;
    readonly before: Rows[Name] | undefined;
    readonly after: Rows[Name] | undefined;
  };
}[TableName];

export type ChangeListener = (changes: readonly Change[]) => void;

const ofJob = (row: { readonly namespace: string; readonly jobId: string }): string =>
  jobKey(row.namespace, row.jobId);

/** The cluster's state: tables that change only inside a write, one index a write. */
export class Store {
  /** The raft index: of the last write. */
  index = 1;
  readonly tables: { readonly [Name in TableName]: Table<Rows[Name]> } = {
    jobs: new Table<Job>({ parent: parentOf }),
    versions: new Table<readonly Job[]>(),
    summaries: new Table<JobSummary>(),
    nodes: new Table<Node>(),
    allocations: new Table<Allocation>({ job: ofJob, node: (allocation) => allocation.nodeId }),
    evaluations: new Table<Evaluation>({ job: ofJob }),
    deployments: new Table<Deployment>({ job: ofJob }),
    scalingEvents: new Table<ScalingEvents>(),
  };
  private readonly listeners = new Set<ChangeListener>();
  private readonly abandonListeners = new Set<() => void>();
  private readonly pending: Change[][] = [];
  private delivering = false;

  /** Calls the listener after every write; the answer ends it. */
  onChange(listener: ChangeListener): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  /** Tells listeners about the changes of one write. Writes made by listeners are told after it. */
  publish(changes: Change[]): void {
    this.pending.push(changes);
    if (this.delivering) return;
    this.delivering = true;
    try {
      for (let next = this.pending.shift(); next; next = this.pending.shift()) {
        for (const listener of this.listeners) listener(next);
      }
    } finally {
      this.delivering = false;
    }
  }

  /** Tells those who wait for changes that the whole state was replaced. */
  abandon(): void {
    for (const listener of this.abandonListeners) listener();
  }

  /** Calls the listener when the whole state was replaced; the answer ends it. */
  onAbandon(listener: () => void): () => void {
    this.abandonListeners.add(listener);
    return () => {
      this.abandonListeners.delete(listener);
    };
  }

  job(namespace: string, id: string): Job | undefined {
    return this.tables.jobs.get(jobKey(namespace, id));
  }

  allocationsOf(key: string): Iterable<Allocation> {
    return this.tables.allocations.members('job', key);
  }

  /** The deployment made last for the job. */
  latestDeployment(key: string): Deployment | undefined {
    let latest: Deployment | undefined;
    for (const deployment of this.tables.deployments.members('job', key)) {
      if (!latest || deployment.createIndex > latest.createIndex) latest = deployment;
    }
    return latest;
  }
}

function parentOf(job: Job): string {
  return job.spec.parentId === '' ? keyOfJob(job) : jobKey(job.spec.namespace, job.spec.parentId);
}

import { canonicalJob } from './canonical-job.ts';
import { nowNs } from './context.ts';
import { readJobSpec } from './job-spec.ts';
import { jobKey } from './job-types.ts';
import { evaluationOf, newEvaluation } from './new-rows.ts';
import { Refusal } from './refusal.ts';
import { withPolicyIds, withPolicyIndexes } from './scaling-policies.ts';
import { summaryWithChild } from './summary-counts.ts';
import { joinFaults } from './join-faults.ts';
import { validateJob } from './validate-job.ts';
import { write } from './write.ts';
import { asBoolean } from '../json-text.ts';
import type { JsonObject } from '../json-text.ts';
import type { Context } from './context.ts';
import type { Job, JobSpec } from './job-types.ts';
import type { Evaluation } from './types.ts';

/** What registering, scaling or stopping a job answers. */
export interface JobChange {
  readonly index: number;
  readonly jobModifyIndex: number;
  readonly evalId: string;
  readonly evalCreateIndex: number;
}

/** The check on JobModifyIndex that a client may ask for. */
export interface EnforceIndex {
  readonly jobModifyIndex: number;
}

/** Jobs: registering, stopping and purging them, with the servers' refusals. */
export class Jobs {
  /** Namespaces that there are. A job registered by `register` brings its own. */
  readonly namespaces = new Set(['default']);
  private readonly context: Context;

  constructor(context: Context) {
    this.context = context;
  }

  /** The job as the servers would keep it. Throws a Refusal when it is not valid. */
  read(sent: JsonObject): JobSpec {
    const canonical = canonicalJob(sent);
    const faults = validateJob(canonical);
    if (faults.length > 0) throw new Refusal(500, joinFaults(faults));
    const spec = readJobSpec(canonical);
    const existing = this.context.store.job(spec.namespace, spec.id);
    return withPolicyIds(spec, existing, () => this.context.random.uuid());
  }

  /** Registers a job or a new version of it. Throws a Refusal. */
  register(sent: JsonObject, enforce: EnforceIndex | null = null): JobChange {
    const spec = this.read(sent);
    const existing = this.context.store.job(spec.namespace, spec.id);
    if (enforce) refuseIndex(existing, enforce.jobModifyIndex);
    if (existing) refuseTransition(existing.spec, spec);
    this.namespaces.add(spec.namespace);
    const stop = asBoolean(sent['Stop']);
    if (existing && existing.spec.text === spec.text && existing.stop === stop) {
      return this.evaluateUnchanged(existing);
    }
    const job = this.nextVersion(spec, existing, stop);
    return this.commit(job, existing);
  }

  /** Stops a job, or forgets it altogether. An unknown one is answered all the same. */
  deregister(namespace: string, id: string, isPurge: boolean): JobChange {
    const { store } = this.context;
    const job = store.job(namespace, id);
    const evaluation = newEvaluation(this.context, {
      namespace,
      jobId: id,
      type: 'service',
      triggeredBy: 'job-deregister',
      priority: job?.spec.priority ?? 50,
    });
    const hasEvaluation = !job || !(job.spec.isPeriodic || job.spec.isParameterized);
    const index = write(store, (tx) => {
      if (job && isPurge) tx.removeJob(jobKey(namespace, id));
      else if (job) {
        const { version } = job;
        tx.putJob({
          ...job,
          stop: true,
          version: version + 1,
          modifyIndex: tx.index,
          jobModifyIndex: tx.index,
        });
      }
      if (job && hasEvaluation) {
        tx.putEvaluation({ ...evaluation, createIndex: tx.index, jobModifyIndex: tx.index });
      }
      return tx.index;
    });
    const evalId = hasEvaluation ? evaluation.id : '';
    return { index, jobModifyIndex: index, evalId, evalCreateIndex: index };
  }

  /** A version of the job that follows the one there is. */
  nextVersion(spec: JobSpec, existing: Job | undefined, stop: boolean): Job {
    return {
      spec,
      stop,
      version: existing ? existing.version + 1 : 0,
      stable: false,
      status: existing?.status ?? (spec.isPeriodic || spec.isParameterized ? 'running' : 'pending'),
      submitTimeNs: nowNs(this.context),
      createIndex: existing?.createIndex ?? 0,
      modifyIndex: 0,
      jobModifyIndex: 0,
    };
  }

  private commit(job: Job, existing: Job | undefined): JobChange {
    const { spec } = job;
    const evaluation =
      spec.isPeriodic || spec.isParameterized
        ? null
        : evaluationOf(this.context, job, { triggeredBy: 'job-register' });
    return write(this.context.store, (tx) => {
      const { index } = tx;
      tx.putJob({
        ...job,
        spec: withPolicyIndexes(spec, existing, index),
        createIndex: existing?.createIndex ?? index,
        modifyIndex: index,
        jobModifyIndex: index,
      });
      const parent = this.context.store.tables.summaries.get(jobKey(spec.namespace, spec.parentId));
      if (!existing && parent && spec.parentId !== '') {
        tx.putSummary({ ...summaryWithChild(parent, null, job.status), modifyIndex: index });
      }
      if (evaluation) tx.putEvaluation({ ...evaluation, createIndex: index, jobModifyIndex: index });
      return changeOf(index, index, evaluation);
    });
  }

  private evaluateUnchanged(job: Job): JobChange {
    if (job.spec.isPeriodic || job.spec.isParameterized) return changeOf(0, job.jobModifyIndex, null);
    const { jobModifyIndex } = job;
    const evaluation = evaluationOf(this.context, job, { triggeredBy: 'job-register', jobModifyIndex });
    return write(this.context.store, (tx) => {
      tx.putEvaluation({ ...evaluation, createIndex: tx.index });
      return changeOf(tx.index, jobModifyIndex, evaluation);
    });
  }
}

function changeOf(index: number, jobModifyIndex: number, evaluation: Evaluation | null): JobChange {
  return { index, jobModifyIndex, evalId: evaluation?.id ?? '', evalCreateIndex: evaluation ? index : 0 };
}

function refuseIndex(existing: Job | undefined, index: number): void {
  const prefix = `Enforcing job modify index ${index}`;
  if (!existing && index !== 0) throw new Refusal(500, `${prefix}: job does not exist`);
  if (!existing) return;
  if (index === 0) throw new Refusal(500, `${prefix}: job already exists`);
  if (index === existing.jobModifyIndex) return;
  const conflict = `job exists with conflicting job modify index: ${existing.jobModifyIndex}`;
  throw new Refusal(500, `${prefix}: ${conflict}`);
}

function refuseTransition(before: JobSpec, after: JobSpec): void {
  if (before.type !== after.type) {
    const types = `from type ${JSON.stringify(before.type)} to ${JSON.stringify(after.type)}`;
    throw new Refusal(500, `cannot update job ${types}`);
  }
  if (before.isPeriodic !== after.isPeriodic) {
    const words = after.isPeriodic
      ? 'non-periodic job to being periodic'
      : 'periodic job to being non-periodic';
    throw new Refusal(500, `cannot update ${words}`);
  }
}

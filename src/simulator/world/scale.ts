import { nowNs } from './context.ts';
import { withCount } from './job-spec.ts';
import { jobKey, keyOfJob } from './job-types.ts';
import { evaluationOf } from './new-rows.ts';
import { Refusal } from './refusal.ts';
import { isActive } from './types.ts';
import { write } from './write.ts';
import type { JsonObject } from '../json-text.ts';
import type { Context } from './context.ts';
import type { GroupSpec, Job, ScalingEvent } from './job-types.ts';
import type { JobChange } from './jobs.ts';

const EVENTS_KEPT = 20;
const BLOCKED = 'job scaling blocked due to active deployment';

export interface ScaleRequest {
  readonly namespace: string;
  readonly jobId: string;
  readonly group: string;
  /** Null: only a message is recorded. */
  readonly count: number | null;
  readonly message: string;
  readonly error: boolean;
  readonly meta: JsonObject | null;
}

/** Sets a group's count and records why, or records a message alone. Throws a Refusal. */
export function scaleJob(context: Context, request: ScaleRequest): JobChange {
  refuseMalformed(request);
  const job = context.store.job(request.namespace, request.jobId);
  if (!job) throw new Refusal(404, `job ${JSON.stringify(request.jobId)} not found`);
  const group = job.spec.groups.find((other) => other.name === request.group);
  if (!group) {
    const name = JSON.stringify(request.group);
    throw new Refusal(400, `task group ${name} specified for scaling does not exist in job`);
  }
  const event = {
    timeNs: nowNs(context),
    count: request.count,
    previousCount: group.count,
    message: request.message,
    error: request.error,
    meta: request.meta,
    evalId: null,
    createIndex: 0,
  };
  if (request.count === null) {
    const index = recordEvent(context, job, { group: group.name, event });
    return { index, jobModifyIndex: job.modifyIndex, evalId: '', evalCreateIndex: 0 };
  }
  refuseCount(group, request.count);
  refuseDuringDeployment(context, job, { request, event });
  return setCount(context, job, { group: group.name, count: request.count, event });
}

function refuseMalformed({ group, count, error }: ScaleRequest): void {
  if (group === '') throw new Refusal(400, 'missing task group name for scaling action');
  if (count === null) return;
  if (count < 0) throw new Refusal(400, "scaling action count can't be negative");
  if (error) throw new Refusal(400, 'scaling action should not contain count if error is true');
}

function refuseCount({ scaling }: GroupSpec, count: number): void {
  if (!scaling) return;
  if (count < scaling.min) {
    throw new Refusal(400, `group count was less than scaling policy minimum: ${count} < ${scaling.min}`);
  }
  if (count > scaling.max) {
    throw new Refusal(400, `group count was greater than scaling policy maximum: ${count} > ${scaling.max}`);
  }
}

function refuseDuringDeployment(
  context: Context,
  job: Job,
  { request, event }: { request: ScaleRequest; event: ScalingEvent },
): void {
  const deployment = context.store.latestDeployment(keyOfJob(job));
  if (!deployment || !isActive(deployment) || deployment.jobCreateIndex !== job.createIndex) return;
  const meta = {
    OriginalCount: request.count,
    OriginalMessage: request.message,
    OriginalMeta: request.meta,
  };
  recordEvent(context, job, {
    group: request.group,
    event: { ...event, count: null, message: BLOCKED, error: true, meta },
  });
  obeyAllTheSame(context, job, request);
  throw new Refusal(400, BLOCKED);
}

/**
 * Nomad 1.0.4 to 1.3 have set the count in the leader's memory by the time they refuse: no new version, no new
 * index of the job, but the next evaluation goes by it. (Here the list's index moves too.)
 */
function obeyAllTheSame(context: Context, job: Job, { group, count }: ScaleRequest): void {
  if (count === null) return;
  write(context.store, (tx) => {
    tx.putJob({ ...job, spec: withCount(job.spec, group, count) });
  });
}

function setCount(
  context: Context,
  job: Job,
  { group, count, event }: { group: string; count: number; event: ScalingEvent },
): JobChange {
  const { store } = context;
  const jobModifyIndex = write(store, (tx) => {
    tx.putJob({
      ...job,
      spec: withCount(job.spec, group, count),
      version: job.version + 1,
      modifyIndex: tx.index,
      jobModifyIndex: tx.index,
    });
    return tx.index;
  });
  const hasEvaluation = !(job.spec.isPeriodic || job.spec.isParameterized);
  const evaluation = evaluationOf(context, job, {
    triggeredBy: 'job-scaling',
    type: 'service',
    jobModifyIndex,
  });
  if (hasEvaluation) {
    write(store, (tx) => {
      tx.putEvaluation({ ...evaluation, createIndex: tx.index });
    });
  }
  const evalCreateIndex = hasEvaluation ? store.index : 0;
  const evalId = hasEvaluation ? evaluation.id : '';
  const index = recordEvent(context, job, { group, event: { ...event, evalId: evalId || null } });
  return { index, jobModifyIndex, evalId, evalCreateIndex };
}

function recordEvent(
  context: Context,
  job: Job,
  { group, event }: { group: string; event: ScalingEvent },
): number {
  const { namespace, id: jobId } = job.spec;
  const before = context.store.tables.scalingEvents.get(jobKey(namespace, jobId));
  return write(context.store, (tx) => {
    const events = [{ ...event, createIndex: tx.index }, ...(before?.groups[group] ?? [])].slice(
      0,
      EVENTS_KEPT,
    );
    tx.putScalingEvents({ namespace, jobId, groups: { ...before?.groups, [group]: events }, modifyIndex: 0 });
    return tx.index;
  });
}

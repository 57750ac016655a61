import { nowNs } from './context.ts';
import type { Context } from './context.ts';
import type { Job } from './job-types.ts';
import type { Allocation, AllocationMetrics, Evaluation, Node } from './types.ts';

const NO_TRANSITION = { migrate: null, reschedule: null } as const;

/** A new evaluation: pending unless said otherwise. */
export function newEvaluation(
  context: Context,
  fields: Pick<Evaluation, 'namespace' | 'jobId' | 'type' | 'priority' | 'triggeredBy'> & Partial<Evaluation>,
): Evaluation {
  const now = nowNs(context);
  return {
    id: context.random.uuid(),
    jobModifyIndex: 0,
    nodeId: '',
    nodeModifyIndex: 0,
    deploymentId: '',
    status: 'pending',
    statusDescription: '',
    waitUntilNs: null,
    previousEval: '',
    blockedEval: '',
    failedGroups: null,
    classEligibility: null,
    queuedAllocations: null,
    snapshotIndex: 0,
    createIndex: 0,
    modifyIndex: 0,
    createTimeNs: now,
    modifyTimeNs: now,
    ...fields,
  };
}

/** A new evaluation of a job. */
export function evaluationOf(
  context: Context,
  job: Job,
  fields: Pick<Evaluation, 'triggeredBy'> & Partial<Evaluation>,
): Evaluation {
  const { namespace, id: jobId, type, priority } = job.spec;
  return newEvaluation(context, { namespace, jobId, type, priority, ...fields });
}

/** An allocation placed on a node, not yet known to its client. */
export function newAllocation(
  context: Context,
  place: { job: Job; group: string; name: string; node: Node; metrics: AllocationMetrics },
  fields: Pick<Allocation, 'evalId'> & Partial<Allocation>,
): Allocation {
  return {
    id: context.random.uuid(),
    namespace: place.job.spec.namespace,
    jobId: place.job.spec.id,
    job: place.job,
    group: place.group,
    name: place.name,
    nodeId: place.node.id,
    nodeName: place.node.name,
    deploymentId: '',
    deploymentStatus: null,
    desiredStatus: 'run',
    desiredDescription: '',
    transition: NO_TRANSITION,
    clientStatus: 'pending',
    clientDescription: '',
    taskStates: null,
    previousAllocation: '',
    nextAllocation: '',
    followupEvalId: '',
    rescheduleEvents: [],
    metrics: place.metrics,
    createIndex: 0,
    modifyIndex: 0,
    allocModifyIndex: 0,
    createTimeNs: 0n,
    modifyTimeNs: 0n,
    ...fields,
  };
}

import { allocationEventText } from './allocation-json.ts';
import { deploymentText } from './deployment-json.ts';
import { evaluationText } from './evaluation-json.ts';
import { jobText } from './job-json.ts';
import { nodeText } from './node-json.ts';
import type { Change } from '../world/store.ts';

/** One event before it is text: what subscriptions look at, and its payload's one member. */
export interface EventParts {
  readonly topic: 'Job' | 'Allocation' | 'Evaluation' | 'Deployment' | 'Node';
  readonly type: string;
  readonly key: string;
  readonly namespace: string;
  readonly filterKeys: readonly string[] | null;
  /** JSON text. */
  readonly payload: () => string;
}

/** What a change tells. Undefined for tables that tell nothing, and for what is gone: only nodes tell that. */
export function eventOf(change: Change): EventParts | undefined {
  switch (change.table) {
    case 'nodes':
      return nodeEvent(change);
    case 'jobs':
      return change.after && jobEvent(change.after, change.before);
    case 'allocations':
      return change.after && allocationEvent(change.after, change.before === undefined);
    case 'evaluations':
      return change.after && evaluationEvent(change.after, change.before === undefined);
    case 'deployments':
      return change.after && deploymentEvent(change.after);
    case 'versions':
    case 'summaries':
    case 'scalingEvents':
      return undefined;
  }
}

/** The event as a line carries it. */
export function eventText(parts: EventParts, index: number): string {
  const { topic, type, key, namespace, filterKeys, payload } = parts;
  const head = JSON.stringify({
    Topic: topic,
    Type: type,
    Key: key,
    Namespace: namespace,
    FilterKeys: filterKeys,
    Index: index,
  });
  return `${head.slice(0, -1)},"Payload":{${JSON.stringify(topic)}:${payload()}}}`;
}

type ChangeOf<Table extends Change['table']> = Extract<Change, { readonly table: Table }>;

function nodeEvent({ before, after }: ChangeOf<'nodes'>): EventParts | undefined {
  const node = after ?? before;
  if (!node) return undefined;
  const kept = before === undefined ? 'NodeRegistration' : typeOfNode(before.eligible !== node.eligible);
  const type = after === undefined ? 'NodeDeregistration' : kept;
  return {
    topic: 'Node',
    type,
    key: node.id,
    namespace: '',
    filterKeys: null,
    payload: () => nodeText(node),
  };
}

function typeOfNode(hasDrained: boolean): string {
  return hasDrained ? 'NodeDrain' : 'NodeStreamEvent';
}

function jobEvent(job: NonNullable<ChangeOf<'jobs'>['after']>, before: typeof job | undefined): EventParts {
  const isRegistered = before?.jobModifyIndex !== job.jobModifyIndex;
  const type = isRegistered ? (job.stop ? 'JobDeregistered' : 'JobRegistered') : 'PlanResult';
  const { namespace, id } = job.spec;
  return { topic: 'Job', type, key: id, namespace, filterKeys: null, payload: () => jobText(job) };
}

function allocationEvent(
  allocation: NonNullable<ChangeOf<'allocations'>['after']>,
  isNew: boolean,
): EventParts {
  const { id, namespace, jobId, deploymentId } = allocation;
  return {
    topic: 'Allocation',
    type: isNew ? 'PlanResult' : 'AllocationUpdated',
    key: id,
    namespace,
    filterKeys: [jobId, deploymentId],
    payload: () => allocationEventText(allocation),
  };
}

function evaluationEvent(
  evaluation: NonNullable<ChangeOf<'evaluations'>['after']>,
  isNew: boolean,
): EventParts {
  const { id, namespace, jobId, deploymentId, triggeredBy } = evaluation;
  const types: Readonly<Record<string, string>> = {
    'job-register': 'JobRegistered',
    'job-deregister': 'JobDeregistered',
  };
  return {
    topic: 'Evaluation',
    type: (isNew && types[triggeredBy]) || 'EvaluationUpdated',
    key: id,
    namespace,
    filterKeys: [jobId, deploymentId],
    payload: () => evaluationText(evaluation),
  };
}

function deploymentEvent(deployment: NonNullable<ChangeOf<'deployments'>['after']>): EventParts {
  const { id, namespace, jobId } = deployment;
  return {
    topic: 'Deployment',
    type: 'DeploymentStatusUpdate',
    key: id,
    namespace,
    filterKeys: [jobId],
    payload: () => deploymentText(deployment),
  };
}

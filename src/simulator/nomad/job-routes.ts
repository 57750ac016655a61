import { asArray, asBoolean, asNumber, asObject, asText, isObject, writeJson } from '../json-text.ts';
import { isTerminal } from '../world/types.ts';
import { jobKey } from '../world/job-types.ts';
import { Refusal } from '../world/refusal.ts';
import { allocationStubText } from './allocation-json.ts';
import { answerRead, answerWrite, isWrite, needMethod } from './call.ts';
import { deploymentText } from './deployment-json.ts';
import { evaluationText } from './evaluation-json.ts';
import { changeJson } from './job-change-json.ts';
import { answerDispatch } from './job-dispatch-route.ts';
import { jobInBody } from './job-in-body.ts';
import { planReply } from './job-plan.ts';
import { jobStubText, jobText, summaryText } from './job-json.ts';
import { watchJob, watchJobs } from './jobs-watch.ts';
import { readBoolean } from './query.ts';
import { answerScale } from './job-scale-route.ts';
import { beginsWith, inTables, listText, ofJob, ofRow, splitAction } from './rows.ts';
import type { JsonObject } from '../json-text.ts';
import type { FaceResponse } from '../face.ts';
import type { Job } from '../world/job-types.ts';
import type { Call, Read, Route } from './call.ts';
import type { Query } from './query.ts';

const ALL = '*';

/** `/v1/jobs` */
export const jobsRoute: Route = (call) => {
  if (isWrite(call)) return registerJob(call, '');
  needMethod(call, 'GET');
  return answerRead(call, (query) => listJobs(call, query));
};

function listJobs({ world, rights, lists }: Call, query: Query): Read {
  const isAll = query.namespace === ALL;
  if (!isAll) rights.need(query.namespace, 'list-jobs');
  const { jobs, summaries } = world.store.tables;
  const isWanted = (job: Job): boolean =>
    (isAll ? rights.allows(job.spec.namespace, 'list-jobs') : job.spec.namespace === query.namespace) &&
    beginsWith(job.spec.id, query.prefix);
  const render = (): string => {
    const wanted = jobs.all().filter(isWanted);
    return listText(
      wanted.map((job) => jobStubText(job, summaries.get(jobKey(job.spec.namespace, job.spec.id)), isAll)),
    );
  };
  const isBlind = isAll && ![...world.jobs.namespaces].some((name) => rights.allows(name, 'list-jobs'));
  // Who may list nothing anywhere is answered with an empty list whose index is 0.
  const index = (): number => (isBlind ? 0 : Math.max(jobs.index, summaries.index));
  const beginning = isAll ? '' : jobKey(query.namespace, query.prefix);
  const touchesJobs = watchJobs(world.store, beginning);
  return {
    index,
    isTouchedBy: (change) =>
      touchesJobs(change) || (change.table === 'summaries' && change.key.startsWith(beginning)),
    render: () =>
      query.prefix === '' && isAll && rights.isUnlimited ? lists.get('jobs', index(), render) : render(),
  };
}

const ACTIONS = [
  'allocations',
  'deployment',
  'deployments',
  'dispatch',
  'evaluations',
  'plan',
  'scale',
  'summary',
  'versions',
] as const;

/** `/v1/job/:id` and what is below it; an id may contain slashes. */
export const jobRoute: Route = (call) => {
  const { id, action } = splitAction(call.rest, ACTIONS);
  if (action === 'plan') return planReply(call, id);
  if (action === 'scale') return answerScale(call, id);
  if (action === 'dispatch') return answerDispatch(call, id);
  if (action !== '') {
    needMethod(call, 'GET');
    return answerRead(call, (query) => readOfJob({ call, query, id }, action));
  }
  if (isWrite(call)) return registerJob(call, id);
  if (call.request.method === 'DELETE') return deregisterJob(call, id);
  needMethod(call, 'GET');
  return answerRead(call, (query) => readJob({ call, query, id }));
};

interface JobCall {
  readonly call: Call;
  readonly query: Query;
  readonly id: string;
}

function readJob({ call, query, id }: JobCall): Read {
  call.rights.need(query.namespace, 'read-job');
  const { jobs } = call.world.store.tables;
  const key = jobKey(query.namespace, id);
  return {
    index: () => jobs.get(key)?.modifyIndex ?? jobs.index,
    isTouchedBy: watchJob(call.world.store, key),
    render: () => {
      const job = jobs.get(key);
      return job ? jobText(job) : null;
    },
    missing: 'job not found',
  };
}

function readOfJob(jobCall: JobCall, action: string): Read {
  jobCall.call.rights.need(jobCall.query.namespace, 'read-job');
  switch (action) {
    case 'allocations':
      return readAllocations(jobCall);
    case 'deployment':
      return readLatestDeployment(jobCall);
    case 'deployments':
      return readDeployments(jobCall);
    case 'evaluations':
      return readEvaluations(jobCall);
    case 'summary':
      return readSummary(jobCall);
    default:
      return readVersions(jobCall);
  }
}

function readAllocations({ call, query, id }: JobCall): Read {
  const { allocations, jobs } = call.world.store.tables;
  const key = jobKey(query.namespace, id);
  const isAll = readBoolean(call.request, 'all') ?? false;
  return {
    index: () => allocations.index,
    isTouchedBy: ofJob('allocations', query.namespace, id),
    render: () => {
      const job = jobs.get(key);
      const kept = allocations
        .grouped('job', key)
        .filter((row) => isAll || !job || row.job.createIndex === job.createIndex || !isTerminal(row));
      return listText(kept.map((row) => allocationStubText(row, { resources: false, taskStates: true })));
    },
  };
}

function readLatestDeployment({ call, query, id }: JobCall): Read {
  const { store } = call.world;
  const key = jobKey(query.namespace, id);
  const find = (): ReturnType<typeof store.latestDeployment> => {
    const latest = store.latestDeployment(key);
    const job = store.tables.jobs.get(key);
    return latest && job && latest.jobCreateIndex !== job.createIndex ? undefined : latest;
  };
  return {
    index: () => find()?.modifyIndex ?? store.tables.deployments.index,
    isTouchedBy: ofJob('deployments', query.namespace, id),
    render: () => {
      const latest = find();
      return latest ? deploymentText(latest) : 'null';
    },
  };
}

function readDeployments({ call, query, id }: JobCall): Read {
  const { deployments } = call.world.store.tables;
  return {
    index: () => deployments.index,
    isTouchedBy: ofJob('deployments', query.namespace, id),
    render: () => listText(deployments.grouped('job', jobKey(query.namespace, id)).map(deploymentText)),
  };
}

function readEvaluations({ call, query, id }: JobCall): Read {
  const { evaluations } = call.world.store.tables;
  return {
    index: () => evaluations.index,
    isTouchedBy: ofJob('evaluations', query.namespace, id),
    render: () => listText(evaluations.grouped('job', jobKey(query.namespace, id)).map(evaluationText)),
  };
}

function readSummary({ call, query, id }: JobCall): Read {
  const { summaries } = call.world.store.tables;
  const key = jobKey(query.namespace, id);
  return {
    index: () => summaries.get(key)?.modifyIndex ?? summaries.index,
    isTouchedBy: ofRow('summaries', key),
    render: () => {
      const summary = summaries.get(key);
      return summary ? summaryText(summary) : null;
    },
    missing: 'job not found',
  };
}

function readVersions({ call, query, id }: JobCall): Read {
  const { versions } = call.world.store.tables;
  const key = jobKey(query.namespace, id);
  const index = (): number => versions.get(key)?.[0]?.modifyIndex ?? versions.index;
  return {
    index,
    isTouchedBy: inTables('versions'),
    render: () => {
      const known = versions.get(key);
      if (!known) return null;
      const list = listText(known.map(jobText));
      return `{"Diffs":null,"Index":${index()},"KnownLeader":true,"LastContact":0,"Versions":${list}}`;
    },
    missing: 'job versions not found',
  };
}

function registerJob(call: Call, id: string): FaceResponse {
  const { body, job } = jobInBody(call, id);
  if (job['Type'] === 'system' && hasScaling(job)) {
    throw new Refusal(400, 'Task groups with job type system do not support scaling stanzas');
  }
  call.world.jobs.read(job);
  needNamespace(call, job);
  const enforce = asBoolean(body['EnforceIndex'])
    ? { jobModifyIndex: asNumber(body['JobModifyIndex']) }
    : null;
  const change = call.world.jobs.register(job, enforce);
  return answerWrite(change.index, writeJson({ ...changeJson(change, false), Warnings: '' }));
}

function needNamespace({ world, rights }: Call, job: JsonObject): void {
  const namespace = asText(job['Namespace']);
  rights.need(namespace, 'submit-job');
  if (world.jobs.namespaces.has(namespace)) return;
  const name = JSON.stringify(namespace);
  throw new Refusal(500, `job ${JSON.stringify(job['ID'])} is in nonexistent namespace ${name}`);
}

function hasScaling(job: JsonObject): boolean {
  return asArray(job['TaskGroups']).some((group) => isObject(asObject(group)['Scaling']));
}

function deregisterJob(call: Call, id: string): FaceResponse {
  const namespace = call.request.query.get('namespace') || 'default';
  call.rights.need(namespace, 'submit-job');
  const change = call.world.jobs.deregister(namespace, id, readBoolean(call.request, 'purge') ?? false);
  const body = { ...changeJson(change, false), VolumeEvalID: '', VolumeEvalIndex: 0 };
  return answerWrite(change.index, writeJson(body));
}

import { asBoolean, asNumber, asObject, asText, isObject, objectOf, writeJson } from '../json-text.ts';
import { jobKey } from '../world/job-types.ts';
import { Refusal } from '../world/refusal.ts';
import { isTerminal } from '../world/types.ts';
import { answerRead, answerWrite, isWrite, needMethod, readBody } from './call.ts';
import { changeJson } from './job-change-json.ts';
import { scalingEventJson } from './job-json.ts';
import type { Json } from '../json-text.ts';
import type { FaceResponse } from '../face.ts';
import type { Job, ScalingEvents } from '../world/job-types.ts';
import type { Allocation } from '../world/types.ts';
import type { Call, Read } from './call.ts';
import type { Query } from './query.ts';

/** `/v1/job/:id/scale`: the state of scaling, or a scaling action. */
export function answerScale(call: Call, id: string): Promise<FaceResponse> | FaceResponse {
  if (isWrite(call)) return scale(call, id);
  needMethod(call, 'GET');
  return answerRead(call, (query) => readScale(call, query, id));
}

function scale(call: Call, id: string): FaceResponse {
  const body = readBody(call);
  const target = asObject(body['Target']);
  const namespace = call.request.query.get('namespace') || 'default';
  const jobInTarget = asText(target['Job']);
  if (jobInTarget !== '' && jobInTarget !== id) {
    throw new Refusal(400, 'job ID in payload did not match URL');
  }
  call.rights.need(namespace, 'scale-job', 'submit-job');
  const namespaceInTarget = asText(target['Namespace']);
  if (namespaceInTarget !== '' && namespaceInTarget !== namespace) {
    throw new Refusal(400, 'namespace in payload did not match header');
  }
  const change = call.world.scale({
    namespace,
    jobId: id,
    group: asText(target['Group']),
    count: readCount(body['Count'] ?? null),
    message: asText(body['Message']),
    error: asBoolean(body['Error']),
    meta: isObject(body['Meta']) ? body['Meta'] : null,
  });
  return answerWrite(change.index, writeJson({ ...changeJson(change, true), Warnings: '' }));
}

function readCount(value: Json): number | null {
  if (value === null) return null;
  const number = asNumber(value, NaN);
  if (Number.isInteger(number)) return number;
  const given = typeof value === 'number' ? `number ${value}` : typeof value;
  const field = 'ScalingRequest.Count of type int64';
  throw new Refusal(400, `json: cannot unmarshal ${given} into Go struct field ${field}`);
}

function readScale({ world, rights }: Call, query: Query, id: string): Read {
  rights.need(query.namespace, 'read-job', 'read-job-scaling');
  const { tables } = world.store;
  const key = jobKey(query.namespace, id);
  const open = (): readonly Allocation[] =>
    tables.allocations.grouped('job', key).filter((row) => !isTerminal(row));
  return {
    index: () => {
      const job = tables.jobs.get(key);
      if (!job) return 0;
      const events = tables.scalingEvents.get(key)?.modifyIndex ?? 0;
      return Math.max(job.modifyIndex, events, ...open().map((row) => row.modifyIndex));
    },
    isTouchedBy: (change) =>
      change.key === key || (change.table === 'allocations' && (change.after ?? change.before)?.jobId === id),
    render: () => {
      const job = tables.jobs.get(key);
      return job ? writeJson(scaleJson(job, tables.scalingEvents.get(key), open())) : null;
    },
    missing: 'job not found',
  };
}

function scaleJson(job: Job, events: ScalingEvents | undefined, open: readonly Allocation[]): Json {
  const groups = job.spec.groups.map(({ name, count }) => {
    const placed = open.filter((row) => row.group === name);
    const status = {
      Desired: count,
      Events: events?.groups[name]?.map(scalingEventJson) ?? null,
      Healthy: placed.filter((row) => row.deploymentStatus?.healthy === true).length,
      Placed: placed.length,
      Running: placed.filter((row) => row.clientStatus === 'running').length,
      Unhealthy: placed.filter((row) => row.deploymentStatus?.healthy === false).length,
    };
    return [name, status] as const;
  });
  return {
    JobCreateIndex: job.createIndex,
    JobID: job.spec.id,
    JobModifyIndex: job.modifyIndex,
    JobStopped: job.stop,
    Namespace: job.spec.namespace,
    TaskGroups: objectOf(groups),
  };
}

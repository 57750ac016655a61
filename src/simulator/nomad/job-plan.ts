import { asBoolean, asText, mapValues, writeJson } from '../json-text.ts';
import { Refusal } from '../world/refusal.ts';
import { needMethod, answerWrite } from './call.ts';
import { jobInBody } from './job-in-body.ts';
import { jsonReply } from './reply.ts';
import { metricsJson } from './metrics-json.ts';
import type { Json, JsonObject } from '../json-text.ts';
import type { FaceResponse } from '../face.ts';
import type { Job } from '../world/job-types.ts';
import type { Plan } from '../world/plan.ts';
import type { DesiredUpdates } from '../world/reconcile-types.ts';
import type { Call } from './call.ts';

/** `/v1/job/:id/plan`: what registering would do. */
export function planReply(call: Call, id: string): FaceResponse {
  needMethod(call, 'PUT', 'POST');
  const { body, job } = jobInBody(call, id);
  call.rights.need(asText(job['Namespace']), 'submit-job');
  const planned = call.world.plan(job);
  const { plan, before } = planned;
  const hasFailed = Object.keys(plan.failed).length > 0;
  const index = before?.jobModifyIndex ?? 0;
  const reply = {
    Annotations: { DesiredTGUpdates: desiredJson(plan), PreemptedAllocs: null },
    CreatedEvals: null,
    Diff: asBoolean(body['Diff']) ? diffJson(planned) : null,
    FailedTGAllocs: hasFailed ? mapValues(plan.failed, metricsJson) : null,
    Index: index,
    JobModifyIndex: index,
    NextPeriodicLaunch: null,
    Warnings: '',
  };
  return answerWrite(index, writeJson(reply));
}

function desiredJson(plan: Plan): JsonObject {
  return mapValues(plan.desired, updatesJson);
}

function updatesJson(desired: DesiredUpdates): Json {
  return {
    Canary: 0,
    DestructiveUpdate: desired.destructiveUpdate,
    Ignore: desired.ignore,
    InPlaceUpdate: desired.inPlaceUpdate,
    Migrate: desired.migrate,
    Place: desired.place,
    Preemptions: 0,
    Stop: desired.stop,
  };
}

/** What changes, as far as `nomad job plan` needs it: kinds, counts and what becomes of allocations. */
function diffJson({ job, before, plan }: { job: Job; before: Job | undefined; plan: Plan }): Json {
  const isSame = before?.spec.text === job.spec.text;
  return {
    Fields: null,
    ID: job.spec.id,
    Objects: null,
    TaskGroups: job.spec.groups.map(({ name, count }) => {
      const old = before?.spec.groups.find((group) => group.name === name);
      return groupDiff({ name, count, oldCount: old?.count }, plan.desired[name]);
    }),
    Type: before ? (isSame ? 'None' : 'Edited') : 'Added',
  };
}

function groupDiff(
  group: { name: string; count: number; oldCount: number | undefined },
  desired: DesiredUpdates | undefined,
): Json {
  const { count, oldCount } = group;
  const isNew = oldCount === undefined;
  const field = {
    Annotations: [isNew || count > oldCount ? 'forces create' : 'forces destroy'],
    Name: 'Count',
    New: String(count),
    Old: isNew ? '' : String(oldCount),
    Type: isNew ? 'Added' : 'Edited',
  };
  const isEdited =
    count !== oldCount || (desired?.destructiveUpdate ?? 0) + (desired?.inPlaceUpdate ?? 0) > 0;
  return {
    Fields: count === oldCount ? null : [field],
    Name: group.name,
    Objects: null,
    Tasks: null,
    Type: isNew ? 'Added' : isEdited ? 'Edited' : 'None',
    Updates: desired ? updateCounts(desired) : null,
  };
}

function updateCounts(desired: DesiredUpdates): Json {
  const counts: readonly (readonly [string, number])[] = [
    ['ignore', desired.ignore],
    ['create', desired.place],
    ['migrate', desired.migrate],
    ['destroy', desired.stop],
    ['in-place update', desired.inPlaceUpdate],
    ['create/destroy update', desired.destructiveUpdate],
  ];
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

/** `/v1/validate/job` */
export function validateReply(call: Call): FaceResponse {
  needMethod(call, 'PUT', 'POST');
  const { job } = jobInBody(call, '');
  call.rights.need(asText(job['Namespace']), 'read-job');
  const text = validationError(call, job);
  const errors = text
    .split('\n')
    .filter((line) => line.startsWith('\t* '))
    .map((line) => line.slice(3));
  const reply = {
    DriverConfigValidated: true,
    Error: text,
    ValidationErrors: text === '' ? null : errors,
    Warnings: '',
  };
  return jsonReply(writeJson(reply));
}

function validationError({ world }: Call, job: JsonObject): string {
  try {
    world.jobs.read(job);
    return '';
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
}

import { mapValues, objectOf, writeJson } from '../json-text.ts';
import { cachedText } from './text-cache.ts';
import type { Json, JsonObject } from '../json-text.ts';
import type { Job, JobSummary, ScalingEvent } from '../world/job-types.ts';

/** A job as `GET /v1/job/:id` gives it. */
export const jobText = cachedText((job: Job): string => {
  const members: JsonObject = {
    ...job.spec.json,
    CreateIndex: job.createIndex,
    JobModifyIndex: job.jobModifyIndex,
    ModifyIndex: job.modifyIndex,
    Stable: job.stable,
    Status: job.status,
    StatusDescription: '',
    Stop: job.stop,
    SubmitTime: job.submitTimeNs,
    Version: job.version,
  };
  const keys = Object.keys(members).toSorted();
  return writeJson(objectOf(keys.map((key) => [key, members[key] ?? null])));
});

export const summaryText = cachedText((summary: JobSummary): string => {
  const groups = mapValues(summary.groups, (group) => ({
    Complete: group.complete,
    Failed: group.failed,
    Lost: group.lost,
    Queued: group.queued,
    Running: group.running,
    Starting: group.starting,
  }));
  const { dead, pending, running } = summary.children;
  return writeJson({
    Children: { Dead: dead, Pending: pending, Running: running },
    CreateIndex: summary.createIndex,
    JobID: summary.jobId,
    ModifyIndex: summary.modifyIndex,
    Namespace: summary.namespace,
    Summary: groups,
  });
});

const stubs = new WeakMap<Job, { readonly summary: JobSummary | undefined; readonly text: string }>();

/** A job as the list gives it; with its namespace only when all were asked for. */
export function jobStubText(job: Job, summary: JobSummary | undefined, withNamespace: boolean): string {
  const known = stubs.get(job);
  const text = known?.summary === summary && known ? known.text : makeStub(job, summary);
  if (known?.text !== text) stubs.set(job, { summary, text });
  if (!withNamespace) return text;
  return text.replace(
    ',"ParameterizedJob":',
    `,"Namespace":${JSON.stringify(job.spec.namespace)},"ParameterizedJob":`,
  );
}

function makeStub(job: Job, summary: JobSummary | undefined): string {
  const { spec } = job;
  const before = writeJson({
    CreateIndex: job.createIndex,
    Datacenters: spec.datacenters,
    ID: spec.id,
    JobModifyIndex: job.jobModifyIndex,
  }).slice(0, -1);
  const after = writeJson({
    ModifyIndex: job.modifyIndex,
    Multiregion: null,
    Name: spec.json['Name'] ?? spec.id,
    ParameterizedJob: spec.isParameterized,
    ParentID: spec.parentId,
    Periodic: spec.isPeriodic,
    Priority: spec.priority,
    Status: job.status,
    StatusDescription: '',
    Stop: job.stop,
    SubmitTime: job.submitTimeNs,
    Type: spec.type,
  }).slice(1);
  return `${before},"JobSummary":${summary ? summaryText(summary) : 'null'},${after}`;
}

/** A scaling event as `GET /v1/job/:id/scale` gives it. */
export function scalingEventJson(event: ScalingEvent): Json {
  return {
    Count: event.count,
    CreateIndex: event.createIndex,
    Error: event.error,
    EvalID: event.evalId,
    Message: event.message,
    Meta: event.meta,
    PreviousCount: event.previousCount,
    Time: event.timeNs,
  };
}

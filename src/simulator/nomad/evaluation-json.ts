import { mapValues, writeJson } from '../json-text.ts';
import { rfc3339 } from '../world/time.ts';
import { metricsJson } from './metrics-json.ts';
import { cachedText } from './text-cache.ts';
import type { Json, JsonObject } from '../json-text.ts';
import type { Evaluation } from '../world/types.ts';

function isEmpty(value: Json): boolean {
  if (value === null || value === '' || value === 0) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** An evaluation as Nomad gives it: what is empty is left out. */
export const evaluationText = cachedText((evaluation: Evaluation): string => {
  const members: JsonObject = {
    BlockedEval: evaluation.blockedEval,
    ClassEligibility: evaluation.classEligibility,
    CreateIndex: evaluation.createIndex,
    CreateTime: evaluation.createTimeNs,
    DeploymentID: evaluation.deploymentId,
    FailedTGAllocs: mapValues(evaluation.failedGroups ?? {}, metricsJson),
    ID: evaluation.id,
    JobID: evaluation.jobId,
    JobModifyIndex: evaluation.jobModifyIndex,
    ModifyIndex: evaluation.modifyIndex,
    ModifyTime: evaluation.modifyTimeNs,
    Namespace: evaluation.namespace,
    NodeID: evaluation.nodeId,
    NodeModifyIndex: evaluation.nodeModifyIndex,
    PreviousEval: evaluation.previousEval,
    Priority: evaluation.priority,
    QueuedAllocations: evaluation.queuedAllocations,
    SnapshotIndex: evaluation.snapshotIndex,
    Status: evaluation.status,
    StatusDescription: evaluation.statusDescription,
    TriggeredBy: evaluation.triggeredBy,
    Type: evaluation.type,
    WaitUntil: evaluation.waitUntilNs === null ? null : rfc3339(evaluation.waitUntilNs),
  };
  return writeJson(Object.fromEntries(Object.entries(members).filter(([, value]) => !isEmpty(value))));
});

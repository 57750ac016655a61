import { mapValues, writeJson } from '../json-text.ts';
import { rfc3339 } from '../world/time.ts';
import { cachedText } from './text-cache.ts';
import type { Json } from '../json-text.ts';
import type { Deployment, DeploymentGroup } from '../world/types.ts';

function groupJson(group: DeploymentGroup): Json {
  return {
    AutoPromote: false,
    AutoRevert: group.autoRevert,
    DesiredCanaries: 0,
    DesiredTotal: group.desiredTotal,
    HealthyAllocs: group.healthy,
    PlacedAllocs: group.placed,
    PlacedCanaries: null,
    ProgressDeadline: Math.round(group.progressDeadlineMs * 1e6),
    Promoted: false,
    RequireProgressBy: group.requireProgressByNs === null ? null : rfc3339(group.requireProgressByNs),
    UnhealthyAllocs: group.unhealthy,
  };
}

/** A deployment as Nomad gives it. */
export const deploymentText = cachedText((deployment: Deployment): string => {
  return writeJson({
    CreateIndex: deployment.createIndex,
    ID: deployment.id,
    IsMultiregion: false,
    JobCreateIndex: deployment.jobCreateIndex,
    JobID: deployment.jobId,
    JobModifyIndex: deployment.jobModifyIndex,
    JobSpecModifyIndex: deployment.jobSpecModifyIndex,
    JobVersion: deployment.jobVersion,
    ModifyIndex: deployment.modifyIndex,
    Namespace: deployment.namespace,
    Status: deployment.status,
    StatusDescription: deployment.statusDescription,
    TaskGroups: mapValues(deployment.groups, groupJson),
  });
});

import { nsAfter } from './time.ts';
import type { Allocation, Deployment, DeploymentGroup } from './types.ts';

/**
 * The deployment after an allocation joined it or told its health: counts, and the time by which the
 * group must progress. Undefined when it says nothing new.
 */
export function countInDeployment(
  deployment: Deployment,
  before: Allocation | undefined,
  after: Allocation,
): Deployment | undefined {
  const group = deployment.groups[after.group];
  if (!group) return undefined;
  const isPlaced = !before || before.deploymentId !== after.deploymentId;
  const counted = isPlaced ? place(group, after) : countHealth(group, before, after);
  return counted && { ...deployment, groups: { ...deployment.groups, [after.group]: counted } };
}

function place(group: DeploymentGroup, allocation: Allocation): DeploymentGroup {
  const placed = { ...group, placed: group.placed + 1 };
  if (group.progressDeadlineMs === 0 || group.requireProgressByNs !== null) return placed;
  return { ...placed, requireProgressByNs: nsAfter(allocation.modifyTimeNs, group.progressDeadlineMs) };
}

function countHealth(
  group: DeploymentGroup,
  before: Allocation,
  after: Allocation,
): DeploymentGroup | undefined {
  const status = after.deploymentStatus;
  if (!status) return undefined;
  const was = before.deploymentStatus;
  if (!was) return status.healthy ? progressed(group, status.timestampNs) : unhealthy(group);
  if (was.healthy && !status.healthy) return { ...unhealthy(group), healthy: group.healthy - 1 };
  return undefined;
}

function unhealthy(group: DeploymentGroup): DeploymentGroup {
  return { ...group, unhealthy: group.unhealthy + 1 };
}

function progressed(group: DeploymentGroup, timestampNs: bigint): DeploymentGroup {
  const healthy = { ...group, healthy: group.healthy + 1 };
  if (group.progressDeadlineMs === 0) return healthy;
  const next = nsAfter(timestampNs, group.progressDeadlineMs);
  const current = group.requireProgressByNs;
  return { ...healthy, requireProgressByNs: current === null || next > current ? next : current };
}

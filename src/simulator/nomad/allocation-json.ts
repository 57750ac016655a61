import { writeJson } from '../json-text.ts';
import { findGroup } from '../world/job-types.ts';
import { rfc3339 } from '../world/time.ts';
import { jobText } from './job-json.ts';
import { metricsJson } from './metrics-json.ts';
import { taskStatesText } from './task-states-json.ts';
import { cachedText } from './text-cache.ts';
import type { Json, JsonObject } from '../json-text.ts';
import type { GroupSpec, TaskSpec } from '../world/job-types.ts';
import type { Allocation } from '../world/types.ts';

type Parts = readonly (readonly [string, string])[];

function objectText(parts: Parts): string {
  return `{${parts.map(([key, text]) => `"${key}":${text}`).join(',')}}`;
}

function perTask(group: GroupSpec | undefined, of: (task: TaskSpec) => Json): JsonObject {
  return Object.fromEntries((group?.tasks ?? []).map((task) => [task.name, of(task)]));
}

function allocatedResources(allocation: Allocation): Json {
  const group = findGroup(allocation.job, allocation.group);
  return {
    Shared: { DiskMB: group?.diskMb ?? 0, Networks: null, Ports: null },
    TaskLifecycles: perTask(group, ({ lifecycle }) =>
      lifecycle ? { Hook: lifecycle.hook, Sidecar: lifecycle.sidecar } : null,
    ),
    Tasks: perTask(group, (task) => ({
      Cpu: { CpuShares: task.cpuMhz },
      Devices: null,
      Memory: { MemoryMB: task.memoryMb },
      Networks: null,
    })),
  };
}

function resources(cpuMhz: number, memoryMb: number, diskMb: number): Json {
  return { CPU: cpuMhz, Devices: null, DiskMB: diskMb, IOPS: 0, MemoryMB: memoryMb, Networks: null };
}

function deploymentStatus({ deploymentStatus: status }: Allocation): Json {
  if (!status) return null;
  return {
    Canary: false,
    Healthy: status.healthy,
    ModifyIndex: status.modifyIndex,
    Timestamp: rfc3339(status.timestampNs),
  };
}

function transition({ transition: { migrate, reschedule } }: Allocation): Json {
  return { ForceReschedule: null, Migrate: migrate, Reschedule: reschedule };
}

function rescheduleTracker({ rescheduleEvents }: Allocation): Json {
  if (rescheduleEvents.length === 0) return null;
  const events = rescheduleEvents.map((event) => ({
    Delay: BigInt(Math.round(event.delayMs * 1e6)),
    PrevAllocID: event.previousAllocation,
    PrevNodeID: event.previousNode,
    RescheduleTime: event.timeNs,
  }));
  return { Events: events };
}

/** Which of the optional parts of a stub are wanted. */
export interface StubFields {
  readonly resources: boolean;
  readonly taskStates: boolean;
}

const stubHead = cachedText((allocation: Allocation): string =>
  writeJson({
    ClientDescription: allocation.clientDescription,
    ClientStatus: allocation.clientStatus,
    CreateIndex: allocation.createIndex,
    CreateTime: allocation.createTimeNs,
    DeploymentStatus: deploymentStatus(allocation),
    DesiredDescription: allocation.desiredDescription,
    DesiredStatus: allocation.desiredStatus,
    DesiredTransition: transition(allocation),
    EvalID: allocation.evalId,
    FollowupEvalID: allocation.followupEvalId,
    ID: allocation.id,
    JobID: allocation.jobId,
    JobType: allocation.job.spec.type,
    JobVersion: allocation.job.version,
    ModifyIndex: allocation.modifyIndex,
    ModifyTime: allocation.modifyTimeNs,
    Name: allocation.name,
    Namespace: allocation.namespace,
    NodeID: allocation.nodeId,
    NodeName: allocation.nodeName,
    PreemptedAllocations: null,
    PreemptedByAllocation: '',
    RescheduleTracker: rescheduleTracker(allocation),
    TaskGroup: allocation.group,
  }).slice(1, -1),
);

const resourcesText = cachedText((allocation: Allocation): string =>
  writeJson(allocatedResources(allocation)),
);

/** An allocation as lists give it. */
export function allocationStubText(allocation: Allocation, fields: StubFields): string {
  const states = fields.taskStates && allocation.taskStates ? taskStatesText(allocation.taskStates) : 'null';
  const head = fields.resources ? `"AllocatedResources":${resourcesText(allocation)},` : '';
  return `{${head}${stubHead(allocation)},"TaskStates":${states}}`;
}

/** An allocation in full, its job included; what is empty is left out. */
export const allocationText = cachedText((allocation: Allocation): string =>
  wholeText(allocation, jobText(allocation.job)),
);

/** The same without its job, as events carry it. */
export function allocationEventText(allocation: Allocation): string {
  return wholeText(allocation, 'null');
}

function wholeText(allocation: Allocation, job: string): string {
  const parts: Parts = fullMembers(allocation).flatMap(([key, value]) =>
    value === null || value === '' ? [] : [[key, writeJson(value)] as const],
  );
  const states = allocation.taskStates
    ? [['TaskStates', taskStatesText(allocation.taskStates)] as const]
    : [];
  return objectText([...parts, ['Job', job], ...states]);
}

function fullMembers(allocation: Allocation): readonly (readonly [string, Json])[] {
  const group = findGroup(allocation.job, allocation.group);
  const { cpuMhz = 0, memoryMb = 0, diskMb = 0 } = group ?? {};
  return [
    ['AllocModifyIndex', allocation.allocModifyIndex],
    ['AllocatedResources', allocatedResources(allocation)],
    ['ClientDescription', allocation.clientDescription],
    ['ClientStatus', allocation.clientStatus],
    ['CreateIndex', allocation.createIndex],
    ['CreateTime', allocation.createTimeNs],
    ['DeploymentID', allocation.deploymentId],
    ['DeploymentStatus', deploymentStatus(allocation)],
    ['DesiredDescription', allocation.desiredDescription],
    ['DesiredStatus', allocation.desiredStatus],
    ['DesiredTransition', hasTransition(allocation) ? transition(allocation) : null],
    ['EvalID', allocation.evalId],
    ['FollowupEvalID', allocation.followupEvalId],
    ['ID', allocation.id],
    ['JobID', allocation.jobId],
    ['Metrics', metricsJson(allocation.metrics)],
    ['ModifyIndex', allocation.modifyIndex],
    ['ModifyTime', allocation.modifyTimeNs],
    ['Name', allocation.name],
    ['Namespace', allocation.namespace],
    ['NetworkStatus', allocation.taskStates ? { Address: '', DNS: null, InterfaceName: '' } : null],
    ['NextAllocation', allocation.nextAllocation],
    ['NodeID', allocation.nodeId],
    ['NodeName', allocation.nodeName],
    ['PreviousAllocation', allocation.previousAllocation],
    ['RescheduleTracker', rescheduleTracker(allocation)],
    ['Resources', resources(cpuMhz, memoryMb, diskMb)],
    ['SharedResources', resources(0, 0, diskMb)],
    ['TaskGroup', allocation.group],
    ['TaskResources', perTask(group, (task) => resources(task.cpuMhz, task.memoryMb, 0))],
  ];
}

function hasTransition({ transition: { migrate, reschedule } }: Allocation): boolean {
  return migrate !== null || reschedule !== null;
}

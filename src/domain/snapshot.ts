/** Facts observed at one moment, in Nomad's words. Wire shapes stay in the adapter. */

import type { Resources } from './resources.ts';

/** Names a job: ids are unique within a namespace only. */
export interface JobRef {
  readonly namespace: string;
  readonly jobId: string;
}

/** Names a task group of a job. */
export interface GroupRef extends JobRef {
  readonly group: string;
}

/** A task as its group asks for it. `cpuMhz` is 0 where the task asks for `cores` instead. */
export interface TaskFacts {
  readonly name: string;
  readonly cpuMhz: number;
  readonly memoryMb: number;
  /** True for prestart and poststop tasks that are no sidecar: they end while the group runs on. */
  readonly ends: boolean;
}

/** A task group as the job asks for it. */
export interface TaskGroupFacts {
  readonly name: string;
  /** The desired count in the job, the base of every decision. */
  readonly count: number;
  readonly meta: Readonly<Record<string, string>>;
  /** True where Nomad makes a deployment of a change: a service with an `update` of max_parallel > 0. */
  readonly deploys: boolean;
  /** `update.healthy_deadline`; 0 where the group has none. */
  readonly healthyDeadlineMs: number;
  readonly tasks: readonly TaskFacts[];
  /** What a node must have to take one allocation of the group. */
  readonly needs: PlacementNeeds;
}

/** `left operand right` as the job has it, e.g. `${node.class}`, `=`, `web`. */
export interface ConstraintFacts {
  readonly left: string;
  readonly operand: string;
  readonly right: string;
}

/** What one allocation of a group asks of its node. */
export interface PlacementNeeds {
  /** Sum of the tasks' resources and the group's ephemeral disk. */
  readonly resources: Resources;
  readonly datacenters: readonly string[];
  /** Nomad's node pool, '' where the job names none. */
  readonly nodePool: string;
  readonly drivers: readonly string[];
  /** Of the job, the group and its tasks, without distinct_hosts. */
  readonly constraints: readonly ConstraintFacts[];
  /** Whose allocations may not share a node with it. */
  readonly distinctHosts: 'none' | 'group' | 'job';
  readonly staticPorts: readonly number[];
  /** Names of what is asked for and not understood (`device nvidia/gpu`, `volume data`): fits nowhere. */
  readonly unplaceable: readonly string[];
}

/** A job as registered. `modifyIndex` is Nomad's JobModifyIndex. */
export interface JobFacts extends JobRef {
  readonly type: string;
  readonly parentId: string;
  readonly stopped: boolean;
  readonly periodic: boolean;
  readonly parameterized: boolean;
  readonly modifyIndex: number;
  readonly groups: readonly TaskGroupFacts[];
}

/** What one task may use: the base of its percentages. */
export interface TaskShare {
  readonly cpuMhz: number;
  readonly memoryMb: number;
}

/** An allocation as the list shows it. */
export interface AllocationFacts extends GroupRef {
  readonly id: string;
  readonly nodeId: string;
  readonly desiredStatus: string;
  readonly clientStatus: string;
  readonly createdMs: number;
  /** Tasks whose state is `dead`. */
  readonly deadTasks: readonly string[];
  /** What the allocation was given, by task; absent where the server's list does not tell. */
  readonly shares?: Readonly<Record<string, TaskShare>>;
  /** Everything it was given, disk included; absent where the server's list does not tell. */
  readonly resources?: Resources;
  /** `service`, `batch`, `system`, `sysbatch`; '' where nobody tells. */
  readonly jobType: string;
}

/** Allocations of a group that Nomad could not place: they wait for room. */
export interface QueuedGroup extends GroupRef {
  readonly queued: number;
}

/** One task's usage as its driver measured it; a member the driver did not measure is absent. */
export interface TaskUsage {
  readonly cpuMhz?: number;
  readonly memoryMb?: number;
}

/** One reading of an allocation's statistics. `stamp` is the sample's own time, compared only for change. */
export type UsageReading =
  | { readonly kind: 'sample'; readonly stamp: string; readonly tasks: Readonly<Record<string, TaskUsage>> }
  | { readonly kind: 'missing'; readonly why: string };

export type DeploymentStatus =
  | 'initializing'
  | 'pending'
  | 'running'
  | 'paused'
  | 'blocked'
  | 'unblocking'
  | 'successful'
  | 'failed'
  | 'cancelled';

/** A deployment. `specIndex` is Nomad's JobSpecModifyIndex: the JobModifyIndex of the change it rolls out. */
export interface DeploymentFacts extends JobRef {
  readonly id: string;
  readonly specIndex: number;
  readonly status: string;
  readonly description: string;
  /** By group, how many allocations it has placed so far. */
  readonly placed: Readonly<Record<string, number>>;
}

/** An evaluation. `blocked` names the evaluation that waits for room, if one does. */
export interface EvaluationFacts extends JobRef {
  readonly id: string;
  readonly status: string;
  readonly blockedId: string;
  readonly modifyIndex: number;
  /** Groups with allocations that could not be placed. */
  readonly unplaced: readonly string[];
  /** By group of `unplaced`, what the scheduler found. */
  readonly failures: Readonly<Record<string, PlacementFailure>>;
}

/** Why an allocation could not be placed, as the scheduler counted it. */
export interface PlacementFailure {
  /** Dimensions that were used up on nodes that would do otherwise: `cpu`, `memory`, `disk`, … */
  readonly exhausted: readonly string[];
  /** Quota limits that were reached. */
  readonly quotas: readonly string[];
  /** Nodes that no constraint ruled out. */
  readonly nodesExhausted: number;
}

/** What Nomad is doing about a job just now. */
export interface Rollout {
  readonly deployments: readonly DeploymentFacts[];
  readonly evaluations: readonly EvaluationFacts[];
}

/** `<job>/<group>`, and `<namespace>:<job>/<group>` outside `default`: the id people and policies use. */
export function groupId(ref: GroupRef): string {
  const id = `${ref.jobId}/${ref.group}`;
  return ref.namespace === 'default' ? id : `${ref.namespace}:${id}`;
}

/** A key for maps, different for different groups whatever their names contain. */
export function groupKey({ namespace, jobId, group }: GroupRef): string {
  return `${namespace.length} ${jobId.length} ${namespace}${jobId}${group}`;
}

/** A job's name as a person reads it. */
export function jobName(ref: JobRef): string {
  return ref.namespace === 'default' ? ref.jobId : `${ref.namespace}:${ref.jobId}`;
}

/** True for deployments that still change the job's allocations: they forbid scaling it. */
export function isActiveDeployment(deployment: DeploymentFacts): boolean {
  return !['successful', 'failed', 'cancelled'].includes(deployment.status);
}

/** True for an allocation that takes room on its node: it should run, and does or is about to. */
export function isTakingRoom({ desiredStatus, clientStatus }: AllocationFacts): boolean {
  return desiredStatus === 'run' && (clientStatus === 'running' || clientStatus === 'pending');
}

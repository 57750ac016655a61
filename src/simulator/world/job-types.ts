import type { JsonObject } from '../json-text.ts';

export type JobType = 'service' | 'batch' | 'system';

export interface Constraint {
  readonly leftTarget: string;
  readonly operand: string;
  readonly rightTarget: string;
}

export interface TaskSpec {
  readonly name: string;
  readonly driver: string;
  readonly cpuMhz: number;
  readonly memoryMb: number;
  readonly killTimeoutMs: number;
  readonly config: JsonObject;
  readonly constraints: readonly Constraint[];
  readonly lifecycle: { readonly hook: string; readonly sidecar: boolean } | null;
}

export interface UpdateSpec {
  readonly healthCheck: string;
  readonly maxParallel: number;
  readonly minHealthyMs: number;
  readonly healthyDeadlineMs: number;
  readonly progressDeadlineMs: number;
  readonly autoRevert: boolean;
}

export interface MigrateSpec {
  readonly maxParallel: number;
  readonly minHealthyMs: number;
  readonly healthyDeadlineMs: number;
}

export interface RescheduleSpec {
  readonly attempts: number;
  readonly intervalMs: number;
  readonly delayMs: number;
  readonly delayFunction: string;
  readonly maxDelayMs: number;
  readonly unlimited: boolean;
}

export interface RestartSpec {
  readonly attempts: number;
  readonly intervalMs: number;
  readonly delayMs: number;
  readonly mode: string;
}

export interface ScalingSpec {
  readonly id: string;
  readonly min: number;
  readonly max: number;
}

export interface StaticPort {
  readonly label: string;
  readonly port: number;
}

export interface GroupSpec {
  readonly name: string;
  readonly count: number;
  readonly tasks: readonly TaskSpec[];
  readonly constraints: readonly Constraint[];
  readonly diskMb: number;
  /** Sums over the tasks. */
  readonly cpuMhz: number;
  readonly memoryMb: number;
  /** Ports of the node that one allocation takes for itself, of the group and its tasks. */
  readonly staticPorts: readonly StaticPort[];
  /** True when it asks for a device, or a volume of its host: no node here has any. */
  readonly needsDevice: boolean;
  readonly needsHostVolume: boolean;
  readonly update: UpdateSpec | null;
  readonly migrate: MigrateSpec | null;
  readonly reschedule: RescheduleSpec | null;
  readonly restart: RestartSpec;
  readonly scaling: ScalingSpec | null;
  /** What makes a running allocation need replacement when it differs. */
  readonly fingerprint: string;
}

/** A job as its owner wrote it: the canonical JSON with unknown fields kept, and what the cluster reads in it. */
export interface JobSpec {
  readonly json: JsonObject;
  /** The canonical JSON as text, keys sorted: two specs are the same when these are. */
  readonly text: string;
  readonly id: string;
  readonly namespace: string;
  readonly type: JobType;
  readonly priority: number;
  readonly parentId: string;
  readonly datacenters: readonly string[];
  readonly constraints: readonly Constraint[];
  readonly groups: readonly GroupSpec[];
  readonly isPeriodic: boolean;
  readonly isParameterized: boolean;
}

export type JobStatus = 'pending' | 'running' | 'dead';

/** One version of a job. */
export interface Job {
  readonly spec: JobSpec;
  readonly version: number;
  readonly stable: boolean;
  readonly stop: boolean;
  readonly status: JobStatus;
  readonly submitTimeNs: bigint;
  readonly createIndex: number;
  readonly modifyIndex: number;
  readonly jobModifyIndex: number;
}

export interface GroupSummary {
  readonly complete: number;
  readonly failed: number;
  readonly lost: number;
  readonly queued: number;
  readonly running: number;
  readonly starting: number;
}

export interface JobSummary {
  readonly namespace: string;
  readonly jobId: string;
  readonly groups: Readonly<Record<string, GroupSummary>>;
  readonly children: { readonly dead: number; readonly pending: number; readonly running: number };
  readonly createIndex: number;
  readonly modifyIndex: number;
}

export interface ScalingEvent {
  readonly timeNs: bigint;
  readonly count: number | null;
  readonly previousCount: number;
  readonly message: string;
  readonly error: boolean;
  readonly meta: JsonObject | null;
  readonly evalId: string | null;
  readonly createIndex: number;
}

/** The scaling events of a job, newest first, by group. */
export interface ScalingEvents {
  readonly namespace: string;
  readonly jobId: string;
  readonly groups: Readonly<Record<string, readonly ScalingEvent[]>>;
  readonly modifyIndex: number;
}

/** The key of everything that belongs to one job. */
export function jobKey(namespace: string, jobId: string): string {
  return `${namespace}\u0000${jobId}`;
}

export function keyOfJob(job: Job): string {
  return jobKey(job.spec.namespace, job.spec.id);
}

export function findGroup(job: Job | undefined, name: string): GroupSpec | undefined {
  return job?.spec.groups.find((group) => group.name === name);
}

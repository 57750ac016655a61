import type { Job } from './job-types.ts';

export interface Driver {
  readonly detected: boolean;
  readonly healthy: boolean;
  readonly description: string;
  readonly updateTimeNs: bigint;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface DrainStrategy {
  /** Nanoseconds as asked: 0 none, negative at once. */
  readonly deadlineNs: bigint;
  readonly forceDeadlineNs: bigint | null;
  readonly ignoreSystemJobs: boolean;
  readonly startedAtNs: bigint;
}

export interface NodeEvent {
  readonly message: string;
  readonly subsystem: string;
  readonly timeNs: bigint;
  readonly createIndex: number;
}

export type NodeStatus = 'initializing' | 'ready' | 'down';

/** A client of the cluster, as the servers know it. */
export interface Node {
  readonly id: string;
  readonly name: string;
  readonly datacenter: string;
  readonly nodeClass: string;
  readonly computedClass: string;
  readonly address: string;
  readonly httpPort: number;
  readonly attributes: Readonly<Record<string, string>>;
  readonly meta: Readonly<Record<string, string>>;
  readonly drivers: Readonly<Record<string, Driver>>;
  readonly cpuMhz: number;
  readonly memoryMb: number;
  readonly diskMb: number;
  readonly reservedCpuMhz: number;
  readonly reservedMemoryMb: number;
  readonly reservedDiskMb: number;
  /** MHz of one core: what 100 % of `Percent` in the statistics stands for. */
  readonly coreMhz: number;
  readonly cgroup: 'v1' | 'v2';
  readonly status: NodeStatus;
  readonly eligible: boolean;
  readonly drain: DrainStrategy | null;
  readonly events: readonly NodeEvent[];
  readonly statusUpdatedAtS: number;
  readonly createIndex: number;
  readonly modifyIndex: number;
}

export interface TaskEvent {
  readonly type: string;
  readonly message: string;
  readonly timeNs: bigint;
  readonly details: Readonly<Record<string, string>>;
  readonly exitCode: number;
  readonly signal: number;
  readonly failsTask: boolean;
}

export interface TaskState {
  readonly state: 'pending' | 'running' | 'dead';
  readonly failed: boolean;
  readonly restarts: number;
  readonly lastRestartNs: bigint | null;
  readonly startedAtNs: bigint | null;
  readonly finishedAtNs: bigint | null;
  readonly events: readonly TaskEvent[];
}

export interface DeploymentStatus {
  readonly healthy: boolean;
  readonly timestampNs: bigint;
  readonly modifyIndex: number;
}

export interface Transition {
  readonly migrate: boolean | null;
  readonly reschedule: boolean | null;
}

export interface NodeScore {
  readonly nodeId: string;
  readonly normScore: number;
  readonly scores: Readonly<Record<string, number>>;
}

/** What the scheduler saw while it looked for a node. */
export interface AllocationMetrics {
  readonly nodesEvaluated: number;
  readonly nodesFiltered: number;
  readonly nodesExhausted: number;
  readonly coalescedFailures: number;
  readonly nodesAvailable: Readonly<Record<string, number>>;
  readonly classFiltered: Readonly<Record<string, number>>;
  readonly constraintFiltered: Readonly<Record<string, number>>;
  readonly classExhausted: Readonly<Record<string, number>>;
  readonly dimensionExhausted: Readonly<Record<string, number>>;
  readonly scores: readonly NodeScore[];
  readonly allocationTimeNs: number;
}

export interface RescheduleEvent {
  readonly timeNs: bigint;
  readonly previousAllocation: string;
  readonly previousNode: string;
  readonly delayMs: number;
}

export type ClientStatus = 'pending' | 'running' | 'complete' | 'failed' | 'lost';

export interface Allocation {
  readonly id: string;
  readonly evalId: string;
  readonly namespace: string;
  readonly jobId: string;
  /** The version of the job it runs. */
  readonly job: Job;
  readonly group: string;
  readonly name: string;
  readonly nodeId: string;
  readonly nodeName: string;
  readonly deploymentId: string;
  readonly deploymentStatus: DeploymentStatus | null;
  readonly desiredStatus: 'run' | 'stop';
  readonly desiredDescription: string;
  readonly transition: Transition;
  readonly clientStatus: ClientStatus;
  readonly clientDescription: string;
  readonly taskStates: Readonly<Record<string, TaskState>> | null;
  readonly previousAllocation: string;
  readonly nextAllocation: string;
  readonly followupEvalId: string;
  readonly rescheduleEvents: readonly RescheduleEvent[];
  readonly metrics: AllocationMetrics;
  readonly createIndex: number;
  readonly modifyIndex: number;
  readonly allocModifyIndex: number;
  readonly createTimeNs: bigint;
  readonly modifyTimeNs: bigint;
}

export type EvaluationStatus = 'pending' | 'blocked' | 'complete' | 'failed' | 'canceled';

export interface Evaluation {
  readonly id: string;
  readonly namespace: string;
  readonly priority: number;
  readonly type: string;
  readonly triggeredBy: string;
  readonly jobId: string;
  readonly jobModifyIndex: number;
  readonly nodeId: string;
  readonly nodeModifyIndex: number;
  readonly deploymentId: string;
  readonly status: EvaluationStatus;
  readonly statusDescription: string;
  readonly waitUntilNs: bigint | null;
  readonly previousEval: string;
  readonly blockedEval: string;
  readonly failedGroups: Readonly<Record<string, AllocationMetrics>> | null;
  readonly classEligibility: Readonly<Record<string, boolean>> | null;
  readonly queuedAllocations: Readonly<Record<string, number>> | null;
  readonly snapshotIndex: number;
  readonly createIndex: number;
  readonly modifyIndex: number;
  readonly createTimeNs: bigint;
  readonly modifyTimeNs: bigint;
}

export type DeploymentState = 'running' | 'paused' | 'successful' | 'failed' | 'cancelled';

export interface DeploymentGroup {
  readonly autoRevert: boolean;
  readonly desiredTotal: number;
  readonly placed: number;
  readonly healthy: number;
  readonly unhealthy: number;
  readonly progressDeadlineMs: number;
  readonly requireProgressByNs: bigint | null;
}

export interface Deployment {
  readonly id: string;
  readonly namespace: string;
  readonly jobId: string;
  readonly jobVersion: number;
  readonly jobModifyIndex: number;
  readonly jobSpecModifyIndex: number;
  readonly jobCreateIndex: number;
  readonly status: DeploymentState;
  readonly statusDescription: string;
  readonly groups: Readonly<Record<string, DeploymentGroup>>;
  readonly createIndex: number;
  readonly modifyIndex: number;
}

/** True when neither the servers want it to run nor the client still runs it on their behalf. */
export function isTerminal(allocation: Allocation): boolean {
  return allocation.desiredStatus === 'stop' || isClientTerminal(allocation);
}

export function isClientTerminal(allocation: Allocation): boolean {
  return (
    allocation.clientStatus === 'complete' ||
    allocation.clientStatus === 'failed' ||
    allocation.clientStatus === 'lost'
  );
}

export function isActive(deployment: Deployment): boolean {
  return deployment.status === 'running' || deployment.status === 'paused';
}

export function isEvalTerminal(evaluation: Evaluation): boolean {
  return evaluation.status !== 'pending' && evaluation.status !== 'blocked';
}

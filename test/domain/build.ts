import type { GroupOperation } from '../../src/domain/group-operation.ts';
import type { OperationSight } from '../../src/domain/advance-group.ts';
import type { GroupSnapshot } from '../../src/domain/decision/judge-group.ts';
import type { GateFacts } from '../../src/domain/decision/gates.ts';
import type { GroupPolicy } from '../../src/domain/policy/group-policy.ts';
import { NO_RESOURCES } from '../../src/domain/resources.ts';
import { initialState, type ScalingState } from '../../src/domain/scaling-state.ts';
import type {
  AllocationFacts,
  DeploymentFacts,
  EvaluationFacts,
  JobFacts,
  PlacementNeeds,
  TaskFacts,
  TaskGroupFacts,
  UsageReading,
} from '../../src/domain/snapshot.ts';
import type { GroupUsage } from '../../src/domain/usage/measure-group.ts';

/** A value of each kind with ordinary members, of which a test names those it is about. */

export const NOW_MS = Date.UTC(2026, 10, 24, 12);
export const MINUTE_MS = 60_000;

const REF = { namespace: 'default', jobId: 'web', group: 'api' };

export function aPolicy(part: Partial<GroupPolicy> = {}): GroupPolicy {
  return {
    enabled: true,
    min: 1,
    max: 10,
    cpu: { scaleIn: 30, scaleOut: 80 },
    mem: { scaleIn: 30, scaleOut: 80 },
    notificationUid: '',
    cooldownMs: 60_000,
    retryThreshold: 1,
    ...part,
  };
}

/** A policy that judges one metric alone. */
export function aPolicyOf(metric: 'cpu' | 'mem', part: Partial<GroupPolicy> = {}): GroupPolicy {
  const { cpu, mem, ...rest } = aPolicy(part);
  return metric === 'cpu' ? { ...rest, ...(cpu && { cpu }) } : { ...rest, ...(mem && { mem }) };
}

export function aTask(part: Partial<TaskFacts> = {}): TaskFacts {
  return { name: 'main', cpuMhz: 1000, memoryMb: 512, ends: false, ...part };
}

/** Asks for nothing: fits everywhere in `dc1`. */
export function aNeed(part: Partial<PlacementNeeds> = {}): PlacementNeeds {
  return {
    resources: NO_RESOURCES,
    datacenters: ['dc1'],
    nodePool: '',
    drivers: [],
    constraints: [],
    distinctHosts: 'none',
    staticPorts: [],
    unplaceable: [],
    ...part,
  };
}

export function aGroup(part: Partial<TaskGroupFacts> = {}): TaskGroupFacts {
  return {
    name: 'api',
    count: 3,
    meta: {},
    deploys: true,
    healthyDeadlineMs: 0,
    tasks: [aTask()],
    needs: aNeed(),
    ...part,
  };
}

export function aJob(part: Partial<JobFacts> = {}): JobFacts {
  return {
    namespace: 'default',
    jobId: 'web',
    type: 'service',
    parentId: '',
    stopped: false,
    periodic: false,
    parameterized: false,
    modifyIndex: 100,
    groups: [aGroup()],
    ...part,
  };
}

export function anAllocation(part: Partial<AllocationFacts> = {}): AllocationFacts {
  return {
    ...REF,
    id: 'a1',
    nodeId: 'n1',
    desiredStatus: 'run',
    clientStatus: 'running',
    createdMs: NOW_MS - 60 * MINUTE_MS,
    deadTasks: [],
    jobType: 'service',
    ...part,
  };
}

/** As many running allocations as asked for, each of its own id. */
export function running(count: number, part: Partial<AllocationFacts> = {}): AllocationFacts[] {
  return Array.from({ length: count }, (_none, at) => anAllocation({ id: `a${at + 1}`, ...part }));
}

export function aSample(
  tasks: Extract<UsageReading, { kind: 'sample' }>['tasks'],
  stamp = '1',
): UsageReading {
  return { kind: 'sample', stamp, tasks };
}

export function aUsage(part: Partial<GroupUsage> = {}): GroupUsage {
  const { running: count = 3 } = part;
  return { running: count, measured: count, cpu: 50, mem: 50, tasks: [], ...part };
}

export function aSnapshot(part: Partial<GroupSnapshot> = {}): GroupSnapshot {
  return {
    group: aGroup(),
    allocations: running(3),
    isLate: false,
    usage: aUsage(),
    nowMs: NOW_MS,
    ...part,
  };
}

export const OPEN_GATES: GateFacts = {
  failsafe: false,
  paused: false,
  operation: false,
  deployment: false,
  backoffLeftMs: 0,
  cooldownLeftMs: 0,
};

export function aState(part: Partial<ScalingState> = {}): ScalingState {
  const path = 'replicator/config/state/jobs/web/api';
  return { ...initialState({ name: 'api', type: 'job_group', path }), ...part };
}

/** Out from 3 to 4, accepted as index 101 one minute ago. */
export function anOperation(part: Partial<GroupOperation> = {}): GroupOperation {
  return {
    ...REF,
    phase: 'confirming',
    direction: 'out',
    from: 3,
    to: 4,
    because: 'above',
    message: 'scale out from 3 to 4',
    startedMs: NOW_MS - MINUTE_MS,
    phaseMs: NOW_MS - MINUTE_MS,
    modifyIndex: 101,
    evaluationId: 'e1',
    deploys: true,
    retryThreshold: 1,
    ...part,
  };
}

export function aDeployment(part: Partial<DeploymentFacts> = {}): DeploymentFacts {
  return {
    namespace: 'default',
    jobId: 'web',
    id: 'd1',
    specIndex: 101,
    status: 'running',
    description: 'Deployment is running',
    placed: { api: 4 },
    ...part,
  };
}

export function anEvaluation(part: Partial<EvaluationFacts> = {}): EvaluationFacts {
  return {
    namespace: 'default',
    jobId: 'web',
    id: 'e1',
    status: 'complete',
    blockedId: '',
    modifyIndex: 102,
    unplaced: [],
    failures: {},
    ...part,
  };
}

/** The evaluation of the change could not place an allocation of the group. */
export function aBlockedEvaluation(part: Partial<EvaluationFacts> = {}): EvaluationFacts {
  return anEvaluation({ blockedId: 'e2', unplaced: ['api'], ...part });
}

/** The job at the operation's own index, its count as asked for, three of four running. */
export function aSight(part: Partial<OperationSight> = {}): OperationSight {
  return {
    job: aJob({ modifyIndex: 101, groups: [aGroup({ count: 4 })] }),
    allocations: running(3),
    rollout: { deployments: [], evaluations: [] },
    nowMs: NOW_MS,
    ...part,
  };
}

import { judgeReschedule } from './reschedule.ts';
import { isActive, isTerminal } from './types.ts';
import type { GroupSpec, Job } from './job-types.ts';
import type { ReconcileInput } from './reconcile-types.ts';
import type { Allocation } from './types.ts';

export interface Tainted {
  readonly untainted: readonly Allocation[];
  readonly migrate: readonly Allocation[];
  readonly lost: readonly Allocation[];
}

/** Separates what is on nodes that are gone and what has been told to move. */
export function splitByTaint(input: ReconcileInput, allocations: readonly Allocation[]): Tainted {
  const untainted: Allocation[] = [];
  const migrate: Allocation[] = [];
  const lost: Allocation[] = [];
  for (const allocation of allocations) {
    if (isTerminal(allocation)) untainted.push(allocation);
    else if (allocation.transition.migrate) migrate.push(allocation);
    else if (isGone(input, allocation)) lost.push(allocation);
    else untainted.push(allocation);
  }
  return { untainted, migrate, lost };
}

function isGone(input: ReconcileInput, allocation: Allocation): boolean {
  const node = input.nodeOf(allocation.nodeId);
  return !node || node.status === 'down';
}

export interface Rescheduled {
  readonly untainted: readonly Allocation[];
  readonly now: readonly Allocation[];
  readonly later: readonly { readonly allocation: Allocation; readonly atNs: bigint }[];
}

/** Separates failed allocations that are to be replaced; what has ended for good is left out. */
export function splitByReschedule(input: ReconcileInput, allocations: readonly Allocation[]): Rescheduled {
  const untainted: Allocation[] = [];
  const now: Allocation[] = [];
  const later: { allocation: Allocation; atNs: bigint }[] = [];
  for (const allocation of allocations) {
    if (allocation.nextAllocation !== '' && isTerminal(allocation)) continue;
    const fate = fateOf(allocation, input.isBatch);
    if (fate === 'ignored') continue;
    if (fate === 'kept') {
      untainted.push(allocation);
      continue;
    }
    const verdict = isHeldByDeployment(input, allocation)
      ? ({ kind: 'no' } as const)
      : judgeReschedule(allocation, input.nowNs, input.evalId);
    if (verdict.kind === 'now') now.push(allocation);
    else untainted.push(allocation);
    if (verdict.kind === 'later') later.push({ allocation, atNs: verdict.atNs });
  }
  return { untainted, now, later };
}

function fateOf(allocation: Allocation, isBatch: boolean): 'kept' | 'ignored' | 'judged' {
  const { clientStatus } = allocation;
  if (isBatch) {
    if (allocation.desiredStatus === 'stop') return ranSuccessfully(allocation) ? 'kept' : 'ignored';
    return clientStatus === 'failed' ? 'judged' : 'kept';
  }
  if (allocation.desiredStatus === 'stop') return 'ignored';
  if (clientStatus === 'complete' || clientStatus === 'lost') return 'ignored';
  return clientStatus === 'failed' ? 'judged' : 'kept';
}

function ranSuccessfully(allocation: Allocation): boolean {
  const states = Object.values(allocation.taskStates ?? {});
  return states.length > 0 && states.every((state) => state.state === 'dead' && !state.failed);
}

function isHeldByDeployment({ deployment }: ReconcileInput, allocation: Allocation): boolean {
  return (
    deployment !== undefined &&
    allocation.deploymentId === deployment.id &&
    isActive(deployment) &&
    !allocation.transition.reschedule
  );
}

export interface Updates {
  readonly ignored: readonly Allocation[];
  readonly inPlace: readonly Allocation[];
  readonly destructive: readonly Allocation[];
}

/** Separates what already runs this version, what can be told of it in place, and what must be replaced. */
export function splitByUpdate(
  input: ReconcileInput & { readonly job: Job },
  group: GroupSpec,
  allocations: readonly Allocation[],
): Updates {
  const ignored: Allocation[] = [];
  const inPlace: Allocation[] = [];
  const destructive: Allocation[] = [];
  for (const allocation of allocations) {
    if (allocation.job.jobModifyIndex === input.job.jobModifyIndex) ignored.push(allocation);
    else if (needsReplacement(input, group, allocation)) destructive.push(allocation);
    else if (isTerminal(allocation)) ignored.push(allocation);
    else inPlace.push(allocation);
  }
  return { ignored, inPlace, destructive };
}

function needsReplacement(
  input: ReconcileInput & { readonly job: Job },
  group: GroupSpec,
  allocation: Allocation,
): boolean {
  const before = allocation.job.spec.groups.find((other) => other.name === group.name);
  if (before?.fingerprint !== group.fingerprint) return true;
  if (isTerminal(allocation)) return false;
  const node = input.nodeOf(allocation.nodeId);
  return !node || !input.job.spec.datacenters.includes(node.datacenter);
}

import type { AllocationFacts, TaskFacts, TaskGroupFacts, TaskUsage, UsageReading } from '../snapshot.ts';

/** One task's mean over the measured allocations, percent of what it asks for. */
export interface TaskMean {
  readonly task: string;
  readonly cpu: number | undefined;
  readonly mem: number | undefined;
}

/** What is known of a group's usage at one moment. A value is undefined when nothing was measured for it. */
export interface GroupUsage {
  /** Allocations that should be counted: desired `run`, client `running` or `unknown`. */
  readonly running: number;
  readonly measured: number;
  /** Highest task mean of the group, percent. */
  readonly cpu: number | undefined;
  readonly mem: number | undefined;
  readonly tasks: readonly TaskMean[];
}

/** Which metrics the policy judges: an allocation is measured when each of its tasks has all of them. */
export interface Judged {
  readonly cpu: boolean;
  readonly mem: boolean;
}

/** The usable reading of an allocation, undefined for a missing or stale one. */
export type ReadingOf = (allocation: AllocationFacts) => UsageReading | undefined;

interface Percents {
  readonly cpu: number | undefined;
  readonly mem: number | undefined;
}

/** Allocations that run, or did when their client was last heard. */
export function runningAllocations(allocations: readonly AllocationFacts[]): readonly AllocationFacts[] {
  return allocations.filter(
    (one) => one.desiredStatus === 'run' && ['running', 'unknown'].includes(one.clientStatus),
  );
}

/** Means per task, maximum per group. Unmeasured allocations count in `running` and nowhere else. */
export function measureGroup(
  group: TaskGroupFacts,
  running: readonly AllocationFacts[],
  by: { readonly judged: Judged; readonly readingOf: ReadingOf },
): GroupUsage {
  const measured = running
    .map((allocation) => measureAllocation(group, allocation, by))
    .filter((percents) => percents !== undefined);
  const tasks = group.tasks
    .map((task) => taskMean(task.name, measured))
    .filter((mean) => mean.cpu !== undefined || mean.mem !== undefined);
  return {
    running: running.length,
    measured: measured.length,
    cpu: maximum(tasks.map((mean) => mean.cpu)),
    mem: maximum(tasks.map((mean) => mean.mem)),
    tasks,
  };
}

function measureAllocation(
  group: TaskGroupFacts,
  allocation: AllocationFacts,
  by: { readonly judged: Judged; readonly readingOf: ReadingOf },
): ReadonlyMap<string, Percents> | undefined {
  const reading = allocation.clientStatus === 'running' ? by.readingOf(allocation) : undefined;
  if (reading?.kind !== 'sample') return undefined;
  const percents = new Map<string, Percents>();
  for (const task of group.tasks) {
    const taken = reading.tasks[task.name];
    if (task.ends && (!taken || allocation.deadTasks.includes(task.name))) continue;
    const usage = percentsOf(task, allocation, taken);
    if ((by.judged.cpu && usage.cpu === undefined) || (by.judged.mem && usage.mem === undefined))
      return undefined;
    percents.set(task.name, usage);
  }
  return percents.size > 0 ? percents : undefined;
}

function percentsOf(task: TaskFacts, allocation: AllocationFacts, usage: TaskUsage | undefined): Percents {
  const share = allocation.shares?.[task.name];
  const cpuMhz = share && share.cpuMhz > 0 ? share.cpuMhz : task.cpuMhz;
  const memoryMb = share && share.memoryMb > 0 ? share.memoryMb : task.memoryMb;
  return {
    cpu: percent(usage?.cpuMhz, cpuMhz),
    mem: percent(usage?.memoryMb, memoryMb),
  };
}

function percent(used: number | undefined, base: number): number | undefined {
  if (used === undefined || !Number.isFinite(used) || used < 0 || !(base > 0)) return undefined;
  return (used / base) * 100;
}

function taskMean(task: string, measured: readonly ReadonlyMap<string, Percents>[]): TaskMean {
  const values = measured.map((percents) => percents.get(task));
  return {
    task,
    cpu: mean(values.map((value) => value?.cpu)),
    mem: mean(values.map((value) => value?.mem)),
  };
}

function mean(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0) / known.length;
}

function maximum(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

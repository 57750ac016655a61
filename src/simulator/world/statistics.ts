import { hashOf, hashUnit } from '../random.ts';
import { shareAt } from './load.ts';
import { findGroup, jobKey } from './job-types.ts';
import { groupKey } from './node-usage.ts';
import { nsOfMs } from './time.ts';
import type { Clients } from './clients.ts';
import type { Context } from './context.ts';
import type { StatisticsFault } from './faults.ts';
import type { GroupSpec, TaskSpec } from './job-types.ts';
import type { GroupLoad } from './load.ts';
import type { Allocation, Node } from './types.ts';

const SAMPLE_MS = 1000;
const BYTES_PER_MB = 1024 * 1024;
const DEFAULT_NOISE = 0.02;

/** What a task was seen to use at its last sample. */
export interface TaskSample {
  readonly task: TaskSpec;
  readonly cpuMhz: number;
  readonly memoryBytes: number;
  readonly timestampNs: bigint;
}

/** The last sample of each task of an allocation that has had one. */
export interface AllocationSample {
  readonly node: Node;
  readonly tasks: readonly TaskSample[];
}

/** Turns the load of groups into what each task of each allocation uses, sampled once a second. */
export class Statistics {
  private readonly context: Context;
  private readonly clients: Clients;
  private readonly loads = new Map<string, GroupLoad>();
  private readonly startMs: number;
  private staleSinceMs = 0;
  private fault: StatisticsFault | null = null;

  constructor(context: Context, clients: Clients) {
    this.context = context;
    this.clients = clients;
    this.startMs = context.clock.monotonicMs();
  }

  setLoad(scope: { namespace: string; jobId: string; group: string }, load: GroupLoad): void {
    this.loads.set(groupKey(jobKey(scope.namespace, scope.jobId), scope.group), load);
  }

  setFault(fault: StatisticsFault | null): void {
    this.fault = fault;
    this.staleSinceMs = this.context.clock.monotonicMs();
  }

  /** What is wrong with the statistics of this allocation. */
  faultOf(allocation: Allocation): StatisticsFault['mode'] | null {
    const { fault } = this;
    if (!fault) return null;
    const { allocations, nodes, jobs } = fault;
    if (allocations && !allocations.includes(allocation.id)) return null;
    if (nodes && !nodes.includes(allocation.nodeId)) return null;
    if (jobs && !jobs.includes(allocation.jobId)) return null;
    if (fault.fraction === undefined || fault.fraction >= 1) return fault.mode;
    const running = this.runningOf(allocation).toSorted((a, b) => (a.id < b.id ? -1 : 1));
    const rank = running.findIndex((other) => other.id === allocation.id);
    return rank >= 0 && rank < fault.fraction * running.length ? fault.mode : null;
  }

  /** The last sample, as far as there is one. */
  sample(allocation: Allocation, node: Node): AllocationSample {
    const runner = this.clients.runner(allocation.id);
    const group = findGroup(allocation.job, allocation.group);
    if (!runner || !group) return { node, tasks: [] };
    const running = this.runningOf(allocation).length;
    const isStale = this.faultOf(allocation) === 'stale';
    const nowMs = isStale ? this.staleSinceMs : this.context.clock.monotonicMs();
    const tasks = group.tasks.flatMap((task) => {
      const run = runner.runs.get(task.name);
      if (!run) return [];
      const count = Math.floor((Math.min(run.endedMs ?? nowMs, nowMs) - run.startedMs) / SAMPLE_MS);
      if (count < 1) return [];
      const atMs = run.startedMs + count * SAMPLE_MS;
      return [this.sampleTask({ allocation, group, node, running }, task, atMs)];
    });
    return { node, tasks };
  }

  private sampleTask(
    scope: { allocation: Allocation; group: GroupSpec; node: Node; running: number },
    task: TaskSpec,
    atMs: number,
  ): TaskSample {
    const { allocation, group, node, running } = scope;
    const load = this.loadOf(allocation, group);
    const seconds = (atMs - this.startMs) / 1000;
    const sampleNumber = Math.round(atMs);
    const noise = (label: string): number => {
      const unit = hashUnit(allocation.id, task.name, label, sampleNumber);
      return 1 + (load.noise ?? DEFAULT_NOISE) * (2 * unit - 1);
    };
    const cpuShare = shareOf(load, task, { of: task.cpuMhz, total: group.cpuMhz });
    const memoryShare = shareOf(load, task, { of: task.memoryMb, total: group.memoryMb });
    const cpuMhz = shareAt(load.cpuMhz, seconds, running) * cpuShare * noise('cpu');
    const memoryMb = shareAt(load.memoryMb, seconds, running) * memoryShare * noise('memory');
    const isLimited = task.driver === 'docker' || task.driver === 'exec';
    const heldMb = isLimited ? Math.min(memoryMb, task.memoryMb) : memoryMb;
    return {
      task,
      cpuMhz: Math.min(cpuMhz, node.cpuMhz),
      memoryBytes: Math.round((heldMb * BYTES_PER_MB) / 4096) * 4096,
      timestampNs: this.wallNs(atMs, hashOf(allocation.id, task.name, sampleNumber) % 1_000_000),
    };
  }

  private wallNs(monotonicMs: number, digits: number): bigint {
    const { clock } = this.context;
    return nsOfMs(clock.now() - (clock.monotonicMs() - monotonicMs), digits);
  }

  private loadOf(allocation: Allocation, group: GroupSpec): GroupLoad {
    const key = groupKey(jobKey(allocation.namespace, allocation.jobId), group.name);
    return (
      this.loads.get(key) ?? {
        cpuMhz: { kind: 'constant', value: 0.2 * group.cpuMhz, per: 'allocation' },
        memoryMb: { kind: 'constant', value: 0.4 * group.memoryMb, per: 'allocation' },
      }
    );
  }

  private runningOf(allocation: Allocation): readonly Allocation[] {
    const key = jobKey(allocation.namespace, allocation.jobId);
    return [...this.context.store.allocationsOf(key)].filter(
      (other) => other.group === allocation.group && other.clientStatus === 'running',
    );
  }
}

function shareOf(load: GroupLoad, task: TaskSpec, reserved: { of: number; total: number }): number {
  if (load.tasks) return load.tasks[task.name] ?? 0;
  return reserved.total === 0 ? 0 : reserved.of / reserved.total;
}

import { later, nowNs } from './context.ts';
import { behaviourOf } from './behaviour.ts';
import { findGroup } from './job-types.ts';
import {
  clientDescription,
  clientStatusOf,
  driverFailure,
  killed,
  notRestarting,
  received,
  restarting,
  started,
  terminated,
} from './task-states.ts';
import type { Context } from './context.ts';
import type { GroupSpec, TaskSpec } from './job-types.ts';
import type { Allocation, ClientStatus, TaskState } from './types.ts';

/** What a client says about an allocation it runs. */
export interface ClientView {
  readonly clientStatus: ClientStatus;
  readonly clientDescription: string;
  readonly taskStates: Readonly<Record<string, TaskState>>;
}

const RESTART_JITTER = 0.25;

/** One allocation on its client: starts its tasks, restarts them by their policy, stops them when told. */
export class Runner {
  /** The last run of each task that ever started, monotonic milliseconds. */
  readonly runs = new Map<string, { readonly startedMs: number; endedMs: number | null }>();
  private readonly context: Context;
  private readonly group: GroupSpec;
  private readonly isBatch: boolean;
  private readonly changed: (runner: Runner) => void;
  private readonly states = new Map<string, TaskState>();
  private readonly restartTimes = new Map<string, number[]>();
  private readonly cancels = new Set<() => void>();
  private isStopping = false;

  constructor(context: Context, allocation: Allocation, changed: (runner: Runner) => void) {
    this.context = context;
    this.changed = changed;
    const group = findGroup(allocation.job, allocation.group);
    if (!group) throw new Error(`allocation ${allocation.id} has no group ${allocation.group} in its job`);
    this.group = group;
    this.isBatch = allocation.job.spec.type === 'batch';
    this.timer(context.timing.receiveMs, () => {
      this.receive();
    });
  }

  get view(): ClientView | null {
    if (this.states.size === 0) return null;
    const clientStatus = clientStatusOf([...this.states.values()]);
    return {
      clientStatus,
      clientDescription: clientDescription(clientStatus),
      taskStates: Object.fromEntries(this.states),
    };
  }

  /** True while every task that is to keep running does. */
  get isUp(): boolean {
    return this.mainTasks().every((task) => this.states.get(task.name)?.state === 'running');
  }

  /** Stops the tasks; their end is told when they have. */
  stop(): void {
    if (this.isStopping) return;
    this.isStopping = true;
    this.cancelAll();
    if (this.states.size === 0) {
      for (const task of this.group.tasks) this.states.set(task.name, received(nowNs(this.context)));
    }
    this.timer(this.context.timing.stopMs, () => {
      for (const task of this.group.tasks) this.kill(task);
      this.changed(this);
    });
  }

  /** Forgets everything: the cluster has forgotten the allocation. */
  discard(): void {
    this.cancelAll();
  }

  private kill(task: TaskSpec): void {
    const state = this.states.get(task.name);
    if (!state || state.state === 'dead') return;
    this.states.set(task.name, killed(state, nowNs(this.context), task.killTimeoutMs));
    this.endRun(task);
  }

  private receive(): void {
    const time = nowNs(this.context);
    for (const task of this.group.tasks) this.states.set(task.name, received(time));
    this.changed(this);
    this.timer(this.context.timing.startMs, () => {
      for (const task of this.group.tasks) this.start(task);
      this.changed(this);
    });
  }

  private start(task: TaskSpec): void {
    const state = this.states.get(task.name);
    if (!state || this.isStopping) return;
    const behaviour = behaviourOf(task);
    if (behaviour.kind === 'fails-to-start') {
      this.states.set(task.name, driverFailure(state, nowNs(this.context), behaviour.message));
      this.afterEnd(task, 1);
      return;
    }
    this.states.set(task.name, started(state, nowNs(this.context)));
    this.runs.set(task.name, { startedMs: this.context.clock.monotonicMs(), endedMs: null });
    const code = behaviour.kind === 'exits' ? behaviour.code : 0;
    const isPrestart = task.lifecycle !== null && !task.lifecycle.sidecar;
    if (behaviour.kind === 'runs' && !isPrestart) return;
    const afterMs = behaviour.kind === 'exits' ? behaviour.afterMs : 0;
    this.timer([afterMs, afterMs], () => {
      this.exit(task, code);
      this.changed(this);
    });
  }

  private exit(task: TaskSpec, code: number): void {
    const state = this.states.get(task.name);
    if (state?.state !== 'running') return;
    this.states.set(task.name, terminated(state, nowNs(this.context), code));
    this.endRun(task);
    this.afterEnd(task, code);
  }

  private afterEnd(task: TaskSpec, code: number): void {
    const state = this.states.get(task.name);
    if (!state) return;
    const isOnce = this.isBatch || (task.lifecycle !== null && !task.lifecycle.sidecar);
    if (code === 0 && isOnce) {
      this.states.set(task.name, { ...state, state: 'dead' });
      return;
    }
    const delayMs = this.restartDelayMs(task);
    if (delayMs === null) {
      this.states.set(task.name, notRestarting(state, nowNs(this.context), this.group.restart.attempts));
      this.failSiblings(task);
      return;
    }
    this.states.set(task.name, restarting(state, nowNs(this.context), delayMs));
    this.timer([delayMs, delayMs], () => {
      this.start(task);
      this.changed(this);
    });
  }

  /** The wait before the next start, or null when the policy allows none. */
  private restartDelayMs(task: TaskSpec): number | null {
    const { attempts, intervalMs, delayMs, mode } = this.group.restart;
    const now = this.context.clock.monotonicMs();
    const recent = (this.restartTimes.get(task.name) ?? []).filter((time) => time > now - intervalMs);
    if (recent.length >= attempts) {
      return mode === 'delay' && attempts > 0 ? (recent[0] ?? now) + intervalMs - now : null;
    }
    this.restartTimes.set(task.name, [...recent, now]);
    return delayMs * (1 + RESTART_JITTER * this.context.random.next());
  }

  private failSiblings(failed: TaskSpec): void {
    this.isStopping = true;
    this.cancelAll();
    for (const task of this.group.tasks) if (task !== failed) this.kill(task);
  }

  private endRun(task: TaskSpec): void {
    const run = this.runs.get(task.name);
    if (run) run.endedMs ??= this.context.clock.monotonicMs();
  }

  private mainTasks(): readonly TaskSpec[] {
    return this.group.tasks.filter((task) => task.lifecycle === null || task.lifecycle.sidecar);
  }

  private timer(rangeMs: readonly [number, number], run: () => void): void {
    const cancel = later(this.context, rangeMs, () => {
      this.cancels.delete(cancel);
      run();
    });
    this.cancels.add(cancel);
  }

  private cancelAll(): void {
    for (const cancel of this.cancels) cancel();
    this.cancels.clear();
  }
}

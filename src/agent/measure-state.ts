import type { ResourceType } from '../domain/scaling-state.ts';
import type { Metrics } from '../ports/metrics.ts';
import { setOrDrop } from './measure-decisions.ts';

/** What is stored of a resource that has a policy, valid or not. */
export interface ResourceReading {
  readonly type: ResourceType;
  /** As people name it: `<job>/<group>`, or the pool's name. */
  readonly id: string;
  /** Undefined where the state cannot be read. */
  readonly state: { readonly failures: number; readonly failsafe: boolean } | undefined;
}

/** An operation under way. */
export interface OperationReading {
  readonly type: ResourceType;
  readonly phase: string;
}

/** What the agent is asked for at each reading. */
export interface AgentReadings {
  readonly leading: () => boolean;
  /** Milliseconds; only asked while it leads. */
  readonly leaseLeftMs: () => number;
  readonly failsafe: () => boolean;
  readonly paused: () => boolean;
  readonly resources: () => Iterable<ResourceReading>;
  readonly operations: () => Iterable<OperationReading>;
}

/** Has the figures that no event tells brought up to date before each reading; those of resources that are gone go. */
export function measureState(metrics: Metrics, readings: AgentReadings): void {
  metrics.beforeReading(() => {
    measureLock(metrics, readings);
    metrics.set('failsafe', {}, Number(readings.failsafe()));
    metrics.set('paused', {}, Number(readings.paused()));
    measureResources(metrics, [...readings.resources()]);
    measureOperations(metrics, readings.operations());
  });
}

function measureLock(metrics: Metrics, { leading, leaseLeftMs }: AgentReadings): void {
  const leads = leading();
  metrics.set('leader', {}, Number(leads));
  if (leads) metrics.set('lease_left_seconds', {}, Math.max(0, leaseLeftMs()) / 1_000);
  else metrics.clear('lease_left_seconds');
}

function measureResources(metrics: Metrics, resources: readonly ResourceReading[]): void {
  const known = { group: new Set<string>(), pool: new Set<string>() };
  for (const { type, id, state } of resources) {
    known[type === 'job_group' ? 'group' : 'pool'].add(id);
    measureFailures(metrics, { type, id, state });
  }
  for (const label of ['group', 'pool'] as const) {
    for (const value of metrics.valuesOf(label)) if (!known[label].has(value)) metrics.forget(label, value);
  }
}

function measureFailures(metrics: Metrics, { type, id, state }: ResourceReading): void {
  const failsafe = state && Number(state.failsafe);
  if (type === 'job_group') {
    setOrDrop(metrics, ['group_failures', { group: id }], state?.failures);
    setOrDrop(metrics, ['group_failsafe', { group: id }], failsafe);
  } else {
    setOrDrop(metrics, ['pool_failures', { pool: id }], state?.failures);
    setOrDrop(metrics, ['pool_failsafe', { pool: id }], failsafe);
  }
}

function measureOperations(metrics: Metrics, operations: Iterable<OperationReading>): void {
  const counts = new Map<string, OperationReading & { readonly count: number }>();
  for (const { type, phase } of operations) {
    const key = `${type} ${phase}`;
    counts.set(key, { type, phase, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  metrics.clear('operations');
  for (const { type, phase, count } of counts.values()) metrics.set('operations', { type, phase }, count);
}

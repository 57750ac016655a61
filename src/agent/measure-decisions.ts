import type { GroupDecision } from '../domain/decision/group-decision.ts';
import type { PoolDecision, PoolNumbers } from '../domain/decision/pool-judgement.ts';
import { METRICS, type GaugeName, type LabelsOf, type MetricRow } from '../domain/metric-table.ts';
import type { Metrics } from '../ports/metrics.ts';

/** Counts a group's decision and takes over its numbers; what is not known just now is absent. */
export function measureGroup(metrics: Metrics, group: string, { verdict, numbers }: GroupDecision): void {
  metrics.add('group_decisions_total', {
    group,
    reason: verdict.kind === 'scale' ? verdict.because : verdict.reason,
  });
  setOrDrop(metrics, ['group_desired', { group }], numbers?.count);
  setOrDrop(metrics, ['group_running', { group }], numbers?.running);
  setOrDrop(metrics, ['group_measured', { group }], numbers?.measured);
  setOrDrop(metrics, ['group_min', { group }], numbers?.min);
  setOrDrop(metrics, ['group_max', { group }], numbers?.max);
  for (const metric of ['cpu', 'mem'] as const) {
    const limits = numbers?.[`${metric}Thresholds`];
    setOrDrop(metrics, ['group_used_percent', { group, metric }], numbers?.[metric]);
    setOrDrop(metrics, ['group_threshold_percent', { group, metric, side: 'in' }], limits?.scaleIn);
    setOrDrop(metrics, ['group_threshold_percent', { group, metric, side: 'out' }], limits?.scaleOut);
  }
}

/** The same of a pool. */
export function measurePool(metrics: Metrics, pool: string, { verdict, numbers }: PoolDecision): void {
  metrics.add('pool_decisions_total', {
    pool,
    reason: verdict.kind === 'hold' ? verdict.reason : verdict.because,
  });
  setOrDrop(metrics, ['pool_desired', { pool }], numbers?.desired);
  setOrDrop(metrics, ['pool_nodes', { pool }], numbers?.nodes);
  setOrDrop(metrics, ['pool_min', { pool }], numbers?.min);
  setOrDrop(metrics, ['pool_max', { pool }], numbers?.max);
  setOrDrop(metrics, ['pool_max_allowed_percent', { pool }], numbers && maxAllowedPercent(numbers));
  setOrDrop(metrics, ['pool_lost_instances', { pool }], numbers?.lost.length);
  const counted = numbers?.pending.reduce((sum, one) => sum + one.counted, 0);
  setOrDrop(metrics, ['pool_pending_allocations', { pool }], counted);
  for (const metric of ['cpu', 'memory', 'disk'] as const) {
    setOrDrop(metrics, ['pool_used_percent', { pool, metric }], numbers?.percent[metric]);
  }
}

/** In the scaling metric; in cpu where nothing is used. */
function maxAllowedPercent({ maxAllowed, capacity, metric }: PoolNumbers): number | undefined {
  const whole = {
    cpu: capacity.cpuMhz,
    none: capacity.cpuMhz,
    memory: capacity.memoryMb,
    disk: capacity.diskMb,
  };
  return whole[metric] > 0 ? (maxAllowed / whole[metric]) * 100 : undefined;
}

/** What is not known is absent. */
export function setOrDrop<Name extends GaugeName>(
  metrics: Metrics,
  [name, labels]: readonly [Name, LabelsOf<Name>],
  value: number | undefined,
): void {
  if (value === undefined) metrics.drop(name, labels);
  else metrics.set(name, labels, value);
}

const isOfResource = (row: MetricRow): boolean =>
  row.kind === 'gauge' && row.labels.some((label) => label === 'group' || label === 'pool');
const RESOURCE_GAUGES = METRICS.filter(isOfResource).map(({ name }) => name);

/** Who does not lead decides nothing: the last numbers would look like today's. Counters stay. */
export function forgetDecisions(metrics: Metrics): void {
  for (const name of RESOURCE_GAUGES) metrics.clear(name);
}

import type { ScalingMetric } from '../decision/pool-judgement.ts';
import type { PoolSnapshot } from '../pool-snapshot.ts';
import { divideResources, NO_RESOURCES, type Resources, subtractResources } from '../resources.ts';
import { loadPool, type NodeLoad, sumOf } from './load.ts';
import { growthOf } from './overhead.ts';

/** A pool's capacity and use, and what of it may be used. */
export interface PoolMeasure {
  readonly loads: readonly NodeLoad[];
  readonly metric: ScalingMetric;
  readonly capacity: Resources;
  readonly used: Resources;
  readonly percent: { readonly cpu: number; readonly memory: number; readonly disk: number };
  readonly averageNode: Resources;
  /** What system jobs take of an average node. */
  readonly averageSystem: Resources;
  /** Room that is kept for one more allocation of every group, or of the largest, in each metric. */
  readonly reserve: Resources;
  /** The same in the scaling metric (CPU where there is none), like the two that follow. */
  readonly overhead: number;
  readonly maxAllowed: number;
  /** The same with one average node less. */
  readonly maxAllowedWithout: number;
  /** With one average node less, each metric would stay below 90 % of what is then allowed. */
  readonly hasHeadroom: boolean;
}

export type PoolMeasuring =
  | { readonly ok: true; readonly measure: PoolMeasure }
  /** What of an allocation nobody can tell: unknown is not zero. */
  | { readonly ok: false; readonly why: string };

/** Measures the pool's nodes. Fails when it is not known what an allocation takes. */
export function measurePool(snapshot: PoolSnapshot): PoolMeasuring {
  const loading = loadPool(snapshot);
  if (!loading.ok) return loading;
  const { loads, book } = loading;
  const capacity = sumOf(loads.map(({ node }) => ({ resources: node.node.capacity })));
  const used = sumOf(loads.map((load) => ({ resources: load.used })));
  const system = sumOf(loads.map((load) => ({ resources: load.systemUsed })));
  const share = (whole: Resources): Resources =>
    loads.length === 0 ? NO_RESOURCES : divideResources(whole, loads.length);
  const averageNode = share(capacity);
  const percent = percentOf(used, capacity);
  const metric = scalingMetric(percent);
  const sizes = { capacity, used, averageNode, growth: growthOf(snapshot, loads, book) };
  const limits = limitsOf(snapshot, sizes, metric);
  const reserve = reserveOf(snapshot, sizes.growth);
  const rest = { percent, reserve, averageSystem: share(system), hasHeadroom: hasHeadroom(snapshot, sizes) };
  return { ok: true, measure: { loads, metric, capacity, used, averageNode, ...limits, ...rest } };
}

/** One member of resources; CPU stands in where no metric scales. */
export function amountOf(resources: Resources, metric: ScalingMetric): number {
  switch (metric) {
    case 'memory':
      return resources.memoryMb;
    case 'disk':
      return resources.diskMb;
    case 'cpu':
    case 'none':
      return resources.cpuMhz;
  }
}

interface Sizes {
  readonly capacity: Resources;
  readonly used: Resources;
  readonly averageNode: Resources;
  readonly growth: readonly Resources[];
}

/** (capacity − overhead) − average node × fault tolerance, now and with one average node less. */
function limitsOf(
  { policy }: PoolSnapshot,
  { capacity, averageNode, growth }: Sizes,
  metric: ScalingMetric,
): Pick<PoolMeasure, 'overhead' | 'maxAllowed' | 'maxAllowedWithout'> {
  const overhead = overheadOf(policy, growth, metric);
  const allowed = (whole: Resources): number =>
    amountOf(whole, metric) - overhead - amountOf(averageNode, metric) * policy.faultTolerance;
  return {
    overhead,
    maxAllowed: allowed(capacity),
    maxAllowedWithout: allowed(subtractResources(capacity, averageNode)),
  };
}

function overheadOf(
  { reserve }: PoolSnapshot['policy'],
  growth: readonly Resources[],
  metric: ScalingMetric,
): number {
  const amounts = growth.map((one) => amountOf(one, metric));
  return reserve === 'largest' ? Math.max(0, ...amounts) : amounts.reduce((sum, one) => sum + one, 0);
}

function reserveOf({ policy }: PoolSnapshot, growth: readonly Resources[]): Resources {
  return {
    cpuMhz: overheadOf(policy, growth, 'cpu'),
    memoryMb: overheadOf(policy, growth, 'memory'),
    diskMb: overheadOf(policy, growth, 'disk'),
  };
}

/** A pool that is to shrink must stay below this share of what is then allowed: nine tenths. */
export const HEADROOM = { of: 9, in: 10 };

/**
 * True when each metric would stay below its limit, not the scaling metric alone: a pool that must not shrink
 * for want of CPU must not because more memory is used. Metrics of which the nodes have nothing are left out.
 */
function hasHeadroom(snapshot: PoolSnapshot, sizes: Sizes): boolean {
  const metrics = (['cpu', 'memory', 'disk'] as const).filter((one) => amountOf(sizes.capacity, one) > 0);
  return metrics.every((metric) => {
    const used = amountOf(sizes.used, metric);
    const { maxAllowedWithout: allowed } = limitsOf(snapshot, sizes, metric);
    return used * HEADROOM.in < allowed * HEADROOM.of;
  });
}

function percentOf(used: Resources, capacity: Resources): PoolMeasure['percent'] {
  const share = (part: number, whole: number): number => (whole > 0 ? (part / whole) * 100 : 0);
  return {
    cpu: share(used.cpuMhz, capacity.cpuMhz),
    memory: share(used.memoryMb, capacity.memoryMb),
    disk: share(used.diskMb, capacity.diskMb),
  };
}

/** The highest percent; on a tie CPU, then disk, then memory. */
function scalingMetric(percent: PoolMeasure['percent']): ScalingMetric {
  const highest = Math.max(percent.cpu, percent.disk, percent.memory);
  if (highest <= 0) return 'none';
  if (percent.cpu === highest) return 'cpu';
  return percent.disk === highest ? 'disk' : 'memory';
}

import type { ScalingMetric } from '../decision/pool-judgement.ts';
import type { PoolSnapshot } from '../pool-snapshot.ts';
import {
  addResources,
  NO_RESOURCES,
  type Resources,
  scaleResources,
  subtractResources,
} from '../resources.ts';
import { type AllocationFacts, groupKey, isTakingRoom } from '../snapshot.ts';

/** A pool's capacity and use, and what of it may be used. */
export interface PoolMeasure {
  readonly metric: ScalingMetric;
  readonly capacity: Resources;
  readonly used: Resources;
  readonly percent: { readonly cpu: number; readonly memory: number; readonly disk: number };
  readonly averageNode: Resources;
  /** In the scaling metric (CPU where there is none), like the two that follow. */
  readonly overhead: number;
  readonly maxAllowed: number;
  /** The same with one average node less. */
  readonly maxAllowedWithout: number;
}

export type PoolMeasuring =
  | { readonly ok: true; readonly measure: PoolMeasure }
  /** What of an allocation nobody can tell: unknown is not zero. */
  | { readonly ok: false; readonly why: string };

/** Measures the pool's nodes. Fails when it is not known what an allocation takes. */
export function measurePool(snapshot: PoolSnapshot): PoolMeasuring {
  const { nodes, policy } = snapshot;
  const working = nodes.flatMap(({ node }) => snapshot.allocationsOn(node.id).filter(isTakingRoom));
  const taken: Resources[] = [];
  for (const one of working) {
    const resources = resourcesOf(snapshot, one);
    if (!resources)
      return { ok: false, why: `what allocation ${one.id} of job ${one.jobId} takes is not known` };
    taken.push(resources);
  }
  const capacity = addResources(...nodes.map(({ node }) => node.capacity));
  const used = addResources(...taken);
  const percent = percentOf(used, capacity);
  const metric = scalingMetric(percent);
  const averageNode = nodes.length === 0 ? NO_RESOURCES : scaleResources(capacity, 1 / nodes.length);
  const overhead = overheadOf(snapshot, working, metric);
  const allowed = (of: Resources): number =>
    amountOf(of, metric) - overhead - amountOf(averageNode, metric) * policy.faultTolerance;
  const maxAllowed = allowed(capacity);
  const maxAllowedWithout = allowed(subtractResources(capacity, averageNode));
  const measure = { metric, capacity, used, percent, averageNode, overhead, maxAllowed, maxAllowedWithout };
  return { ok: true, measure };
}

/** What an allocation takes: as it was given, else as its group asks; undefined where neither is known. */
export function resourcesOf(
  { groupFacts }: Pick<PoolSnapshot, 'groupFacts'>,
  allocation: AllocationFacts,
): Resources | undefined {
  return allocation.resources ?? groupFacts(allocation)?.needs.resources;
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

/** One more of every group with a policy that has an allocation here, or of the largest of them. */
function overheadOf(
  { growing, groupFacts, policy }: PoolSnapshot,
  working: readonly AllocationFacts[],
  metric: ScalingMetric,
): number {
  const here = new Set(working.map(groupKey));
  const amounts = growing
    .filter((ref) => here.has(groupKey(ref)))
    .map((ref) => amountOf(groupFacts(ref)?.needs.resources ?? NO_RESOURCES, metric));
  if (policy.reserve === 'largest') return Math.max(0, ...amounts);
  return amounts.reduce((sum, one) => sum + one, 0);
}

import type { Json, JsonObject } from '../json-text.ts';
import type { AllocationMetrics } from '../world/types.ts';

function orNull(counts: Readonly<Record<string, number>>): JsonObject | null {
  return Object.keys(counts).length === 0 ? null : counts;
}

/** What the scheduler saw, as allocations and evaluations carry it. */
export function metricsJson(metrics: AllocationMetrics): Json {
  const scores = metrics.scores.map((score) => ({
    NodeID: score.nodeId,
    NormScore: score.normScore,
    Scores: score.scores,
  }));
  return {
    AllocationTime: metrics.allocationTimeNs,
    ClassExhausted: orNull(metrics.classExhausted),
    ClassFiltered: orNull(metrics.classFiltered),
    CoalescedFailures: metrics.coalescedFailures,
    ConstraintFiltered: orNull(metrics.constraintFiltered),
    DimensionExhausted: orNull(metrics.dimensionExhausted),
    NodesAvailable: metrics.nodesAvailable,
    NodesEvaluated: metrics.nodesEvaluated,
    NodesExhausted: metrics.nodesExhausted,
    NodesFiltered: metrics.nodesFiltered,
    QuotaExhausted: null,
    ScoreMetaData: scores.length === 0 ? null : scores,
    Scores: null,
  };
}

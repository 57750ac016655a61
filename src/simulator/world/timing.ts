/** How long things take in the cluster, milliseconds, each drawn from a range. */
export interface Timing {
  /** From an evaluation being made to its plan. */
  readonly evaluationMs: readonly [number, number];
  /** From the plan to the client having the allocation. */
  readonly receiveMs: readonly [number, number];
  /** From there to the task running. */
  readonly startMs: readonly [number, number];
  /** From the order to stop to the task having stopped. */
  readonly stopMs: readonly [number, number];
  /** From an allocation's health to the evaluation that pushes its deployment along. */
  readonly deploymentWatchMs: readonly [number, number];
  /** From a change on a draining node to the servers' next step. */
  readonly drainWatchMs: readonly [number, number];
  /** From a client's death to its node being down. */
  readonly heartbeatMs: readonly [number, number];
  readonly gcIntervalMs: number;
  readonly gcEvaluationsMs: number;
  readonly gcJobsMs: number;
  /** From a node being down to the servers forgetting it. */
  readonly gcNodesMs: number;
}

export const DEFAULT_TIMING: Timing = {
  evaluationMs: [50, 200],
  receiveMs: [20, 120],
  startMs: [1000, 3000],
  stopMs: [150, 700],
  deploymentWatchMs: [250, 1000],
  drainWatchMs: [200, 1000],
  heartbeatMs: [14_000, 19_000],
  gcIntervalMs: 5 * 60_000,
  gcEvaluationsMs: 60 * 60_000,
  gcJobsMs: 4 * 60 * 60_000,
  gcNodesMs: 24 * 60 * 60_000,
};

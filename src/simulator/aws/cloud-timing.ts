/** How long things take in an Auto Scaling group, milliseconds, each drawn from a range. */
export interface CloudTiming {
  /** From a lack of instances to the new one being there, pending. */
  readonly reactMs: readonly [number, number];
  /** From there to it running and in service. */
  readonly launchMs: readonly [number, number];
  /** From running to its client having registered with Nomad. */
  readonly bootMs: readonly [number, number];
  /** From DetachInstances to the instance having left the group. */
  readonly detachMs: readonly [number, number];
  /** From TerminateInstances to the instance being terminated. */
  readonly terminateMs: readonly [number, number];
  /** From a member's end behind the group's back to the group seeing it. */
  readonly healthCheckMs: readonly [number, number];
  /** From a launch that failed to the next attempt. */
  readonly retryMs: readonly [number, number];
  /** From zones being uneven to the group evening them out. */
  readonly rebalanceMs: readonly [number, number];
}

export const DEFAULT_CLOUD_TIMING: CloudTiming = {
  reactMs: [1_000, 4_000],
  launchMs: [15_000, 30_000],
  bootMs: [20_000, 40_000],
  detachMs: [5_000, 15_000],
  terminateMs: [20_000, 40_000],
  healthCheckMs: [30_000, 90_000],
  retryMs: [30_000, 60_000],
  rebalanceMs: [30_000, 60_000],
};

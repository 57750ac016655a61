import type { AgentSettings } from '../../src/agent/settings.ts';
import type { Config } from '../../src/config/config.ts';
import type { ClockRate } from '../wire.ts';

/** What the rounds go by. */
export function settingsOf(config: Config, rate: ClockRate | undefined): AgentSettings {
  const intervalMs = config.jobScalingIntervalMs;
  return {
    jobScalingIntervalMs: intervalMs,
    jobScalingDisabled: config.jobScalingDisabled,
    clusterScalingIntervalMs: config.clusterScalingIntervalMs,
    clusterScalingDisabled: config.clusterScalingDisabled || !seesAllWork(config),
    drainDeadlineMs: config.drainDeadlineMs,
    scalingConcurrency: config.scalingConcurrency,
    usageDeadlineMs: Math.max(1_000, Math.min(intervalMs, 8_000) / (rate?.speed ?? 1)),
  };
}

/** Pools are judged by all work on their nodes. `default` is all there is before Nomad 1.0. */
export function seesAllWork(config: Config): boolean {
  return ['*', 'default'].includes(config.nomad.namespace);
}

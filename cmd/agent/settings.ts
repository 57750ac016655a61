import type { AgentSettings } from '../../src/agent/settings.ts';
import type { Config } from '../../src/config/config.ts';

/** What the rounds go by; `speed`: how many times as fast as the machine's their clock runs. */
export function settingsOf(config: Config, speed = 1): AgentSettings {
  const intervalMs = config.jobScalingIntervalMs;
  return {
    jobScalingIntervalMs: intervalMs,
    jobScalingDisabled: config.jobScalingDisabled,
    clusterScalingIntervalMs: config.clusterScalingIntervalMs,
    clusterScalingDisabled: config.clusterScalingDisabled || !seesAllWork(config),
    drainDeadlineMs: config.drainDeadlineMs,
    scalingConcurrency: config.scalingConcurrency,
    usageDeadlineMs: Math.max(1_000, Math.min(intervalMs, 8_000) / speed),
  };
}

/** Pools are judged by all work on their nodes. `default` is all there is before Nomad 1.0. */
export function seesAllWork(config: Config): boolean {
  return ['*', 'default'].includes(config.nomad.namespace);
}

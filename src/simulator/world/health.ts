import { findGroup } from './job-types.ts';
import type { Context } from './context.ts';
import type { MigrateSpec, UpdateSpec } from './job-types.ts';
import type { Allocation } from './types.ts';
import type { Runner } from './runner.ts';

export interface HealthWatch {
  /** Told that the runner's tasks changed. */
  check(): void;
  cancel(): void;
}

/** The rules by which an allocation's health is judged; undefined when nobody asks for it. */
function strategyOf(allocation: Allocation): UpdateSpec | MigrateSpec | undefined {
  if (allocation.job.spec.type !== 'service') return undefined;
  const group = findGroup(allocation.job, allocation.group);
  const strategy = allocation.deploymentId === '' ? group?.migrate : group?.update;
  if (!strategy || ('healthCheck' in strategy && strategy.healthCheck === 'manual')) return undefined;
  return strategy;
}

/**
 * Watches an allocation until it is healthy (up for the minimum time without a break) or unhealthy
 * (failed, or not healthy by its deadline), and tells it once.
 */
export function watchHealth(
  context: Context,
  { allocation, runner }: { allocation: Allocation; runner: Runner },
  tell: (isHealthy: boolean) => void,
): HealthWatch | null {
  const strategy = strategyOf(allocation);
  if (!strategy) return null;
  let cancelHealthy: (() => void) | null = null;
  let isOver = false;
  const finish = (isHealthy: boolean): void => {
    if (isOver) return;
    watch.cancel();
    tell(isHealthy);
  };
  const cancelDeadline = context.clock.after(strategy.healthyDeadlineMs, () => {
    finish(false);
  });
  const watch: HealthWatch = {
    check() {
      if (isOver) return;
      const status = runner.view?.clientStatus;
      if (status === 'failed') finish(false);
      else if (!runner.isUp) {
        cancelHealthy?.();
        cancelHealthy = null;
      } else {
        cancelHealthy ??= context.clock.after(strategy.minHealthyMs, () => {
          finish(true);
        });
      }
    },
    cancel() {
      isOver = true;
      cancelDeadline();
      cancelHealthy?.();
    },
  };
  return watch;
}

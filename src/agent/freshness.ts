import type { Clock } from '../ports/clock.ts';
import type { ClusterView } from '../ports/nomad.ts';
import type { AgentSettings } from './settings.ts';

/** How long the shared lists may be unheard: three intervals, at least 45 s. Milliseconds. */
export function freshLimitMs(settings: AgentSettings): number {
  return Math.max(45_000, 3 * settings.jobScalingIntervalMs);
}

/** True when the shared lists were heard lately enough to decide by them. */
export function isFresh(
  context: { readonly machineClock: Clock; readonly settings: () => AgentSettings },
  view: ClusterView,
): boolean {
  return context.machineClock.monotonicMs() - view.freshMs <= freshLimitMs(context.settings());
}

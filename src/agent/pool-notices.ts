import type { DiscoveredPool } from '../domain/discover-pools.ts';
import type { PoolGroup } from '../domain/worker-pool.ts';
import { conflictLine, type PoolEvaluation } from './evaluate-pool.ts';

/** What a person should look at although it stops nothing, a sentence each. */
export function noticesOf(
  discovered: DiscoveredPool | undefined,
  { decision, snapshot }: PoolEvaluation,
): readonly string[] {
  const notices: string[] = [];
  if (discovered && discovered.conflicts.length > 0 && !discovered.isHeld) {
    notices.push(`members disagree, the newest counts: ${conflictLine(discovered.conflicts)}`);
  }
  if (snapshot && mayRebalance(snapshot.group)) {
    notices.push(
      `the group spans ${snapshot.group.zones.join(', ')} and AZRebalance is not suspended: AWS may terminate undrained nodes`,
    );
  }
  const lost = decision.numbers?.lost ?? [];
  if (lost.length > 0)
    notices.push(`instances without a ready node for more than eight minutes: ${lost.join(', ')}`);
  return notices;
}

/** True for a group that AWS may level out over zones by terminating instances itself. */
export function mayRebalance({ zones, suspended }: PoolGroup): boolean {
  return zones.length > 1 && !suspended.includes('AZRebalance');
}

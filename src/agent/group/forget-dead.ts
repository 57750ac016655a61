import { isAlive } from '../../domain/group/seen-member.ts';
import type { Keys } from '../../domain/keys.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Coordination } from '../../ports/coordination.ts';
import { isPortError } from '../../ports/port-error.ts';
import type { Outages } from '../outages.ts';
import type { Term } from '../term.ts';
import type { GroupTree } from './group-tree.ts';

/** As long as Consul keeps the service of a member that has died. */
const DEAD_MS = 10 * 60_000;

/** Deletes what members that died left behind: each deploy of agents with ids of their own would leave as many. */
export function forgetDead(of: {
  readonly coordination: Coordination;
  readonly clock: Clock;
  readonly keys: Keys;
  readonly group: string;
  readonly tree: GroupTree;
  readonly outages: Outages;
  /** The leader's term, while this member leads. */
  readonly term: () => Term | undefined;
}): { settle(): void } {
  const deadSince = new Map<string, number>();
  const state = { isDeleting: false };
  const settle = async (term: Term): Promise<void> => {
    const nowMs = of.clock.monotonicMs();
    const dead = of.tree.members().filter((one) => !isAlive(one));
    const ids = new Set(dead.map(({ id }) => id));
    for (const id of deadSince.keys()) if (!ids.has(id)) deadSince.delete(id);
    for (const id of ids) if (!deadSince.has(id)) deadSince.set(id, nowMs);
    for (const [id, sinceMs] of deadSince) {
      if (nowMs - sinceMs >= DEAD_MS) await deleteMember(of, term, id);
    }
  };
  return {
    settle: () => {
      const term = of.term();
      if (!term) deadSince.clear();
      if (!term || !of.tree.ready() || state.isDeleting) return;
      state.isDeleting = true;
      void settle(term).finally(() => (state.isDeleting = false));
    },
  };
}

async function deleteMember(of: Parameters<typeof forgetDead>[0], term: Term, id: string): Promise<void> {
  const key = of.keys.member(of.group, id);
  const index = of.tree.get(key)?.index ?? 0;
  const fence = { lockKey: term.partition.lockKey, session: term.session, unchanged: [] };
  try {
    await of.coordination.write(fence, [{ kind: 'delete', key, index }], term.permit);
    of.outages.passed('consul', `delete ${key}`);
  } catch (error) {
    if (!term.ended() && !isPortError(error, 'conflict')) of.outages.failed('consul', `delete ${key}`, error);
  }
}

import { decodeGroupName } from '../domain/group/group-document.ts';
import type { Keys } from '../domain/keys.ts';
import type { LeaseTimings } from '../domain/lease.ts';
import type { Clock } from '../ports/clock.ts';
import type { Coordination } from '../ports/coordination.ts';
import type { Emit } from './events.ts';
import { tryGiveBack } from './give-back.ts';
import { giveWay } from './give-way.ts';
import { startLeadership } from './leadership.ts';
import type { Locks, LockUse } from './locks.ts';
import type { Outages } from './outages.ts';
import type { Store } from './store.ts';

export interface AloneOptions extends LockUse {
  readonly coordination: Coordination;
  readonly clock: Clock;
  readonly timings: LeaseTimings;
  readonly keys: Keys;
  readonly store: () => Store;
  readonly emit: Emit;
  readonly outages: Outages;
}

/** Opens a session and stands for the leader's lock, under which everything is acted on; not while a group has the key root. */
export function standAlone(options: AloneOptions): Locks {
  const { coordination, keys } = options;
  const bar = createBar(options);
  const way = giveWay({
    ...options,
    holder: () => holder,
    quiet: () => options.quiet(0),
    hasOthers: () => true,
  });
  const leadership = startLeadership({
    ...options,
    partition: { number: 0, lockKey: keys.leader },
    mayStand: () => bar() === undefined && way.mayStand(),
  });
  const { keeper, holder } = leadership;
  return {
    termFor: () => holder.term(),
    leading: () => holder.term() !== undefined,
    session: () => keeper.current()?.id ?? '',
    held: () => (holder.term() ? [0] : []),
    leaseLeftMs: () => keeper.leaseLeftMs(),
    members: () => [],
    reconsider: () => {
      const why = bar();
      if (why !== undefined && holder.term()) void holder.giveUp(why, () => options.quiet(0));
      holder.reconsider();
    },
    endTerms: (why) => holder.term()?.end(why),
    stop: async () => void (await Promise.all([way.stop(), leadership.stop()])),
    tryGiveBack: (busy, signal) =>
      tryGiveBack(
        coordination,
        { session: keeper.current()?.id, lockKeys: busy.has(0) ? [] : [keys.leader] },
        signal,
      ),
  };
}

/** What keeps a standalone agent from standing, told once; undefined when nothing does. */
function createBar({ store, keys, emit }: AloneOptions): () => string | undefined {
  const told = { why: '' };
  return () => {
    if (!store().ready()) return 'the key root has not been read yet';
    const value = store().get(keys.group)?.value;
    if (value === undefined) {
      told.why = '';
      return undefined;
    }
    const name = decodeGroupName(value);
    const whose = name.ok ? `the group ${name.value}` : `a group whose name cannot be read (${name.fault})`;
    const why = `${keys.group}: the key root belongs to ${whose}`;
    if (why !== told.why) emit({ kind: 'standing-barred', why });
    told.why = why;
    return why;
  };
}

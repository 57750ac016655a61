import type { Keys } from '../../domain/keys.ts';
import { partitionOf } from '../../domain/partition.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Coordination } from '../../ports/coordination.ts';
import type { Emit } from '../events.ts';
import { tryGiveBack } from '../give-back.ts';
import type { Locks, LockUse } from '../locks.ts';
import { type Loop, startLoop } from '../loop.ts';
import type { Outages } from '../outages.ts';
import type { AgentIdentity } from '../settings.ts';
import type { Store } from '../store.ts';
import type { GroupIdentity } from './group-identity.ts';
import { followGroup } from './group-tree.ts';
import { openMember } from './open-member.ts';
import { readMembers } from './read-members.ts';

export interface GroupOptions extends LockUse {
  readonly coordination: Coordination;
  readonly clock: Clock;
  readonly keys: Keys;
  readonly identity: AgentIdentity;
  readonly group: GroupIdentity;
  readonly store: () => Store;
  readonly emit: Emit;
  readonly outages: Outages;
}

/** How often it is looked whether the member is still ready. */
const LOOK_EVERY_MS = 1_000;

/** Is a member: holds its own lock, the partitions that it is given, and the leader's lock if it gets it. */
export function beMember(options: GroupOptions): Locks {
  const { coordination, clock, keys, group, outages } = options;
  const changed = (): void => parts.settle();
  const tree = followGroup({ coordination, clock, keys, outages, group: group.name, changed });
  const parts = openMember(options, tree);
  const { keeper, seats, leader, member } = parts;
  const loop = startLook(clock, changed);
  return {
    termFor: (resource) => {
      const count = parts.partitions();
      return count === 0 ? undefined : seats.term(partitionOf(resource, count));
    },
    leading: () => leader.holder.term() !== undefined,
    leaseLeftMs: () => keeper.leaseLeftMs(),
    session: () => keeper.current()?.id ?? '',
    held: () => seats.held(),
    members: () =>
      readMembers(tree, { ...options, leader: leader.session(), partitions: parts.partitions() }),
    reconsider: () => parts.settle(),
    endTerms: (why) => {
      seats.endTerms(why);
      for (const holder of [leader.holder, member]) holder.term()?.end(why);
    },
    stop: async () => {
      await Promise.all([loop.stop(), tree.stop(), leader.stop(), member.stop(), seats.stop()]);
      await keeper.stop();
    },
    tryGiveBack: async (busy, signal) => {
      const idle = seats.numbers().filter((partition) => !busy.has(partition));
      const lockKeys = heldKeys(options, idle);
      await tryGiveBack(coordination, { session: keeper.current()?.id, lockKeys }, signal);
      await tryLeave(options, signal);
    },
  };
}

function startLook(clock: Clock, look: () => void): Loop {
  return startLoop({
    clock,
    everyMs: () => LOOK_EVERY_MS,
    offsetMs: LOOK_EVERY_MS,
    run: async () => look(),
    failed: () => undefined,
  });
}

function heldKeys({ keys, group }: GroupOptions, partitions: readonly number[]): readonly string[] {
  const held = partitions.map((number) => keys.partition(group.name, number));
  return [...held, keys.leader, keys.member(group.name, group.serviceId)];
}

/** After the session has been destroyed: with its check gone, its locks would fall under lock-delay. */
async function tryLeave({ group }: GroupOptions, signal: AbortSignal): Promise<void> {
  try {
    await group.membership.deregister(group.serviceId, signal);
  } catch {
    // Its check becomes critical, and Consul forgets it by itself.
  }
}

import type { Locks } from '../locks.ts';
import { awaitOwnLock, claimKeyRoot } from './enter-group.ts';
import { beMember, type GroupOptions } from './member.ts';

/**
 * Joins a group: takes the key root for it, waits until its id is free, then is a member. What stands against it is
 * told as `refused`.
 */
export function joinGroup(options: GroupOptions): Locks {
  const ending = new AbortController();
  const place: { inside: Locks | undefined } = { inside: undefined };
  const entering = enter(options, place, ending.signal);
  return {
    termFor: (resource) => place.inside?.termFor(resource),
    leading: () => place.inside?.leading() ?? false,
    leaseLeftMs: () => place.inside?.leaseLeftMs() ?? 0,
    session: () => place.inside?.session() ?? '',
    held: () => place.inside?.held() ?? [],
    members: () => place.inside?.members() ?? [],
    reconsider: () => place.inside?.reconsider(),
    endTerms: (why) => place.inside?.endTerms(why),
    stop: async () => {
      ending.abort();
      await entering;
      await place.inside?.stop();
    },
    tryGiveBack: async (busy, signal) => place.inside?.tryGiveBack(busy, signal),
  };
}

async function enter(
  options: GroupOptions,
  place: { inside: Locks | undefined },
  signal: AbortSignal,
): Promise<void> {
  const { group, identity } = options;
  const entrance = {
    ...options,
    group: group.name,
    serviceId: group.serviceId,
    timings: identity.lease,
  };
  const why = (await claimKeyRoot(entrance, signal)) ?? (await awaitOwnLock(entrance, signal));
  if (signal.aborted) return;
  if (why === undefined) place.inside = beMember(options);
  else group.refused(why);
}

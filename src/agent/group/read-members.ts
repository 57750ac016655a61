import { isAlive, isReady } from '../../domain/group/seen-member.ts';
import type { Keys } from '../../domain/keys.ts';
import type { MemberReading } from '../locks.ts';
import type { GroupIdentity } from './group-identity.ts';
import type { GroupTree } from './group-tree.ts';

/** The members of a group as they stand in Consul, with the partitions whose locks they hold. */
export function readMembers(
  tree: Pick<GroupTree, 'members' | 'lock'>,
  of: {
    readonly keys: Keys;
    readonly group: Pick<GroupIdentity, 'name'>;
    /** The session that holds the leader's lock, '' for none. */
    readonly leader: string;
    readonly partitions: number;
  },
): readonly MemberReading[] {
  const holders = Array.from(
    { length: of.partitions },
    (_, number) => tree.lock(of.keys.partition(of.group.name, number)).session,
  );
  return tree.members().map((one) => {
    const { id, session, member } = one;
    const alive = isAlive(one);
    return {
      id,
      name: member?.name ?? '',
      address: member?.address ?? '',
      port: member?.port ?? 0,
      allocationId: member?.allocationId ?? '',
      isAlive: alive,
      isReady: isReady(one),
      isLeader: alive && session === of.leader,
      partitions: holders.flatMap((holder, number) => (alive && holder === session ? [number] : [])),
    };
  });
}

import { readMembers } from '../../src/agent/group/read-members.ts';
import type { MemberReading } from '../../src/agent/locks.ts';
import { decodeAssignment } from '../../src/domain/group/assignment-document.ts';
import { decodeGroupConfig } from '../../src/domain/group/group-config-document.ts';
import { readSeenMembers } from '../../src/domain/group/seen-member.ts';
import { keysBelow } from '../../src/domain/keys.ts';
import { groupResource, partitionOf } from '../../src/domain/partition.ts';
import type { KvEntry } from '../../src/simulator/consul/records.ts';
import { KEY_ROOT } from './perform-act.ts';

/** A group of agents as it stands in Consul's KV. */
export interface GroupSight {
  /** Those that are dead as well, in the order of their ids. */
  readonly members: readonly MemberReading[];
  /** By partition the member that holds its lock, '' for nobody; none before their number is known. */
  readonly holders: readonly string[];
  /** By partition the member that the leader has given it to. */
  readonly owners: readonly (string | null)[];
}

/** Reads it from all keys; what is not there or cannot be read is shown as nothing. */
export function readGroupSight(entries: readonly KvEntry[], group: string): GroupSight {
  const keys = keysBelow(KEY_ROOT);
  const stored = new Map(
    entries.map(({ key, value, session }) => [key, { key, value: textOf(value), session }] as const),
  );
  const config = decodeGroupConfig(stored.get(keys.groupConfig(group))?.value ?? '');
  const assignment = decodeAssignment(stored.get(keys.assignment(group))?.value ?? '');
  const tree = {
    members: () => readSeenMembers([...stored.values()], keys.members(group)),
    lock: (key: string) => ({ session: stored.get(key)?.session ?? '', index: 0 }),
  };
  const partitions = config.ok ? config.value.partitions : 0;
  const leader = tree.lock(keys.leader).session;
  const members = readMembers(tree, { keys, group: { name: group }, leader, partitions });
  return {
    members,
    holders: holdersOf(members, partitions),
    owners: assignment.ok ? assignment.value.owners : [],
  };
}

function textOf(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}

function holdersOf(members: readonly MemberReading[], partitions: number): readonly string[] {
  const holders = Array.from({ length: partitions }, () => '');
  for (const { id, partitions: held } of members) for (const number of held) holders[number] = id;
  return holders;
}

/** Who may act on a task group now; '' for nobody. */
export function holderOf({ holders }: GroupSight, group: string): string {
  return holders.length === 0 ? '' : (holders[partitionOf(groupResource(group), holders.length)] ?? '');
}

/** Each partition is held by the member that the leader has given it to. */
export function isSettled({ holders, owners }: GroupSight): boolean {
  return holders.length > 0 && holders.every((id, number) => id !== '' && id === owners[number]);
}

/** That, and each of these members has some. */
export function isSharedBy(sight: GroupSight, ids: readonly string[]): boolean {
  return isSettled(sight) && ids.every((id) => sight.holders.includes(id));
}

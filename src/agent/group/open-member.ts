import { isAlive } from '../../domain/group/seen-member.ts';
import { openDocuments } from './open-documents.ts';
import { type MemberLocks, openLocks } from './open-locks.ts';
import { inUse, patienceMs } from './enter-group.ts';
import type { GroupTree } from './group-tree.ts';
import type { GroupOptions } from './member.ts';

/** What a member knows of itself. */
export interface Self {
  /** How many partitions it goes by, for good; 0 while that is not known. */
  partitions: number;
  /** When it joined, milliseconds since the epoch; 0: not yet. */
  sinceMs: number;
  /** Another agent has its id. */
  isRefused: boolean;
}

/** What a member is made of. */
export interface MemberParts extends MemberLocks {
  /** How many partitions are in force; 0 while that is not known. */
  partitions(): number;
  /** Something has changed: everything is brought to where it should be. */
  settle(): void;
}

/** Opens the session and stands for the locks. */
export function openMember(options: GroupOptions, tree: GroupTree): MemberParts {
  const { clock, keys, group } = options;
  const startedMs = clock.monotonicMs();
  const self: Self = { partitions: 0, sinceMs: 0, isRefused: false };
  const locks = openLocks(options, { tree, self, changed: () => settle() });
  const documents = openDocuments(options, { tree, self, locks, changed: () => settle() });
  const settle = (): void => {
    if (!tree.ready()) return;
    documents.config.found(tree.get(keys.groupConfig(group.name)));
    self.partitions ||= partitionsOf(options, tree, documents.config.partitions());
    locks.member.lockSeen(tree.lock(keys.member(group.name, group.serviceId)));
    documents.pause.settle();
    locks.bar.tell();
    locks.leader.holder.reconsider();
    locks.seats.settle();
    documents.own.settle();
    documents.assigner.settle();
    const isLate = clock.monotonicMs() - startedMs > patienceMs(options.identity.lease);
    if (isLate && self.sinceMs === 0 && !self.isRefused && isTaken(options, tree, locks)) {
      self.isRefused = true;
      group.refused(inUse({ group: group.name, serviceId: group.serviceId }));
    }
  };
  return { ...locks, settle, partitions: () => self.partitions };
}

/** Members that are alive say it; else what is stored; 0 while neither does. */
function partitionsOf({ group }: GroupOptions, tree: GroupTree, stored: number): number {
  const others = tree.members().filter((one) => one.id !== group.serviceId && isAlive(one));
  const said = others.flatMap(({ member }) => (member && member.partitions > 0 ? [member.partitions] : []));
  return said[0] ?? stored;
}

/** True when another session has this member's lock. */
function isTaken({ keys, group }: GroupOptions, tree: GroupTree, { keeper }: MemberLocks): boolean {
  const { session } = tree.lock(keys.member(group.name, group.serviceId));
  return session !== '' && session !== keeper.current()?.id;
}

import { type Assignment, decodeAssignment } from '../../domain/group/assignment-document.ts';
import { readSeenMembers, type SeenMember } from '../../domain/group/seen-member.ts';
import type { Keys } from '../../domain/keys.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Coordination, StoredEntry, TreeRead } from '../../ports/coordination.ts';
import { followTree } from '../follow-tree.ts';
import type { Outages } from '../outages.ts';
import { TreeCopy } from '../tree-copy.ts';
import type { LockSight } from '../watch-lock.ts';

/** What lies below a group's name in Consul, kept up to date. */
export interface GroupTree {
  /** True once it has been read. */
  ready(): boolean;
  get(key: string): StoredEntry | undefined;
  /** In the order of their ids. */
  members(): readonly SeenMember[];
  /** The assignment, and the index of its key; undefined when there is none that can be read. */
  assignment(): { readonly value: Assignment | undefined; readonly index: number };
  /** How a lock of the group was last seen. */
  lock(key: string): LockSight;
  stop(): Promise<void>;
}

export interface GroupTreeOptions {
  readonly coordination: Coordination;
  readonly clock: Clock;
  readonly keys: Keys;
  readonly group: string;
  readonly outages: Outages;
  /** Told after each read. */
  readonly changed: () => void;
}

/** A burst of changes (an assignment taken up by everybody) is read in parts of this length. */
const SPACING_MS = 50;

/** Starts following. */
export function followGroup(options: GroupTreeOptions): GroupTree {
  const { keys, group } = options;
  const copy = new TreeCopy();
  const seen: { read: TreeRead | undefined } = { read: undefined };
  const stop = followTree({
    ...options,
    prefix: keys.groupTree(group),
    doing: `read the group ${group}`,
    spacingMs: () => SPACING_MS,
    failed: () => copy.forgetOrder(),
    read: (tree) => {
      copy.replace(tree);
      seen.read = tree;
      options.changed();
    },
  });
  return {
    ready: () => copy.isRead,
    get: (key) => copy.get(key),
    members: () => readSeenMembers(copy.below(keys.members(group)), keys.members(group)),
    assignment: () => assignmentOf(copy.get(keys.assignment(group))),
    lock: (key) => ({ session: copy.get(key)?.session ?? '', index: seen.read?.index ?? 0 }),
    stop,
  };
}

function assignmentOf(entry: StoredEntry | undefined): ReturnType<GroupTree['assignment']> {
  const reading = entry && decodeAssignment(entry.value);
  return { value: reading?.ok ? reading.value : undefined, index: entry?.index ?? 0 };
}

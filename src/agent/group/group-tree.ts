import { type Assignment, decodeAssignment } from '../../domain/group/assignment-document.ts';
import { readSeenMembers, type SeenMember } from '../../domain/group/seen-member.ts';
import type { Keys } from '../../domain/keys.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Coordination, StoredEntry } from '../../ports/coordination.ts';
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
  const seen: Seen = { index: 0, members: [], assignment: assignmentOf(undefined) };
  const stop = followTree({
    ...options,
    prefix: keys.groupTree(group),
    doing: `read the group ${group}`,
    spacingMs: () => SPACING_MS,
    failed: () => copy.forgetOrder(),
    read: (tree) => {
      copy.replace(tree);
      seen.index = tree.index;
      seen.members = readSeenMembers(copy.below(keys.members(group)), keys.members(group));
      seen.assignment = assignmentOf(copy.get(keys.assignment(group)));
      options.changed();
    },
  });
  return {
    ready: () => copy.isRead,
    get: (key) => copy.get(key),
    members: () => seen.members,
    assignment: () => seen.assignment,
    lock: (key) => ({ session: copy.get(key)?.session ?? '', index: seen.index }),
    stop,
  };
}

/** What the last read said, decoded once: it is asked for again and again. */
interface Seen {
  index: number;
  members: readonly SeenMember[];
  assignment: ReturnType<GroupTree['assignment']>;
}

function assignmentOf(entry: StoredEntry | undefined): ReturnType<GroupTree['assignment']> {
  const reading = entry && decodeAssignment(entry.value);
  return { value: reading?.ok ? reading.value : undefined, index: entry?.index ?? 0 };
}

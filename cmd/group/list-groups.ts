import { decodeFlag, type Flag } from '../../src/domain/flag-document.ts';
import { decodeGroupConfig } from '../../src/domain/group/group-config-document.ts';
import { readSeenMembers, type SeenMember } from '../../src/domain/group/seen-member.ts';
import { type Keys, keysBelow } from '../../src/domain/keys.ts';
import type { StoredEntry } from '../../src/ports/coordination.ts';
import { type KeyRootOwner, readOwner } from './key-root.ts';

/** A group as it is stored. */
export interface StoredGroup {
  readonly name: string;
  readonly keyRoot: string;
  /** True when the key root is its own; else it is what was left of a group. */
  readonly isOwner: boolean;
  readonly owner: KeyRootOwner;
  readonly members: readonly SeenMember[];
  /** The session that holds the leader's lock, '' for none. */
  readonly leaderSession: string;
  readonly paused: Flag;
  readonly failsafe: Flag;
  /** Undefined: nothing is stored that can be read. */
  readonly config: { readonly partitions: number; readonly by: string; readonly atMs: number } | undefined;
}

/** The groups at the key root and beside it, in the order of key roots and names. */
export function listGroups(entries: readonly StoredEntry[], keys: Keys): readonly StoredGroup[] {
  const roots = rootsIn(entries, keys);
  return roots.flatMap((root) => groupsAt(below(entries, `${root}/`), keysBelow(root)));
}

/** One step below the parent; a key root without a parent is alone. */
function rootsIn(entries: readonly StoredEntry[], { root, groupsParent: parent }: Keys): readonly string[] {
  if (parent === '') return [root];
  const names = entries.map(({ key }) => key.slice(parent.length).split('/')[0] ?? '');
  return [...new Set(names)].toSorted().map((name) => `${parent}${name}`);
}

function groupsAt(entries: readonly StoredEntry[], keys: Keys): readonly StoredGroup[] {
  const stored = below(entries, keys.groups).map(
    ({ key }) => key.slice(keys.groups.length).split('/')[0] ?? '',
  );
  const owner = readOwner(at(entries, keys.group)?.value);
  const owning = owner.kind === 'group' ? [owner.name] : [];
  const names = [...new Set([...stored, ...owning])].toSorted();
  return names.map((name) => groupAt(entries, keys, { name, owner }));
}

function groupAt(
  entries: readonly StoredEntry[],
  keys: Keys,
  { name, owner }: { readonly name: string; readonly owner: KeyRootOwner },
): StoredGroup {
  const config = at(entries, keys.groupConfig(name));
  const reading = config && decodeGroupConfig(config.value);
  return {
    name,
    keyRoot: keys.root,
    isOwner: owner.kind === 'group' && owner.name === name,
    owner,
    members: readSeenMembers(entries, keys.members(name)),
    leaderSession: at(entries, keys.leader)?.session ?? '',
    paused: decodeFlag(at(entries, keys.paused)?.value),
    failsafe: decodeFlag(at(entries, keys.failsafe)?.value),
    config: reading?.ok ? reading.value : undefined,
  };
}

function at(entries: readonly StoredEntry[], key: string): StoredEntry | undefined {
  return entries.find((entry) => entry.key === key);
}

function below(entries: readonly StoredEntry[], prefix: string): readonly StoredEntry[] {
  return entries.filter(({ key }) => key.startsWith(prefix));
}

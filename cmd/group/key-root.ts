import { decodeGroupName } from '../../src/domain/group/group-document.ts';
import type { Keys } from '../../src/domain/keys.ts';

/** Whose key root it is: nobody's but standalone agents', a group's, or not to be known. */
export type KeyRootOwner =
  | { readonly kind: 'none' }
  | { readonly kind: 'group'; readonly name: string }
  | { readonly kind: 'unreadable'; readonly fault: string };

/** Reads it from the text of `<key root>/group`, undefined for none. */
export function readOwner(text: string | undefined): KeyRootOwner {
  if (text === undefined) return { kind: 'none' };
  const reading = decodeGroupName(text);
  return reading.ok ? { kind: 'group', name: reading.value } : { kind: 'unreadable', fault: reading.fault };
}

/** Why a command for that group (undefined: for standalone agents) may not work here; undefined when it may. */
export function refuseOwner(owner: KeyRootOwner, keys: Keys, group: string | undefined): string | undefined {
  const { root } = keys;
  switch (owner.kind) {
    case 'unreadable':
      return `${keys.group}: ${owner.fault}; mend or delete it`;
    case 'none':
      if (group === undefined) return undefined;
      return `the key root ${root} belongs to no group: replicator configure -group=${group} makes it one`;
    case 'group':
      if (owner.name === group) return undefined;
      if (group === undefined) {
        return `the key root ${root} belongs to the group ${owner.name}: give -group=${owner.name}`;
      }
      return otherOwner(root, owner.name, group);
  }
}

/** What is said when the key root belongs to another group. */
export function otherOwner(root: string, owner: string, group: string): string {
  return `the key root ${root} belongs to the group ${owner}, not to ${group}; give -group=${owner}, or another -consul-key-root`;
}

import { keysBelow } from '../../src/domain/keys.ts';
import { groupResource, partitionOf, poolResource } from '../../src/domain/partition.ts';
import { groupId } from '../../src/domain/snapshot.ts';

/** The group that the agents of a run are members of. */
export interface GroupCast {
  readonly name: string;
  /** How many parts the work is divided into. */
  readonly partitions: number;
}

/** The group of a run with `--groups`. */
export const GROUP: GroupCast = { name: 'chaos', partitions: 16 };

/** Where the keys of a run lie, and the group that they belong to; undefined: the agents are standalone. */
export interface KeySpace {
  readonly keyRoot: string;
  readonly group?: GroupCast | undefined;
}

/** What a member of the run is called in its group. */
export function memberId(agent: number): string {
  return `member-${agent}`;
}

/**
 * The lock that a resource (`jobs/web/api`, `nodes/pool-a`) is acted on under: its partition's, standalone the
 * leader's; undefined for what is no resource.
 */
export function lockOfResource({ keyRoot, group }: KeySpace, resource: string): string | undefined {
  const keys = keysBelow(keyRoot);
  if (!group) return keys.leader;
  const pool = keys.poolOf(`${keyRoot}/operations/${resource}`);
  const ref = keys.groupOf(`${keyRoot}/operations/${resource}`);
  if (pool === undefined && ref === undefined) return undefined;
  const id = ref ? groupResource(groupId(ref)) : poolResource(pool ?? '');
  return keys.partition(group.name, partitionOf(id, group.partitions));
}

/** The locks under which a key may be written by an agent; empty: by none. Only for a group. */
export function locksOfKey(space: KeySpace, key: string): readonly string[] {
  const keys = keysBelow(space.keyRoot);
  const name = space.group?.name ?? '';
  const resource = /\/(?:state|operations)\/(.+)$/s.exec(key.slice(space.keyRoot.length))?.[1];
  if (resource !== undefined) return [lockOfResource(space, resource) ?? ''];
  // A member writes its own document; the leader forgets those of the dead.
  if (key.startsWith(keys.members(name))) return [key, keys.leader];
  return [keys.assignment(name), keys.groupConfig(name)].includes(key) ? [keys.leader] : [];
}

/** True for the one key that a member writes without a lock: it takes the key root for its group. */
export function isClaim(space: KeySpace, keys: readonly string[]): boolean {
  const { group } = keysBelow(space.keyRoot);
  return space.group !== undefined && keys.length === 1 && keys[0] === group;
}

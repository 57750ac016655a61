import type { Flag } from '../../src/domain/flag-document.ts';
import { isAlive, isReady, type SeenMember } from '../../src/domain/group/seen-member.ts';
import { formatInstant } from '../../src/domain/instant.ts';
import { plain } from '../../src/domain/plain.ts';
import type { StoredGroup } from './list-groups.ts';

/** Groups → the cells of a table, its head first. */
export function groupRows(groups: readonly StoredGroup[]): readonly (readonly string[])[] {
  const head = ['GROUP', 'KEY ROOT', 'ALIVE', 'READY', 'LEADER', 'PARTITIONS', 'STATUS'];
  return [head, ...groups.map(rowOf)];
}

function rowOf(group: StoredGroup): readonly string[] {
  const { name, keyRoot, members, config } = group;
  return [
    name,
    keyRoot,
    String(members.filter(isAlive).length),
    String(members.filter(isReady).length),
    leaderOf(group) ?? '-',
    config === undefined ? '-' : String(config.partitions),
    statusOf(group),
  ].map(plain);
}

function statusOf({ isOwner, owner, paused, failsafe, members }: StoredGroup): string {
  if (!isOwner) {
    if (owner.kind === 'unreadable') return 'the key root names no group that can be read';
    return owner.kind === 'group' ? `left over: the key root is ${owner.name}'s` : 'left over';
  }
  const stops = [...because('paused', paused), ...because('failsafe', failsafe)];
  if (!members.some(isAlive)) return ['no member is alive', ...stops].join(', ');
  return stops.length === 0 ? 'running' : stops.join(', ');
}

function because(word: string, { set, by, at }: Flag): readonly string[] {
  if (!set) return [];
  return [`${word}${by === '' ? '' : ` by ${by}`}${at === '' ? '' : ` at ${at}`}`];
}

/** Its id; undefined when nobody leads, or somebody who is no member. */
function leaderOf({ members, leaderSession }: StoredGroup): string | undefined {
  return members.find(({ session }) => session !== '' && session === leaderSession)?.id;
}

/** A group as JSON. */
export function groupAsJson(group: StoredGroup): object {
  const { name, keyRoot, isOwner, members, config, paused, failsafe } = group;
  return {
    group: name,
    key_root: keyRoot,
    owns_key_root: isOwner,
    alive: members.filter(isAlive).length,
    ready: members.filter(isReady).length,
    leader: leaderOf(group) ?? null,
    paused: isOwner && paused.set,
    failsafe: isOwner && failsafe.set,
    partitions: config?.partitions ?? null,
    configured_by: config?.by ?? null,
    configured_at: config === undefined ? null : formatInstant(config.atMs),
    members: members.map((member) => memberAsJson(member, leaderOf(group))),
  };
}

function memberAsJson(seen: SeenMember, leader: string | undefined): object {
  const { id, member } = seen;
  return {
    id,
    alive: isAlive(seen),
    ready: isReady(seen),
    leader: id === leader,
    name: member?.name ?? '',
    address: member?.address ?? '',
    port: member?.port ?? 0,
    version: member?.version ?? '',
  };
}

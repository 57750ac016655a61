import { encodeGroupConfig, type GroupConfig } from '../../src/domain/group/group-config-document.ts';
import { encodeGroupName } from '../../src/domain/group/group-document.ts';
import { encodeMember, type Member } from '../../src/domain/group/member-document.ts';
import { keysBelow } from '../../src/domain/keys.ts';
import { type FailsafeRoom, openFailsafeRoom, ROOT } from './failsafe-room.ts';

export const keys = keysBelow(ROOT);

/** A member that is alive: it says what it is told to, and may lead. */
export interface LiveMember {
  readonly session: string;
  say(more: Partial<Member>): Promise<void>;
  /** Takes the leader's lock. */
  lead(): Promise<void>;
  /** Its session ends. */
  die(): void;
}

/** A simulated Consul behind a socket with a group in it. */
export interface GroupRoom extends FailsafeRoom {
  join(id: string, more?: Partial<Member>): Promise<LiveMember>;
  /** ModifyIndex of a key, 0 where there is none. */
  indexOf(key: string): number;
}

/** Opens a room whose key root is the group blue's. */
export async function openGroupRoom(): Promise<GroupRoom> {
  const room = await openFailsafeRoom();
  room.consul.putKey(keys.group, encodeGroupName('blue'));
  return Object.assign(room, {
    join: (id: string, more?: Partial<Member>) => join(room, id, more),
    indexOf: (key: string) => room.consul.key(key)?.entry.modifyIndex ?? 0,
  });
}

/** What a group has stored. */
export function configText(more: Partial<GroupConfig> = {}): string {
  return encodeGroupConfig({ options: {}, partitions: 16, by: 'ann@here', atMs: 0, ...more });
}

/** What a member says of itself. */
export function memberOf(id: string, more: Partial<Member> = {}): Member {
  return {
    id,
    name: `host-${id}`,
    address: '10.0.0.1',
    port: 1313,
    node: 'n1',
    allocationId: '',
    isReady: true,
    sinceMs: 0,
    pausedSeen: 0,
    configSeen: 0,
    partitions: 16,
    version: '2.0.0',
    ...more,
  };
}

async function join(room: FailsafeRoom, id: string, more: Partial<Member> = {}): Promise<LiveMember> {
  const put = async (path: string, body: string): Promise<unknown> =>
    (await fetch(`http://${room.address}/v1/${path}`, { method: 'PUT', body })).json();
  const { ID: session } = (await put('session/create', '{"LockDelay":"0s"}')) as { readonly ID: string };
  const acquire = async (key: string, text: string): Promise<void> => {
    if ((await put(`kv/${key}?acquire=${session}`, text)) !== true) throw new Error(`${key} is held`);
  };
  let said = memberOf(id, more);
  const say = (next: Partial<Member>): Promise<void> => {
    said = { ...said, ...next };
    return acquire(keys.member('blue', id), encodeMember(said));
  };
  await say({});
  return {
    session,
    say,
    lead: () => acquire(keys.leader, ''),
    die: () => room.consul.endSession(session),
  };
}

import { discoverPools } from '../domain/discover-pools.ts';
import { decodeFlag, type Flag } from '../domain/flag-document.ts';
import { decodeGroupName } from '../domain/group/group-document.ts';
import { apiAddressOf, isAlive, isReady, readSeenMembers } from '../domain/group/seen-member.ts';
import type { Keys } from '../domain/keys.ts';
import { groupKey } from '../domain/snapshot.ts';
import type { TreeRead } from '../ports/coordination.ts';
import type { GroupStatus, MemberStatus, Page, PageQuery, PoolStatus } from '../ports/status-view.ts';
import { createDecisionRing } from './decision-ring.ts';
import type { Discovered } from './discover-groups.ts';
import { groupPage } from './group-status.ts';
import { poolPage } from './pool-status.ts';
import { frozenStore } from './read-only.ts';
import { poolDocuments } from './run-pools.ts';

/** What Consul alone tells: states, operations and flags; no counts, no usage, no decisions, no policies of groups. */
export interface StoredView {
  /** The session that holds the leader's lock, '' for nobody. */
  readonly session: string;
  readonly group: string | undefined;
  readonly members: readonly MemberStatus[];
  readonly failsafe: Flag;
  readonly paused: Flag;
  readonly groups: Page<GroupStatus>;
  readonly pools: Page<PoolStatus>;
}

/** Reads the keys below the key root. `nowMs`: wall clock. */
export function readStoredView(tree: TreeRead, keys: Keys, nowMs: number): StoredView {
  const store = frozenStore(tree);
  const groups = storedGroups(tree, keys);
  const pools = discoverPools([], poolDocuments({ store, keys }));
  const sources = {
    store,
    keys,
    groups: () => groups,
    pools: () => new Map([...storedPools(tree, keys), ...pools]),
    isOurs: () => false,
    view: () => undefined,
  };
  const query: PageQuery = { id: undefined, after: '', limit: Number.POSITIVE_INFINITY };
  const of = { ring: createDecisionRing(() => nowMs), query, nowMs };
  const session = store.get(keys.leader)?.session ?? '';
  const name = decodeGroupName(store.get(keys.group)?.value ?? '');
  const group = name.ok ? name.value : undefined;
  return {
    session,
    group,
    members: group === undefined ? [] : membersOf(tree, keys, { group, session }),
    failsafe: decodeFlag(store.get(keys.failsafe)?.value),
    paused: decodeFlag(store.get(keys.paused)?.value),
    groups: groupPage(sources, of),
    pools: poolPage(sources, of),
  };
}

function storedGroups({ entries }: TreeRead, keys: Keys): Discovered {
  const refs = entries.flatMap(({ key }) => keys.groupOf(key) ?? []);
  return new Map(
    refs.map((ref) => [groupKey(ref), { ref, job: undefined, policy: { kind: 'none' }, readIndex: 0 }]),
  );
}

function storedPools({ entries }: TreeRead, keys: Keys): ReadonlyMap<string, undefined> {
  const prefix = keys.poolState('');
  const found = entries.filter(({ key }) => key.startsWith(prefix) && key !== prefix);
  return new Map(found.map(({ key }) => [key.slice(prefix.length), undefined]));
}

function membersOf(
  { entries }: TreeRead,
  keys: Keys,
  { group, session: leader }: { readonly group: string; readonly session: string },
): readonly MemberStatus[] {
  const prefix = keys.partition(group, 0).slice(0, -1);
  const locks = entries.filter(({ key }) => key.startsWith(prefix));
  return readSeenMembers(entries, keys.members(group)).map((one): MemberStatus => {
    const { id, session, member } = one;
    const held = locks.filter((lock) => session !== '' && lock.session === session);
    return {
      id,
      name: member?.name ?? '',
      address: member && apiAddressOf(member),
      session,
      node: '',
      alive: isAlive(one),
      ready: isReady(one),
      isLeader: session !== '' && session === leader,
      partitions: held.map(({ key }) => Number(key.slice(prefix.length))).toSorted((a, b) => a - b),
    };
  });
}

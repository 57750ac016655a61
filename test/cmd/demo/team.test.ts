import { describe, expect, test } from 'vitest';
import type { Post } from '../../../cmd/demo/crew.ts';
import { type GroupSight, holderOf, isSharedBy, readGroupSight } from '../../../cmd/demo/group-sight.ts';
import { type GroupWatch, watchGroup } from '../../../cmd/demo/group-watch.ts';
import { KEY_ROOT } from '../../../cmd/demo/perform-act.ts';
import { viewTeam } from '../../../cmd/demo/team-view.ts';
import { encodeAssignment } from '../../../src/domain/group/assignment-document.ts';
import { encodeGroupConfig } from '../../../src/domain/group/group-config-document.ts';
import { encodeMember } from '../../../src/domain/group/member-document.ts';
import { keysBelow } from '../../../src/domain/keys.ts';
import type { KvEntry } from '../../../src/simulator/consul/records.ts';

const keys = keysBelow(KEY_ROOT);

/** A key as the simulated Consul has it. */
function entry(key: string, text: string, session = ''): KvEntry {
  const value = Buffer.from(text, 'utf8').toString('base64');
  return { key, value, session, flags: 0n, lockIndex: 1, createIndex: 1, modifyIndex: 1 };
}

/** Who is alive (a session each, called as the member is), who is ready, who leads, and who holds what. */
interface Standing {
  readonly alive: readonly string[];
  readonly dead?: readonly string[];
  readonly unready?: readonly string[];
  readonly leader?: string;
  /** By partition, '' for nobody. */
  readonly holders: readonly string[];
  readonly owners?: readonly string[];
}

function entriesOf(of: Standing): readonly KvEntry[] {
  const member = (id: string, isReady: boolean): string =>
    encodeMember({
      id,
      name: 'machine',
      address: '',
      port: 0,
      node: '',
      allocationId: '',
      isReady,
      sinceMs: 0,
      pausedSeen: 0,
      configSeen: 0,
      partitions: of.holders.length,
      version: '2.0.0',
    });
  const config = encodeGroupConfig({ options: {}, partitions: of.holders.length, by: 'test', atMs: 0 });
  return [
    entry(keys.groupConfig('demo'), config),
    entry(keys.assignment('demo'), encodeAssignment({ owners: of.owners ?? of.holders, generation: 1 })),
    entry(keys.leader, '', of.leader ?? ''),
    ...of.alive.map((id) =>
      entry(keys.member('demo', id), member(id, of.unready?.includes(id) !== true), id),
    ),
    ...(of.dead ?? []).map((id) => entry(keys.member('demo', id), member(id, true))),
    ...of.holders.map((id, number) => entry(keys.partition('demo', number), '', id)),
  ];
}

const sightOf = (of: Standing): GroupSight => readGroupSight(entriesOf(of), 'demo');

describe('a group as it stands in Consul', () => {
  test('has its members, alive or dead, its leader, and who holds which partition', () => {
    const sight = sightOf({
      alive: ['a', 'b'],
      dead: ['c'],
      unready: ['b'],
      leader: 'a',
      holders: ['b', 'a', '', 'a'],
      owners: ['b', 'a', 'c', 'a'],
    });
    const facts = sight.members.map(({ id, isAlive, isReady, isLeader, partitions }) => [
      id,
      { isAlive, isReady, isLeader, partitions },
    ]);
    expect(Object.fromEntries(facts)).toEqual({
      a: { isAlive: true, isReady: true, isLeader: true, partitions: [1, 3] },
      b: { isAlive: true, isReady: false, isLeader: false, partitions: [0] },
      c: { isAlive: false, isReady: false, isLeader: false, partitions: [] },
    });
    expect([sight.holders, sight.owners]).toEqual([
      ['b', 'a', '', 'a'],
      ['b', 'a', 'c', 'a'],
    ]);
  });

  test.each<[string, readonly KvEntry[]]>([
    ['is not there', []],
    ['cannot be read', [entry(keys.groupConfig('demo'), '{'), entry(keys.assignment('demo'), 'x')]],
  ])('that %s is shown as nothing', (_what, entries) => {
    expect(readGroupSight(entries, 'demo')).toEqual({ members: [], holders: [], owners: [] });
  });

  test('tells who may act on a task group: shop/web is in partition 7 of 16', () => {
    const holders = Array.from({ length: 16 }, (_, number) => (number === 7 ? 'b' : 'a'));
    expect(holderOf(sightOf({ alive: ['a', 'b'], holders }), 'shop/web')).toBe('b');
    expect(holderOf(sightOf({ alive: [], holders: holders.map(() => '') }), 'shop/web')).toBe('');
    expect(holderOf({ members: [], holders: [], owners: [] }, 'shop/web')).toBe('');
  });
});

test.each<[string, boolean, Standing]>([
  ['each member has its share', true, { alive: ['a', 'b'], holders: ['a', 'b', 'a'] }],
  ['one has none', false, { alive: ['a', 'b'], holders: ['a', 'a', 'a'] }],
  ['one is held by nobody', false, { alive: ['a', 'b'], holders: ['a', 'b', ''] }],
  [
    'one is given to another',
    false,
    { alive: ['a', 'b'], holders: ['a', 'b', 'a'], owners: ['a', 'b', 'b'] },
  ],
  ['there are none', false, { alive: ['a', 'b'], holders: [] }],
])('partitions of which %s: shared by a and b is %j', (_what, isShared, of) => {
  expect(isSharedBy(sightOf(of), ['a', 'b'])).toBe(isShared);
});

/** A watch over what the test says, and all that it told. */
function startWatch(first: Standing) {
  const now = { of: first, ms: 0 };
  const told: string[] = [];
  const watch: GroupWatch = watchGroup({
    sight: () => sightOf(now.of),
    nowMs: () => now.ms,
    tell: (text) => told.push(text),
  });
  const look = (ms: number, of: Standing): readonly string[] => {
    Object.assign(now, { of, ms });
    watch.look();
    return told.splice(0);
  };
  return { watch, look };
}

describe('the watch over a group', () => {
  const whole: Standing = { alive: ['a', 'b', 'c'], holders: ['a', 'a', 'b', 'c', 'c', 'a'] };
  const locked: Standing = { alive: ['b', 'c'], dead: ['a'], holders: ['', '', 'b', 'c', 'c', ''] };
  const taken: Standing = { alive: ['b', 'c'], dead: ['a'], holders: ['b', 'b', 'b', 'c', 'c', 'c'] };

  test('tells who holds what when that is as it was assigned, once', () => {
    const { look } = startWatch(whole);
    expect(look(0, { ...whole, owners: ['a', 'a', 'b', 'c', 'c', 'b'] })).toEqual([]);
    expect(look(1, whole)).toEqual(['partitions: a 0-1 5 (3), b 2 (1), c 3-4 (2)']);
    expect(look(2, whole)).toEqual([]);
    expect(look(3, locked)).toEqual([]);
    expect(look(4, whole)).toEqual([]);
  });

  test('tells of a killed member when its session has ended, and when others have its partitions', () => {
    const { watch, look } = startWatch(whole);
    look(0, whole);
    look(1_000, whole);
    watch.ordered('a', 'killed');
    expect(watch.leaving()).toMatchObject([{ member: 'a', how: 'killed', partitions: [0, 1, 5] }]);
    expect(look(9_000, whole)).toEqual([]);
    expect(look(12_000, locked)).toEqual([
      'the session of a has ended: nobody can lock its 3 partitions for another 15 s by the clock on the wall',
    ]);
    expect(look(20_000, locked)).toEqual([]);
    expect(look(27_400, taken)).toEqual([
      'b and c have taken over the 3 partitions of a, 26.4 s by the clock on the wall after it was killed',
      'partitions: b 0-2 (3), c 3-5 (3)',
    ]);
    expect(watch.handovers).toEqual([{ member: 'a', how: 'killed', partitions: 3, tookMs: 26_400 }]);
    expect(watch.leaving()).toEqual([]);
  });

  test('tells of a member that was told to stop only that others have its partitions', () => {
    const { watch, look } = startWatch(whole);
    look(0, whole);
    watch.ordered('c', 'stopped');
    expect(look(500, { ...whole, alive: ['a', 'b'], holders: ['a', 'a', 'b', '', '', 'a'] })).toEqual([]);
    const [first] = look(700, { ...whole, alive: ['a', 'b'], holders: ['a', 'a', 'b', 'b', 'b', 'a'] });
    expect(first).toBe(
      'b has been handed the 2 partitions of c, 0.7 s by the clock on the wall after it was told to stop',
    );
    expect(watch.handovers).toEqual([{ member: 'c', how: 'stopped', partitions: 2, tookMs: 700 }]);
  });

  test('waits for nobody who held nothing, or who was started again meanwhile', () => {
    const { watch, look } = startWatch(locked);
    watch.ordered('a', 'killed');
    expect(watch.leaving()).toEqual([]);
    watch.ordered('b', 'killed');
    watch.ordered('b', 'running');
    expect(watch.leaving()).toEqual([]);
    look(1, taken);
    expect(watch.handovers).toEqual([]);
  });
});

describe('the view of a team', () => {
  const quiet = { leaving: () => [], handovers: [] };
  const view = (of: Standing, posts: Readonly<Record<string, Post>>, watch: Partial<GroupWatch> = {}) =>
    viewTeam({
      group: 'demo',
      ids: ['a', 'b'],
      post: (id) => posts[id] ?? 'running',
      sight: sightOf(of),
      watch: { ...quiet, ...watch },
      groups: [{ holder: 'a' }, { holder: '' }, { holder: 'b' }, { holder: 'a' }],
      nowMs: 12_400,
    });

  test.each<[string, 'good' | 'trouble' | 'gone', Partial<Standing>, Post]>([
    ['not started', 'trouble', {}, 'waiting'],
    ['joining', 'trouble', { dead: ['a'] }, 'running'],
    ['ready', 'good', { alive: ['a'] }, 'running'],
    ['ready, leads', 'good', { alive: ['a'], leader: 'a' }, 'running'],
    ['not ready', 'trouble', { alive: ['a'], unready: ['a'] }, 'running'],
    ['killed, locks held', 'gone', { alive: ['a'], leader: 'a' }, 'killed'],
    ['killed', 'gone', { dead: ['a'] }, 'killed'],
    ['stopping', 'gone', { alive: ['a'] }, 'stopped'],
    ['stopped', 'gone', { dead: ['a'] }, 'stopped'],
  ])('says %j of a member', (state, mood, standing, post) => {
    const { members } = view({ alive: [], holders: ['a', '', 'b', 'a'], ...standing }, { a: post });
    expect(members[0]).toMatchObject({ id: 'a', state, mood });
  });

  test('counts the partitions that a member holds and the task groups in them', () => {
    const { members, partitions } = view({ alive: ['a', 'b'], holders: ['a', '', 'b', 'a'] }, {});
    expect(partitions).toBe(4);
    expect(members.map(({ holds, groups }) => [holds, groups])).toEqual([
      [[0, 3], 2],
      [[2], 1],
    ]);
  });

  test('says by which clock a takeover goes, how long one lasts already, and how the last one went', () => {
    const whole: Standing = { alive: ['a', 'b'], holders: ['a', 'b'] };
    const leaving = { member: 'a', partitions: [0], sinceMs: 400 };
    const notes = [
      view(whole, {}),
      view(whole, {}, { leaving: () => [{ ...leaving, how: 'killed' }] }),
      view(whole, {}, { leaving: () => [{ ...leaving, how: 'stopped' }] }),
      view(whole, {}, { handovers: [{ member: 'a', how: 'killed', partitions: 6, tookMs: 24_240 }] }),
      view(whole, {}, { handovers: [{ member: 'a', how: 'stopped', partitions: 5, tookMs: 700 }] }),
    ].map(({ note, isWaiting, last }) => [note, isWaiting, last]);
    const calm = 'a takeover takes up to 40 s by the clock on the wall';
    expect(notes).toEqual([
      [calm, false, ''],
      ['a killed 12 s ago: others have its 1 within 40 s by the clock on the wall', true, ''],
      ['a told to stop 12 s ago: hands its 1 over', true, ''],
      [calm, false, '6 taken over in 24.2 s'],
      [calm, false, '5 handed over in 0.7 s'],
    ]);
  });
});

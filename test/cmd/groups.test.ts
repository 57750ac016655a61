import { describe, expect, test } from 'vitest';
import { encodeGroupName } from '../../src/domain/group/group-document.ts';
import { keysBelow } from '../../src/domain/keys.ts';
import { openFailsafeRoom, putStates } from './failsafe-room.ts';
import { configText, keys, openGroupRoom } from './group-room.ts';

describe('groups', () => {
  test('lists members, leader and what is stored', async () => {
    const room = await openGroupRoom();
    room.consul.putKey(keys.groupConfig('blue'), configText({ partitions: 8 }));
    const [a] = await Promise.all([room.join('a'), room.join('b', { isReady: false })]);
    (await room.join('c')).die();
    await a.lead();
    putStates(room, 'jobs/web/group');
    const { code, out, err } = await room.command('groups');
    expect([code, err]).toEqual([0, []]);
    expect(out).toEqual([
      'GROUP  KEY ROOT           ALIVE  READY  LEADER  PARTITIONS  STATUS',
      'blue   replicator/config  2      1      a       8           running',
    ]);
  });

  test('as JSON, with every member', async () => {
    const room = await openGroupRoom();
    room.consul.putKey(keys.groupConfig('blue'), configText());
    const a = await room.join('a');
    (await room.join('b')).die();
    await a.lead();
    const { out } = await room.command('groups', '--json');
    const of = { name: 'host-a', address: '10.0.0.1', port: 1313, version: '2.0.0' };
    expect(JSON.parse(out.join())).toEqual([
      {
        group: 'blue',
        key_root: keys.root,
        owns_key_root: true,
        alive: 1,
        ready: 1,
        leader: 'a',
        paused: false,
        failsafe: false,
        partitions: 16,
        configured_by: 'ann@here',
        configured_at: '1970-01-01T00:00:00Z',
        members: [
          { id: 'a', alive: true, ready: true, leader: true, ...of },
          { id: 'b', alive: false, ready: false, leader: false, ...of, name: 'host-b' },
        ],
      },
    ]);
  });

  test.each([
    ['nobody lives', {}, 'no member is alive'],
    ['it is paused', { [keys.paused]: '{"set":true,"by":"ann","at":"noon"}' }, 'paused by ann at noon'],
    ['failsafe is set', { [keys.failsafe]: '{"set":true}' }, 'failsafe'],
    ['the flag cannot be read', { [keys.paused]: '{' }, 'paused'],
    [
      'the key root is another’s',
      { [keys.group]: encodeGroupName('green') },
      'left over: the key root is green',
    ],
    ['the key root names nothing', { [keys.group]: '{' }, 'the key root names no group that can be read'],
  ])('says that %s', async (_what, entries, status) => {
    const room = await openGroupRoom();
    room.consul.putKey(keys.groupConfig('blue'), configText());
    for (const [key, text] of Object.entries(entries)) room.consul.putKey(key, text);
    const { out } = await room.command('groups');
    expect(out.find((line) => line.startsWith('blue'))).toContain(status);
  });

  test('finds the groups of key roots that lie beside its own, and no others', async () => {
    const room = await openGroupRoom();
    for (const [root, name] of [
      ['replicator/other', 'red'],
      ['replicator/deep/er', 'far'],
      ['elsewhere/config', 'gone'],
    ] as const) {
      room.consul.putKey(keysBelow(root).group, encodeGroupName(name));
    }
    const { out } = await room.command('groups');
    expect(out.slice(1).map((line) => line.split(/ +/).slice(0, 2))).toEqual([
      ['blue', 'replicator/config'],
      ['red', 'replicator/other'],
    ]);
  });

  test('a key root without a parent stands alone', async () => {
    const room = await openFailsafeRoom();
    for (const root of ['mine', 'yours']) room.consul.putKey(`${root}/group`, encodeGroupName(root));
    const { out } = await room.command('groups', '-consul-key-root=mine');
    expect(out.slice(1).map((line) => line.split(' ')[0])).toEqual(['mine']);
  });

  test('says when there is none', async () => {
    const room = await openFailsafeRoom();
    putStates(room, 'jobs/web/group');
    const [told, asked] = [await room.command('groups'), await room.command('groups', '-json')];
    expect([told.code, told.out]).toEqual([
      0,
      [expect.stringMatching(/^No group is stored below replicator\//)],
    ]);
    expect(asked.out).toEqual(['[]']);
  });
});

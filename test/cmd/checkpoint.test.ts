import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { encodeCheckpoint } from '../../src/domain/checkpoint-document.ts';
import { encodeGroupOperation } from '../../src/domain/operation-document.ts';
import type { ScalingState } from '../../src/domain/scaling-state.ts';
import { decodeState } from '../../src/domain/state-document.ts';
import { anOperation } from '../domain/build.ts';
import { type FailsafeRoom, openFailsafeRoom, ROOT, stateText } from './failsafe-room.ts';
import { keys, openGroupRoom } from './group-room.ts';

const base = mkdtempSync(join(tmpdir(), 'replicator-checkpoint-'));
afterAll(() => rmSync(base, { recursive: true }));
const made = { folder: base };
beforeEach(() => {
  made.folder = mkdtempSync(join(base, 'test-'));
});
const file = (name = 'states.json'): string => join(made.folder, name);

const API = `${ROOT}/state/jobs/web/api`;
const ODD = `${ROOT}/state/namespaces/prod/jobs/a/b/web`;
const POOL = `${ROOT}/state/nodes/big`;
const OPERATION = `${ROOT}/operations/jobs/web/api`;

const scaled: Partial<ScalingState> = {
  failureCount: 2,
  lastFailureEvent: '2026-11-24T11:00:00.123456789Z',
  lastScalingEvent: '2026-11-24T10:00:00+01:00',
  lastNotificationEvent: '2026-11-20T10:00:00Z',
  scaleInRequests: 1,
  scaleOutRequests: 7,
  unknown: [{ key: 'of_tomorrow', raw: '{"a": 12345678901234567890}' }],
};
const inFailsafe: Partial<ScalingState> = { ...scaled, failsafeMode: true, alarmOpen: true };
/** As somebody may have put it there by hand. */
const BY_HAND = '{\n  "zeta": 1.50, "failure_count":4 ,"last_updated": "2020-01-01T00:00:00Z",\n "b":[ ]}';

/** State objects of every kind. */
function fill(room: FailsafeRoom): void {
  room.consul.putKey(API, stateText(API, scaled));
  room.consul.putKey(ODD, BY_HAND);
  room.consul.putKey(POOL, stateText(POOL, { ...inFailsafe, failedDrains: { n: '2026-11-24T11:00:00Z' } }));
}

function stateAt(room: FailsafeRoom, key: string): ScalingState {
  const reading = decodeState(room.consul.key(key)?.text ?? '');
  if (!reading.ok) throw new Error(reading.fault);
  return reading.state;
}

const withoutTime = (text: string | undefined): string =>
  text?.replace(/("last_updated": ?)"[^"]*"/, '$1""') ?? '';

/** What is there, but for `last_updated`. */
function timeless(room: FailsafeRoom): Record<string, string> {
  return Object.fromEntries(Object.entries(room.dump()).map(([key, text]) => [key, withoutTime(text)]));
}

describe('a backup', () => {
  test('has every state object byte for byte, and no operation', async () => {
    const room = await openGroupRoom();
    fill(room);
    room.consul.putKey(OPERATION, encodeGroupOperation(anOperation({ phase: 'requested' })));
    const { code, out, err } = await room.command('checkpoint-backup', '-group=blue', `-output=${file()}`);
    expect([code, err]).toEqual([0, []]);
    expect(out).toEqual([
      `${file()}: 3 state objects from below ${ROOT}/state/, in the Consul at http://${room.address}.`,
    ]);
    const text = readFileSync(file(), 'utf8');
    expect(JSON.parse(text)).toMatchObject({
      form: 1,
      key_root: ROOT,
      group: 'blue',
      states: { 'jobs/web/api': {}, 'namespaces/prod/jobs/a/b/web': {}, 'nodes/big': {} },
    });
    for (const key of [API, ODD, POOL]) expect(text).toContain(room.consul.key(key)?.text);
    expect(text).not.toContain('requested');
  });

  test('is never written over a file, unless it is told to', async () => {
    const room = await openGroupRoom();
    fill(room);
    writeFileSync(file(), 'mine');
    const flags = ['-group=blue', `-output=${file()}`];
    const refused = await room.command('checkpoint-backup', ...flags);
    expect([refused.code, refused.err]).toEqual([
      1,
      [`replicator checkpoint-backup: ${file()}: exists already; -force replaces it`],
    ]);
    expect(readFileSync(file(), 'utf8')).toBe('mine');
    const { code } = await room.command('checkpoint-backup', ...flags, '-force');
    expect([code, readFileSync(file(), 'utf8').startsWith('{\n')]).toEqual([0, true]);
    expect(readdirSync(made.folder)).toEqual(['states.json']);
  });

  test('names the objects that cannot be read, and has the others', async () => {
    const room = await openGroupRoom();
    fill(room);
    room.consul.putKey(API, '{"failure_count":"many"}');
    const flags = ['-group=blue', '--json', `-output=${file()}`];
    const { code, out, err } = await room.command('checkpoint-backup', ...flags);
    expect(code).toBe(1);
    expect(JSON.parse(out.join())).toMatchObject({
      output: file(),
      written: ['task group prod:a/b/web', 'worker pool big'],
      unreadable: ['task group web/api'],
    });
    expect(err.at(-1)).toContain('left out, cannot be read: task group web/api');
    expect(Object.keys((JSON.parse(readFileSync(file(), 'utf8')) as { states: object }).states)).toHaveLength(
      2,
    );
  });

  test.each([
    ['no output', [], 'give -output: the file to write'],
    [
      'a folder that is not there',
      ['-output=/nowhere/x.json'],
      '/nowhere/x.json: cannot be written (ENOENT)',
    ],
    ['a folder in its place', ['-force', `-output=${base}`], 'cannot be written (EISDIR)'],
  ])('with %s is refused', async (_what, flags, line) => {
    const room = await openGroupRoom();
    const { code, out, err } = await room.command('checkpoint-backup', '-group=blue', ...flags);
    expect([code, out, err]).toEqual([1, [], [expect.stringContaining(line)]]);
  });
});

describe('backup, clear and restore', () => {
  test.each([
    ['of a group', true, []],
    ['of standalone agents', false, []],
    ['with failsafe', true, ['-failsafe']],
  ])('%s: every byte is as it was, but for last_updated', async (_what, isGroup, flags) => {
    const room = isGroup ? await openGroupRoom() : await openFailsafeRoom();
    const group = isGroup ? ['-group=blue'] : [];
    fill(room);
    await room.command('pause', ...group);
    const before = timeless(room);
    const run = async (command: string, ...more: string[]): Promise<void> => {
      expect((await room.command(command, ...group, ...more)).code).toBe(0);
    };
    await run('checkpoint-backup', `-output=${file()}`);
    await run('checkpoint-clear', ...flags);
    expect(timeless(room)).not.toEqual(before);
    await run('checkpoint-restore', `-input=${file()}`, ...flags);
    expect(timeless(room)).toEqual(before);
    expect(stateAt(room, ODD).lastUpdated.startsWith('20')).toBe(true);
    expect(stateAt(room, ODD).lastUpdated).not.toBe('2020-01-01T00:00:00Z');
  });
});

describe('checkpoint-clear', () => {
  test('sets counters, cooldowns and directions back; all else, failsafe too, stays', async () => {
    const room = await openGroupRoom();
    fill(room);
    const before = stateAt(room, POOL);
    const { code, out, err } = await room.command('checkpoint-clear', '-group=blue');
    expect([code, err]).toEqual([0, []]);
    expect(out).toEqual([
      `3 state objects cleared below ${ROOT}/state/, in the Consul at http://${room.address}.`,
      'Failsafe stays set, -failsafe resets it: worker pool big.',
    ]);
    expect(stateAt(room, POOL)).toEqual({
      ...before,
      failureCount: 0,
      lastFailureEvent: '',
      lastScalingEvent: '0001-01-01T00:00:00Z',
      failedDrains: {},
      scaleInRequests: 0,
      scaleOutRequests: 0,
      lastUpdated: expect.any(String),
    });
    const again = await room.command('checkpoint-clear', '-group=blue');
    expect(again.out.slice(0, 2)).toEqual([
      expect.stringMatching(/^0 state objects cleared/),
      'So already: 3 state objects.',
    ]);
  });

  test('resets failsafe when it is told to; that somebody was told of it is not forgotten', async () => {
    const room = await openGroupRoom();
    fill(room);
    room.consul.putKey(keys.failsafe, '{"set":true}');
    const { code, out } = await room.command('checkpoint-clear', '-group=blue', '-failsafe', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out.join())).toEqual({
      group: 'blue',
      key_root: ROOT,
      written: ['task group web/api', 'task group prod:a/b/web', 'worker pool big'],
      unchanged: [],
      skipped: [],
      unreadable: [],
      failsafe_kept: [],
    });
    expect(stateAt(room, POOL)).toMatchObject({ failsafeMode: false, failsafeAdmin: false, alarmOpen: true });
    expect(room.json(keys.failsafe)).toEqual({ set: true });
  });
});

describe('checkpoint-catch-up', () => {
  test('counters are 0 and cooldowns start now; failsafe stays', async () => {
    const room = await openGroupRoom();
    fill(room);
    const beforeMs = Date.now();
    const { code, out } = await room.command('checkpoint-catch-up', '-group=blue');
    expect([code, out[1]]).toEqual([0, 'Failsafe stays set: worker pool big.']);
    for (const key of [API, ODD, POOL]) {
      const state = stateAt(room, key);
      expect(Date.parse(state.lastScalingEvent)).toBeGreaterThanOrEqual(beforeMs);
      expect(state).toMatchObject({ failureCount: 0, lastFailureEvent: '', failedDrains: {} });
      expect(state).toMatchObject({ scaleInRequests: 0, scaleOutRequests: 0 });
    }
    expect(stateAt(room, POOL)).toMatchObject({ failsafeMode: true, alarmOpen: true });
  });
});

/** A checkpoint file with this one state object. */
function save(path: string, text: string, keyRoot = ROOT): string {
  const states = [{ path, text }];
  writeFileSync(file(), encodeCheckpoint({ keyRoot, group: '', by: 'ann', atMs: 0, states }));
  return `-input=${file()}`;
}

describe('checkpoint-restore', () => {
  test('makes an object that is not there any more, and leaves those alone that were not saved', async () => {
    const room = await openFailsafeRoom();
    fill(room);
    const pool = room.consul.key(POOL)?.text;
    const input = save('jobs/gone/api', stateText(`${ROOT}/state/jobs/gone/api`, scaled));
    const { code, out } = await room.command('checkpoint-restore', input);
    expect([code, out[0]]).toEqual([0, expect.stringMatching(/^1 state object restored/)]);
    expect(stateAt(room, `${ROOT}/state/jobs/gone/api`)).toMatchObject({ scaleOutRequests: 7 });
    expect(room.consul.key(POOL)?.text).toBe(pool);
  });

  test.each<[string, readonly string[], Partial<ScalingState>]>([
    ['stays set', [], { failsafeMode: true, failsafeAdmin: true, alarmOpen: true, scaleOutRequests: 7 }],
    ['is reset when told to', ['-failsafe'], { failsafeMode: false, failsafeAdmin: false, alarmOpen: true }],
  ])('failsafe that is set now %s', async (_what, flags, after) => {
    const room = await openFailsafeRoom();
    const now = { failsafeMode: true, failsafeAdmin: true, alarmOpen: true };
    room.consul.putKey(API, stateText(API, now));
    const { code, out } = await room.command(
      'checkpoint-restore',
      save('jobs/web/api', stateText(API, scaled)),
      ...flags,
    );
    expect([code, stateAt(room, API)]).toEqual([0, expect.objectContaining(after)]);
    const kept = 'Failsafe stays set, -failsafe resets it: task group web/api.';
    expect(out.includes(kept)).toBe(flags.length === 0);
  });

  test('sets failsafe that was saved, and tells anew whom it told then', async () => {
    const room = await openFailsafeRoom();
    room.consul.putKey(API, stateText(API));
    await room.command('checkpoint-restore', save('jobs/web/api', stateText(API, inFailsafe)));
    expect(stateAt(room, API)).toMatchObject({ failsafeMode: true, alarmOpen: false });
  });

  test('to another key root names its own', async () => {
    const room = await openFailsafeRoom();
    const input = save('jobs/web/api', stateText('old/root/state/jobs/web/api', scaled), 'old/root');
    await room.command('checkpoint-restore', input);
    expect(stateAt(room, API)).toMatchObject({ statePath: API, scaleOutRequests: 7 });
  });

  const good = '{"failure_count":1}';
  test.each<[string, string, readonly RegExp[]]>([
    ['no JSON', 'job_scaling_interval = 5', [/: is no checkpoint: not a JSON object$/]],
    ['another document', '{"form":2}', [/: is no checkpoint: form cannot be read$/]],
    ['no state objects', '{"form":1,"states":[]}', [/: is no checkpoint: states cannot be read$/]],
    [
      'bad state objects',
      `{"form":1,"key_root":"r","group":"","by":"a","at":"2026-01-01T00:00:00Z","states":{"jobs/web/api":${good},
       "jobs/web/api":${good},"jobs/x":${good},"nodes/":${good},"nodes/a":{"failure_count":-1},"nodes/b":7}}`,
      [
        /: states: jobs\/web\/api: stands there twice$/,
        /: states: jobs\/x: is no path of a state object$/,
        /: states: nodes\/: is no path of a state object$/,
        /: states: nodes\/a: failure_count is -1$/,
        /: states: nodes\/b: not a JSON object$/,
      ],
    ],
  ])('refuses %s, with every fault, and writes nothing', async (_what, text, lines) => {
    const room = await openFailsafeRoom();
    fill(room);
    const before = room.dump();
    writeFileSync(file(), text);
    const { code, out, err } = await room.command('checkpoint-restore', `-input=${file()}`);
    expect([code, out, err]).toEqual([1, [], lines.map((line) => expect.stringMatching(line))]);
    expect(room.dump()).toEqual(before);
  });

  test.each([
    ['no input', [], 'give -input: the file that checkpoint-backup has written'],
    ['a file that is not there', ['-input=/nowhere'], '/nowhere: no such file or directory'],
  ])('refuses %s', async (_what, flags, line) => {
    const room = await openFailsafeRoom();
    const { code, err } = await room.command('checkpoint-restore', ...flags);
    expect([code, err]).toEqual([1, [expect.stringContaining(line)]]);
  });
});

const input = (): string => save('jobs/web/api', stateText(API, { scaleOutRequests: 9 }));

describe.each(['checkpoint-clear', 'checkpoint-catch-up', 'checkpoint-restore'])('%s', (command) => {
  const flags = (): string[] => (command === 'checkpoint-restore' ? [input()] : []);

  test('leaves a resource alone that has an operation, and names it', async () => {
    const room = await openFailsafeRoom();
    fill(room);
    room.consul.putKey(OPERATION, encodeGroupOperation(anOperation({ phase: 'requested' })));
    const before = room.dump();
    const { code, out } = await room.command(command, ...flags());
    expect(code).toBe(0);
    expect(out).toContain('Left alone, an operation is under way: task group web/api (requested).');
    expect([room.dump()[API], room.dump()[OPERATION]]).toEqual([before[API], before[OPERATION]]);
  });

  test('also when the operation has begun in the meantime', async () => {
    const room = await openFailsafeRoom();
    fill(room);
    const before = room.consul.key(API)?.text;
    room.intercept = ({ path }) => {
      const text = encodeGroupOperation(anOperation({ phase: 'requested' }));
      if (path === '/v1/txn') room.consul.putKey(OPERATION, text);
      return undefined;
    };
    const { out } = await room.command(command, ...flags());
    expect(out).toContain('Left alone, an operation is under way: task group web/api (requested).');
    expect(room.consul.key(API)?.text).toBe(before);
  });

  test('works on top of what an agent has written in between', async () => {
    const room = await openFailsafeRoom();
    fill(room);
    const state = { isDone: false };
    room.intercept = ({ path }) => {
      if (path !== '/v1/txn' || state.isDone) return undefined;
      state.isDone = true;
      room.consul.putKey(API, stateText(API, inFailsafe));
      return undefined;
    };
    const { code, out } = await room.command(command, ...flags());
    expect(code).toBe(0);
    expect(out.join()).toMatch(/Failsafe stays set.*task group web\/api/);
    expect(stateAt(room, API)).toMatchObject({ failsafeMode: true, alarmOpen: true, failureCount: 0 });
  });

  test('leaves an object alone that cannot be read, names it, and goes on', async () => {
    const room = await openFailsafeRoom();
    fill(room);
    room.consul.putKey(API, '{"failure_count":"many"}');
    const { code, err } = await room.command(command, ...flags());
    expect(code).toBe(1);
    expect(err).toEqual([
      expect.stringContaining('left alone, cannot be read: task group web/api (failure_count is "many")'),
    ]);
    expect(room.consul.key(API)?.text).toBe('{"failure_count":"many"}');
    expect(stateAt(room, POOL).scaleOutRequests).toBe(command === 'checkpoint-restore' ? 7 : 0);
  });
});

describe.each(['backup', 'clear', 'catch-up', 'restore'])('checkpoint-%s is refused', (name) => {
  const flags = (): string[] => {
    if (name === 'restore') return [input()];
    return name === 'backup' ? [`-output=${file('new.json')}`] : [];
  };

  test.each([
    ['without the group whose key root it is', [], /belongs to the group blue: give -group=blue/],
    ['for another group', ['-group=green'], /belongs to the group blue, not to green/],
  ])('%s', async (_what, group, line) => {
    const room = await openGroupRoom();
    fill(room);
    const before = room.dump();
    const { code, out, err } = await room.command(`checkpoint-${name}`, ...group, ...flags());
    expect([code, out, err]).toEqual([1, [], [expect.stringMatching(line)]]);
    expect(room.dump()).toEqual(before);
    expect(readdirSync(made.folder)).not.toContain('new.json');
  });
});

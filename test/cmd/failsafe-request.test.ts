import { describe, expect, test } from 'vitest';
import { openFailsafeRoom, putStates, ROOT } from './failsafe-room.ts';

const FLAG = `${ROOT}/failsafe`;
const CANCELLED = 'Cancelled. Nothing was changed.';
const NOT_QUITE = 'Cancelled: only an exact y confirms. Nothing was changed.';

describe('the question', () => {
  test.each([
    ['', 0, CANCELLED],
    ['n', 0, CANCELLED],
    ['N', 0, CANCELLED],
    ['no', 0, CANCELLED],
    ['Nope', 0, CANCELLED],
    ['yes', 0, NOT_QUITE],
    ['Yes', 0, NOT_QUITE],
    ['YY', 0, NOT_QUITE],
    ['y ', 0, NOT_QUITE],
    ['Y', 1, NOT_QUITE],
    ['x', 1, NOT_QUITE],
    [' y', 1, NOT_QUITE],
    ['1', 1, NOT_QUITE],
    ['ja', 1, NOT_QUITE],
    [undefined, 1, NOT_QUITE],
  ])('%j cancels with exit code %i', async (line, code, says) => {
    const room = await openFailsafeRoom();
    const outcome = await room.answer(line, '-enable');
    expect(outcome).toMatchObject({ code, err: [], asked: expect.any(String) });
    expect(outcome.out.at(-1)).toBe(says);
    expect(room.dump()).toEqual({});
  });

  test.each(['-enable', '-disable'])('y confirms %s', async (flag) => {
    const room = await openFailsafeRoom();
    if (flag === '-disable') await room.run('-enable', '-force');
    const { code, err, out } = await room.answer('y', flag);
    expect({ code, err }).toEqual({ code: 0, err: [] });
    expect(out.at(-1)).toContain(`Failsafe mode is ${flag === '-enable' ? 'set' : 'reset'} for everything`);
    expect(room.json(FLAG)).toMatchObject({ set: flag === '-enable' });
  });

  test('is not asked with -force', async () => {
    const room = await openFailsafeRoom();
    expect(await room.answer('n', '-enable', '-force')).toMatchObject({ code: 0, asked: undefined });
    expect(room.json(FLAG)).toMatchObject({ set: true });
  });

  test('needs a terminal, or -force', async () => {
    const room = await openFailsafeRoom();
    expect(await room.run('-enable')).toEqual({
      code: 1,
      out: [],
      err: ['replicator failsafe: there is no terminal to ask at; with -force it asks nothing'],
      asked: undefined,
    });
    expect(room.dump()).toEqual({});
  });

  test('is not asked where there is nothing to do', async () => {
    const room = await openFailsafeRoom();
    expect(await room.run('-disable')).toEqual({
      code: 0,
      out: [
        `Failsafe mode is not set: everything below ${ROOT}, in the Consul at http://${room.address}. Nothing was changed.`,
      ],
      err: [],
      asked: undefined,
    });
    expect(room.dump()).toEqual({});
  });
});

describe('what is asked for', () => {
  const exactlyOne = 'replicator failsafe: give exactly one of -enable and -disable';
  const atMostOne = 'replicator failsafe: give at most one of -state-path, -job and -worker-pool';
  const path = `${ROOT}/state/jobs/web/api`;
  test.each([
    [[], exactlyOne],
    [['-force'], exactlyOne],
    [['-enable', '-disable', '-force'], exactlyOne],
    [['-enable=false', '-force'], exactlyOne],
    [['-enable', '-job=web/api', '-worker-pool=p', '-force'], atMostOne],
    [['-enable', `-state-path=${path}`, '-job', 'web/api', '-force'], atMostOne],
    [['-enable', '-worker-pool', 'p', `--state-path=${path}`, '-force'], atMostOne],
    [
      ['-enable', `-state-path=${FLAG}`, '-force'],
      `replicator failsafe: -state-path: a state object lies below ${ROOT}/state/`,
    ],
  ])('%j is refused by one line', async (flags, line) => {
    const room = await openFailsafeRoom();
    putStates(room, 'jobs/web/api', 'nodes/p');
    const before = room.dump();
    expect(await room.run(...flags)).toMatchObject({ code: 1, out: [], err: [line] });
    expect(room.dump()).toEqual(before);
  });

  test.each([
    ['-state-path=', '-state-path'],
    ['-job=', '-job'],
    ['-worker-pool=', '-worker-pool'],
  ])('an empty %s does not stand for everything', async (flag, name) => {
    const room = await openFailsafeRoom();
    const { code, err } = await room.run('-enable', '-force', flag);
    expect([code, err[0]]).toEqual([1, `replicator failsafe: ${name}: needs a value`]);
    expect(room.dump()).toEqual({});
  });

  test('-disable=true counts, and flags may have two dashes', async () => {
    const room = await openFailsafeRoom();
    expect(await room.run('--enable=true', '--force')).toMatchObject({ code: 0 });
    expect(await room.run('--disable=true', '--enable=false', '--force')).toMatchObject({ code: 0 });
    expect(room.json(FLAG)).toMatchObject({ set: false });
  });
});

describe('what is said before the question', () => {
  const at = (address: string): string => `in the Consul at http://${address}.`;
  const operation = { form: 1, resource_type: 'job_group', phase: 'confirming' };

  test('of setting it for everything: what, where, how much, and what stands still', async () => {
    const room = await openFailsafeRoom();
    putStates(room, 'jobs/web/api', 'jobs/web/db', 'nodes/blue');
    room.consul.putKey(`${ROOT}/operations/jobs/web/api`, JSON.stringify(operation));
    const { out } = await room.answer('', '-enable');
    expect(out).toEqual([
      `This sets failsafe mode for everything below ${ROOT} (key ${FLAG}), ${at(room.address)}`,
      'No agent scales anything there until it is reset; known there: 2 task groups, 1 worker pool.',
      'Under way, and stopped where it is: task group web/api (unreadable).',
      CANCELLED,
    ]);
  });

  test('of setting it for one group: that all else goes on', async () => {
    const room = await openFailsafeRoom();
    const [key] = putStates(room, 'jobs/web/api', 'jobs/web/db');
    room.consul.putKey(`${ROOT}/operations/jobs/web/db`, JSON.stringify(operation));
    const { out } = await room.answer('', '-enable', '-job=web/api');
    expect(out).toEqual([
      `This sets failsafe mode for task group web/api (key ${key}), ${at(room.address)}`,
      'No agent scales it until it is reset; all other groups and pools go on.',
      CANCELLED,
    ]);
  });

  test('of resetting it for a job: each group, why it was set, and that the flag for everything remains', async () => {
    const room = await openFailsafeRoom();
    const keys = putStates(room, 'jobs/web/api', 'jobs/web/db', 'jobs/web/off');
    await room.run('-enable', '-force', '-job=web/api');
    const tripped = room.consul.key(keys[1] ?? '')?.text ?? '';
    room.consul.putKey(
      keys[1] ?? '',
      tripped.replace('"failsafe_mode":false,"failure_count":0', '"failsafe_mode":true,"failure_count":3'),
    );
    await room.run('-enable', '-force');
    const { out } = await room.answer('', '-disable', '-job=web');
    expect(out).toEqual([
      `This resets failsafe mode for task group web/api (key ${keys[0]}), task group web/db (key ${keys[1]}), ${at(room.address)}`,
      'task group web/api: set by an operator, task group web/db: set after failures (3).',
      'Earlier failures are forgotten; agents scale again at once, and go on with what was stopped.',
      'Failsafe mode for everything is set besides: nothing is scaled until that is reset too.',
      CANCELLED,
    ]);
  });

  test('of resetting it for everything: who had set it, and what stays in failsafe mode of its own', async () => {
    const room = await openFailsafeRoom();
    putStates(room, 'namespaces/prod/jobs/web/api', 'nodes/blue');
    await room.run('-enable', '-force', '-job=prod:web/api');
    const flag = { set: true, by: 'ann@\u001b[2Jdesk', at: '2026-11-24T11:59:00Z', reason: 'x' };
    room.consul.putKey(FLAG, JSON.stringify(flag));
    const { out } = await room.answer('', '-disable');
    expect(out.slice(1, -1)).toEqual([
      `everything below ${ROOT}: set by ann@ [2Jdesk at 2026-11-24T11:59:00Z.`,
      'Agents scale again at once, and go on with operations that were stopped.',
      'In failsafe mode of their own, to be reset one by one: task group prod:web/api.',
    ]);
  });
});

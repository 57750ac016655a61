import { describe, expect, test } from 'vitest';
import { openFailsafeRoom, putStates, ROOT, stateText, type FailsafeRoom } from './failsafe-room.ts';

const STATES = [
  'jobs/web/api',
  'jobs/web/db',
  'jobs/team/web/api',
  'jobs/a/b',
  'jobs/a/b/c',
  'jobs/prod:web/api',
  'namespaces/prod/jobs/shop/cart',
  'namespaces/prod/jobs/shop/till',
  'namespaces/prod/jobs/web/api',
  'nodes/blue',
  'nodes/eu/green',
];

/** The states that are in failsafe mode, by the rest of their keys. */
function setStates(room: FailsafeRoom): readonly string[] {
  const isSet = (text: string | undefined): boolean =>
    (JSON.parse(text ?? '{}') as { failsafe_mode?: boolean }).failsafe_mode === true;
  return Object.entries(room.dump())
    .filter(([key, text]) => key.startsWith(`${ROOT}/state/`) && isSet(text))
    .map(([key]) => key.slice(`${ROOT}/state/`.length));
}

describe('the resource that is meant', () => {
  test.each([
    ['-job=web/api', ['jobs/web/api']],
    ['-job=default:web/api', ['jobs/web/api']],
    ['-job=web', ['jobs/web/api', 'jobs/web/db']],
    ['-job=team/web/api', ['jobs/team/web/api']],
    ['-job=team/web', ['jobs/team/web/api']],
    ['-job=prod:shop/till', ['namespaces/prod/jobs/shop/till']],
    ['-job=prod:shop', ['namespaces/prod/jobs/shop/cart', 'namespaces/prod/jobs/shop/till']],
    ['-job=a/b', ['jobs/a/b']],
    ['-job=a/b/c', ['jobs/a/b/c']],
    ['-worker-pool=blue', ['nodes/blue']],
    ['-worker-pool=eu/green', ['nodes/eu/green']],
    [`-state-path=${ROOT}/state/jobs/web/db`, ['jobs/web/db']],
    [`-state-path=/${ROOT}/state/nodes/blue`, ['nodes/blue']],
    [`-state-path=${ROOT}/state/namespaces/prod/jobs/web/api`, ['namespaces/prod/jobs/web/api']],
  ])('%s is %j', async (scope, expected) => {
    const room = await openFailsafeRoom();
    putStates(room, ...STATES);
    expect(await room.run('-enable', '-force', scope)).toMatchObject({ code: 0, err: [] });
    expect(setStates(room)).toEqual(expected);
    expect(await room.run('-disable', '-force', scope)).toMatchObject({ code: 0, err: [] });
    expect(setStates(room)).toEqual([]);
    expect(room.consul.key(`${ROOT}/failsafe`)).toBeUndefined();
  });

  test('may lie below another key root, when its path says so', async () => {
    const room = await openFailsafeRoom();
    const key = 'other/root/state/jobs/web/api';
    room.consul.putKey(key, stateText(key));
    expect(await room.run('-enable', '-force', `-state-path=${key}`)).toMatchObject({ code: 0 });
    expect(room.json(key)).toMatchObject({ failsafe_mode: true });
  });

  test('is looked for below the key root that is configured', async () => {
    const room = await openFailsafeRoom();
    const key = 'other/root/state/nodes/blue';
    room.consul.putKey(key, stateText(key));
    const flags = ['-enable', '-force', '-consul-key-root=other/root'];
    expect(await room.run(...flags, '-worker-pool=blue')).toMatchObject({ code: 0 });
    expect(await room.run(...flags)).toMatchObject({ code: 0 });
    expect(Object.keys(room.dump())).toEqual(['other/root/failsafe', key]);
  });

  test('may be set in part: only the rest is written', async () => {
    const room = await openFailsafeRoom();
    const [api = '', db] = putStates(room, 'jobs/web/api', 'jobs/web/db');
    await room.run('-enable', '-force', '-job=web/api');
    const before = room.consul.key(api)?.text;
    const { out } = await room.run('-enable', '-force', '-job=web');
    expect(out).toEqual([
      `Failsafe mode is set for task group web/db (key ${db}), in the Consul at http://${room.address}.`,
    ]);
    expect(room.consul.key(api)?.text).toBe(before);
  });

  test('of two that are called alike is asked for by its path', async () => {
    const room = await openFailsafeRoom();
    putStates(room, ...STATES);
    const { code, err } = await room.run('-enable', '-force', '-job=prod:web/api');
    expect([code, err[0]]).toEqual([
      1,
      'replicator failsafe: more than one job is called so; name one task group with -state-path: ' +
        `${ROOT}/state/jobs/prod:web/api, ${ROOT}/state/namespaces/prod/jobs/web/api (Consul at http://${room.address})`,
    ]);
    expect(setStates(room)).toEqual([]);
  });
});

describe('a resource without a state object', () => {
  const wrote = 'agents write one when they first judge a resource';
  test.each([
    ['-job=web/apii', 'no state object web/apii; did you mean web/api?'],
    ['-job=wbe', 'no state object wbe; did you mean web?'],
    ['-job=blue', 'no state object blue'],
    ['-worker-pool=bleu', 'no state object bleu; did you mean blue?'],
    [
      `-state-path=${ROOT}/state/jobs/web/ap`,
      `no state object ${ROOT}/state/jobs/web/ap; did you mean ${ROOT}/state/jobs/web/api?`,
    ],
  ])('%s is told, with what there is', async (scope, says) => {
    const room = await openFailsafeRoom();
    putStates(room, 'jobs/web/api', 'nodes/blue');
    const before = room.dump();
    const { code, out, err } = await room.run('-enable', '-force', scope);
    const there = 'there are: task group web/api, worker pool blue';
    expect([code, out, err]).toEqual([
      1,
      [],
      [
        `replicator failsafe: ${says} (below ${ROOT}/state/; ${wrote}; ${there}) (Consul at http://${room.address})`,
      ],
    ]);
    expect(room.dump()).toEqual(before);
  });

  test('where there is none at all, the key root is questioned', async () => {
    const room = await openFailsafeRoom();
    const { code, err } = await room.run('-enable', '-force', '-job=web/api');
    expect([code, err[0]]).toEqual([
      1,
      expect.stringContaining('there is none at all: is the key root right?'),
    ]);
  });
});

import { describe, expect, test } from 'vitest';
import { keysBelow } from '../../src/domain/keys.ts';
import { type GroupCast, lockOfResource, locksOfKey } from './group-cast.ts';
import {
  type Beside,
  leads,
  operation,
  OPERATION,
  opens,
  registers,
  ROOT,
  rulesBroken,
  STATE,
  takes,
  type Told,
  writes,
} from './support/story.ts';

const GROUP: GroupCast = { name: 'blue', partitions: 16 };
const KEYS = keysBelow(ROOT);
const SPACE = { keyRoot: ROOT, group: GROUP };
const GROUPS: Beside = { group: GROUP };
const OWN = lockOfResource(SPACE, 'jobs/web/api') ?? '';
/** The lock of another partition. */
const FOREIGN = lockOfResource(SPACE, 'nodes/alpha') ?? '';
const ASSIGNMENT = 'groups/blue/assignment';

const intent = (at: number, lockKey = OWN, agent = 0, status = 200): Told =>
  writes(at, at, { [OPERATION]: operation('requested') }, { lockKey, agent, status });
const confirmed = (at: number, lockKey = OWN, agent = 0): Told =>
  writes(
    at,
    at,
    { [OPERATION]: operation('confirming'), [STATE]: { scaleout_requests: 1, scalein_requests: 0 } },
    { lockKey, agent },
  );
const gives = (at: number, key: string): Told => ({ at, path: `/v1/kv/${key}?release=s0`, reply: 'true' });
const readsGroup = (at: number, Session: string | undefined, ModifyIndex = 99): Told => ({
  at,
  method: 'GET',
  path: `/v1/kv/${KEYS.groupTree('blue')}?recurse&index=5`,
  reply: [{ Key: OWN, ModifyIndex, ...(Session !== undefined && { Session }) }],
});
const holds = (...keys: readonly string[]): Told[] => [opens(0), ...keys.map((key, n) => takes(5 + n, key))];
const claim = (at: number): Told => writes(at, 1, { group: { name: 'blue' } }, { session: '' });

const GOOD = [claim(1), ...holds(OWN), intent(1_000), registers(1_100, 3), confirmed(1_200)];

describe('in a group', () => {
  test('the partitions of a job and a pool are under two locks, and other keys under those of their writers', () => {
    expect([OWN, FOREIGN]).toEqual([
      expect.stringContaining('/partitions/'),
      expect.not.stringContaining(OWN),
    ]);
    expect(locksOfKey(SPACE, `${ROOT}/state/jobs/web/api`)).toEqual([OWN]);
    expect(locksOfKey(SPACE, `${ROOT}/operations/nodes/alpha`)).toEqual([FOREIGN]);
    expect(locksOfKey(SPACE, KEYS.assignment('blue'))).toEqual([KEYS.leader]);
    expect(locksOfKey(SPACE, KEYS.member('blue', 'a'))).toEqual([KEYS.member('blue', 'a'), KEYS.leader]);
    expect(locksOfKey(SPACE, `${ROOT}/failsafe`)).toEqual([]);
  });

  const innocent: readonly [sentence: string, story: readonly Told[]][] = [
    ['a scaling under the partition of its job', GOOD],
    ['two members, each with a partition of its own', [...GOOD, opens(500, 1), takes(510, FOREIGN, 1)]],
    [
      'a leader that is another than the one who scales',
      [...GOOD, ...leads(500, 1), writes(600, 7, { [ASSIGNMENT]: {} }, { agent: 1 })],
    ],
    [
      'a partition that is handed over and an operation that goes on under its new lock',
      [
        ...holds(OWN),
        intent(1_000),
        gives(1_050, OWN),
        opens(900, 1),
        takes(1_060, OWN, 1),
        intent(1_070, OWN, 1),
        registers(1_100, 3, 1),
        confirmed(1_200, OWN, 1),
      ],
    ],
    [
      'another partition given back in the middle',
      [...holds(OWN, FOREIGN), intent(1_000), gives(1_050, FOREIGN), registers(1_100, 3), confirmed(1_200)],
    ],
    [
      'an old read of the group that comes after the lock was taken',
      [
        ...holds(OWN),
        { ...readsGroup(2, 's1', 3), heldMs: 0 },
        intent(1_000),
        registers(1_100, 3),
        confirmed(1_200),
      ],
    ],
  ];

  test.each(innocent)('lets pass: %s', (_sentence, story) => {
    expect(rulesBroken(story, GROUPS)).toEqual([]);
  });

  const stories: readonly [sentence: string, rule: string, story: readonly Told[]][] = [
    [
      'a scaling under the lock of another partition',
      'lock',
      [...holds(FOREIGN), intent(1_000, FOREIGN), registers(1_100, 3), confirmed(1_200, FOREIGN)],
    ],
    [
      'an intent under the lock of another partition, though its own is held',
      'lock',
      [...holds(OWN, FOREIGN), intent(1_000, FOREIGN), registers(1_100, 3), confirmed(1_200)],
    ],
    [
      'a scaling under the lock of the leader alone',
      'lock',
      [...leads(0), intent(1_000, KEYS.leader), registers(1_100, 3), confirmed(1_200, KEYS.leader)],
    ],
    [
      'an assignment by one who does not lead',
      'lock',
      [...holds(OWN), writes(1_000, 7, { [ASSIGNMENT]: {} }, { lockKey: OWN })],
    ],
    [
      'a request after its partition was given back, though others are held',
      'lock',
      [...holds(OWN, FOREIGN), intent(1_000), gives(1_050, OWN), registers(1_100, 3), confirmed(1_200)],
    ],
    [
      'a request after its partition was granted to another member',
      'lock',
      [...holds(OWN), intent(1_000), opens(900, 1), takes(1_050, OWN, 1), registers(1_100, 3)],
    ],
    [
      'a request after the group was read, and somebody else has its partition',
      'lock',
      [...holds(OWN), readsGroup(400, 's1'), intent(1_000), registers(1_100, 3), confirmed(1_200)],
    ],
    [
      'a request after the group was read, and nobody has its partition',
      'lock',
      [...holds(OWN), readsGroup(400, undefined), intent(1_000), registers(1_100, 3), confirmed(1_200)],
    ],
    [
      'a write under a partition that another has been granted',
      'fence',
      [...holds(OWN), opens(800, 1), takes(900, OWN, 1), intent(1_000)],
    ],
    [
      'an assignment of a leader that another has followed',
      'fence',
      [...leads(0), ...leads(500, 1), writes(600, 7, { [ASSIGNMENT]: {} })],
    ],
    [
      'a request under an earlier lock of its partition than the one before it',
      'two locks',
      [
        ...holds(OWN),
        opens(900, 1),
        takes(1_050, OWN, 1),
        intent(1_000),
        intent(1_060, OWN, 1),
        registers(1_080, 3, 1),
        registers(1_100, 3, 0, 409),
      ],
    ],
    [
      'a write without a lock that is no claim',
      'fence',
      [writes(1_000, 10, { [STATE]: {} }, { session: '' })],
    ],
  ];

  test.each(stories)('finds %s', (_sentence, rule, story) => {
    expect(rulesBroken(story, GROUPS)).toContain(rule);
  });
});

test('a claim of the key root is no write of a standalone agent', () => {
  expect(rulesBroken([claim(1)])).toContain('fence');
});

import { describe, expect, test } from 'vitest';
import { type Stillness, waitForStillness } from '../../src/agent/operator/stillness.ts';
import { toConfirming } from '../../src/domain/group-operation.ts';
import { keysBelow } from '../../src/domain/keys.ts';
import { beginOut, type OutOperation } from '../../src/domain/pool-operation.ts';
import { encodeGroupOperation } from '../../src/domain/operation-document.ts';
import { encodePoolOperation } from '../../src/domain/pool-operation-document.ts';
import { anOperation } from '../domain/build.ts';
import { never, openRoom, type Room } from '../agent/consul-room.ts';

const keys = keysBelow('replicator/config');
const GROUP = 'replicator/config/operations/jobs/web/api';
const POOL = 'replicator/config/operations/nodes/blue';

const requested = anOperation({ phase: 'requested' });
const textOf = {
  requested: encodeGroupOperation(requested),
  reverting: encodeGroupOperation(anOperation({ phase: 'reverting' })),
  confirming: encodeGroupOperation(toConfirming(requested, { modifyIndex: 9, evaluationId: 'e' }, 0)),
};
const pool = beginOut(
  {
    pool: 'blue',
    region: 'eu-west-1',
    provider: 'aws',
    because: 'above',
    from: 2,
    to: 3,
    members: ['i-1', 'i-2'],
    message: 'scale out',
    retryThreshold: 3,
  },
  [],
  0,
);
const poolText = (more: Partial<OutOperation>): string => encodePoolOperation({ ...pool, ...more });

interface Waiting {
  /** When it was over, on the room's clock; undefined while it is not. */
  readonly endedMs: () => number | undefined;
  readonly told: readonly string[];
}

/** Begins to wait at time 0. */
function wait(room: Room, isStopped: (key: string) => boolean = () => true): Waiting {
  const state: { endedMs?: number } = {};
  const told: string[] = [];
  const hand = {
    coordination: room.coordination,
    clock: room.clock,
    by: 'ann',
    reason: 'a test',
    signal: never,
  };
  const stillness: Stillness = {
    keys,
    isStopped,
    waiting: (operations) => void told.push(...operations.map(({ label }) => label)),
  };
  const end = async (): Promise<void> => {
    await waitForStillness(hand, stillness);
    state.endedMs = room.clock.monotonicMs();
  };
  void end();
  return { endedMs: () => state.endedMs, told };
}

describe('after failsafe was set', () => {
  test.each([
    ['no operation is under way', {}],
    ['a group is confirming', { [GROUP]: textOf.confirming }],
    ['a pool has its answer', { [POOL]: poolText({ phase: 'launching', unansweredMs: 0 }) }],
    ['a pool is frozen', { [POOL]: poolText({ phase: 'requested', unansweredMs: 5, frozen: 'failsafe' }) }],
  ])('nothing is waited for when %s', async (_what, entries) => {
    const room = openRoom();
    for (const [key, text] of Object.entries(entries)) room.consul.putKey(key, text);
    const waiting = wait(room);
    await room.clock.advance(100);
    expect([waiting.endedMs() !== undefined, waiting.told]).toEqual([true, []]);
  });

  test.each([
    ['a group that has asked', GROUP, textOf.requested, 'task group web/api (requested)'],
    ['a group that puts its count back', GROUP, textOf.reverting, 'task group web/api (reverting)'],
    ['a group whose operation cannot be read', GROUP, '{', 'task group web/api (unreadable)'],
    ['a pool without an answer', POOL, poolText({ unansweredMs: 5 }), 'worker pool blue (requested)'],
    ['a pool whose operation cannot be read', POOL, '{', 'worker pool blue (unreadable)'],
  ])('%s is waited for until its intent is too old', async (_what, key, text, label) => {
    const room = openRoom();
    room.consul.putKey(key, text);
    const waiting = wait(room);
    await room.clock.advance(9_900);
    expect([waiting.endedMs(), waiting.told]).toEqual([undefined, [label]]);
    await room.clock.advance(200);
    expect(waiting.endedMs()).toBeGreaterThanOrEqual(10_000);
  });

  test.each([
    ['it is confirming', textOf.confirming],
    ['it is over', undefined],
  ])('the wait ends as soon as %s', async (_what, next) => {
    const room = openRoom();
    room.consul.putKey(GROUP, textOf.requested);
    const waiting = wait(room);
    await room.clock.advance(3_000);
    expect(waiting.endedMs()).toBeUndefined();
    if (next === undefined) {
      const { entries } = await read(room, GROUP);
      const change = { kind: 'delete', key: GROUP, index: entries[0]?.index ?? 0 } as const;
      await during(room, room.coordination.checkAndSet([change], never));
    } else room.consul.putKey(GROUP, next);
    await room.clock.advance(500);
    expect(waiting.endedMs()).toBeLessThan(4_000);
    expect(waiting.told).toHaveLength(1);
  });

  test('operations of other resources are not waited for', async () => {
    const room = openRoom();
    room.consul.putKey(GROUP, textOf.requested);
    const waiting = wait(room, (key) => key === POOL);
    await room.clock.advance(100);
    expect(waiting.endedMs()).toBeDefined();
  });

  test('a Consul that does not tell is waited out', async () => {
    const room = openRoom();
    room.consul.putKey(GROUP, textOf.requested);
    const waiting = wait(room);
    await room.clock.advance(1_000);
    room.consul.restartEmpty();
    await room.clock.advance(8_900);
    expect(waiting.endedMs()).toBeUndefined();
    await room.clock.advance(200);
    expect(waiting.endedMs()).toBeGreaterThanOrEqual(10_000);
  });
});

function read(room: Room, key: string): ReturnType<Room['coordination']['readKey']> {
  return during(room, room.coordination.readKey(key, 0, never));
}

/** Lets the room's time pass until the call is over. */
async function during<T>(room: Room, call: Promise<T>): Promise<T> {
  const state = { isOver: false };
  const over = call.finally(() => {
    state.isOver = true;
  });
  while (!state.isOver) await room.clock.advance(10);
  return over;
}

import { describe, expect, onTestFinished, test } from 'vitest';
import { startLeadership, type Leadership } from '../../src/agent/leadership.ts';
import type { Term } from '../../src/agent/term.ts';
import { LEASE_TIMINGS } from '../../src/domain/lease.ts';
import type { Match } from '../support/virtual-wire.ts';
import { openRoom, type Room } from './consul-room.ts';

const LOCK = 'replicator/config/leader';
const ATTEMPTS = /PUT .*\?acquire=/;
const isRenewal: Match = ({ path }) => path.startsWith('/v1/session/renew/');

interface Rig extends Room, Leadership {
  readonly terms: readonly Term[];
}

function start(room = openRoom()): Rig {
  const terms: Term[] = [];
  const leadership = startLeadership({
    coordination: room.coordination,
    clock: room.machine,
    timings: LEASE_TIMINGS,
    partition: { number: 0, lockKey: LOCK },
    emit: room.emit,
    outages: room.outages,
    began: (term) => terms.push(term),
  });
  onTestFinished(async () => {
    await leadership.stop();
  });
  return { ...room, ...leadership, terms };
}

/** Deletes a key as an operator would. */
async function deleteKey({ consul }: Room, key: string): Promise<void> {
  const { signal } = new AbortController();
  const query = new URLSearchParams();
  await consul.handle({ method: 'DELETE', path: `/v1/kv/${key}`, query, headers: {}, body: '', signal });
}

describe('standing for the lock', () => {
  test('a free lock is taken at once', async () => {
    const { clock, holder, terms, told, keeper } = start();
    await clock.advance(10);
    expect(holder.term()?.session).toBe(keeper.current()?.id);
    expect(terms).toHaveLength(1);
    expect(told('leading')).toHaveLength(1);
  });

  test('a lock that another holds is asked for every 10 s', async () => {
    const first = start();
    await first.clock.advance(10);
    const second = start(openRoom(first));
    await first.clock.advance(35_000);
    expect(second.timesOf(ATTEMPTS).map((ms) => Math.round(ms / 1_000))).toEqual([0, 10, 20, 30]);
    expect(second.holder.term()).toBeUndefined();
  });

  test('a lock that is given back is taken at once by the one that waits, though it has just been refused', async () => {
    const first = start();
    await first.clock.advance(10);
    const second = start(openRoom(first));
    await first.clock.advance(10_200);
    expect(second.timesOf(ATTEMPTS).at(-1)).toBeGreaterThan(9_500);
    const session = first.keeper.current()?.id ?? '';
    await first.holder.stop();
    const releasing = first.coordination.releaseLock(LOCK, session, new AbortController().signal);
    await first.clock.advance(10);
    await releasing;
    expect(second.holder.term()).toBeDefined();
  });

  test('while lock-delay closes a free lock it is asked for every second, and had at once when it opens', async () => {
    const first = start();
    await first.clock.advance(10);
    const second = start(openRoom(first));
    await first.clock.advance(5_000);
    await Promise.all([first.holder.stop(), first.keeper.stop()]);
    const destroyedMs = first.clock.monotonicMs();
    first.consul.endSession(first.keeper.current()?.id ?? '');
    await first.clock.advance(16_100);
    const attempts = second.timesOf(ATTEMPTS).filter((ms) => ms >= destroyedMs);
    expect(attempts.map((ms) => ms - destroyedMs)).toEqual(
      Array.from({ length: 16 }, (_none, at) => at * 1_000),
    );
    expect(second.holder.term()).toBeDefined();
  });

  test('nobody stands without a session', async () => {
    const room = openRoom();
    room.consul.setNoLeader(true);
    const { clock, timesOf } = start(room);
    await clock.advance(12_000);
    expect(timesOf(ATTEMPTS)).toEqual([]);
  });

  test('after a stop nothing is asked for any more', async () => {
    const { clock, stop, sent } = start();
    await clock.advance(3_000);
    await stop();
    const before = sent.length;
    await clock.advance(30_000);
    expect(sent).toHaveLength(before);
  });
});

describe('a term', () => {
  test('lasts for as long as the session is renewed', async () => {
    const { clock, holder, terms } = start();
    await clock.advance(120_000);
    expect(terms).toHaveLength(1);
    expect(holder.term()).toBe(terms[0]);
    expect(() => terms[0]?.permit.assertHeld()).not.toThrow();
  });

  test.each<[string, string, (rig: Rig) => unknown]>([
    [
      'its session is destroyed',
      'the lock was taken away',
      ({ consul, keeper }) => consul.endSession(keeper.current()?.id ?? ''),
    ],
    ['its key is deleted', 'the lock was taken away', (rig) => deleteKey(rig, LOCK)],
  ])('ends at once when %s', async (_what, why, act) => {
    const rig = start();
    await rig.clock.advance(5_500);
    const [term] = rig.terms;
    await act(rig);
    await rig.clock.advance(10);
    expect(rig.told('leadership-ended')).toMatchObject([{ why }]);
    expect(term?.ended()).toBe(true);
    expect(term?.permit.signal.aborted).toBe(true);
    expect(() => term?.permit.assertHeld()).toThrow('the lock is no longer held');
  });

  test('is not touched by a plain write to its key, which leaves the lock where it is', async () => {
    const { clock, consul, holder } = start();
    await clock.advance(5_500);
    consul.putKey(LOCK, 'mine');
    await clock.advance(10_000);
    expect(holder.term()).toBeDefined();
  });

  test('ends with its lease, 10 s after the start of the last good renewal', async () => {
    const { clock, wire, holder, told } = start();
    await clock.advance(9_000);
    wire.cut();
    await clock.advance(8_990);
    expect(holder.term()).toBeDefined();
    await clock.advance(20);
    expect(holder.term()).toBeUndefined();
    expect(told('leadership-ended')).toMatchObject([{ why: expect.stringContaining('lease has ended') }]);
  });

  test('permits no call that its lease does not outlast, but is not over yet', async () => {
    const { clock, wire, holder, terms } = start();
    await clock.advance(9_000);
    wire.cut();
    await clock.advance(3_900);
    expect(() => terms[0]?.permit.assertHeld()).not.toThrow();
    await clock.advance(200);
    expect(() => terms[0]?.permit.assertHeld()).toThrow('the lease does not outlast the call');
    expect(holder.term()).toBeDefined();
  });

  test('that has ended never comes back: the lock is taken anew for another', async () => {
    const { clock, wire, terms, holder } = start();
    await clock.advance(9_000);
    wire.cut();
    await clock.advance(10_000);
    wire.mend();
    await clock.advance(60_000);
    expect(terms).toHaveLength(2);
    expect(terms[0]?.ended()).toBe(true);
    expect(holder.term()).toBe(terms[1]);
  });

  test('is not ended by a late look at the lock as it was before', async () => {
    const room = openRoom();
    const release = room.wire.holdAnswer(({ method, path }) => method === 'GET' && path.endsWith('leader'));
    const { clock, holder, told } = start(room);
    await clock.advance(2_000);
    expect(holder.term()).toBeDefined();
    release();
    await clock.advance(10);
    expect(holder.term()).toBeDefined();
    expect(told('leadership-ended')).toEqual([]);
  });

  test('outlives a renewal that fails once', async () => {
    const { clock, wire, holder, told } = start();
    await clock.advance(3_000);
    wire.loseRequest(isRenewal);
    await clock.advance(10_000);
    expect(holder.term()).toBeDefined();
    expect(told('leadership-ended')).toEqual([]);
  });
});

import { describe, expect, onTestFinished, test } from 'vitest';
import { keepSession, type SessionKeeper } from '../../src/agent/session-keeper.ts';
import { LEASE_TIMINGS } from '../../src/domain/lease.ts';
import type { Match } from '../support/virtual-wire.ts';
import { openRoom, type Room } from './consul-room.ts';

interface Rig extends Room {
  readonly keeper: SessionKeeper;
  /** How often `changed` was told. */
  readonly changes: { count: number };
}

const isRenewal: Match = ({ path }) => path.startsWith('/v1/session/renew/');
const isCreation: Match = ({ path }) => path === '/v1/session/create';
const RENEWALS = /session\/renew/;

function start(room = openRoom()): Rig {
  const changes = { count: 0 };
  const { coordination, machine: clock, emit, outages } = room;
  const changed = (): void => void (changes.count += 1);
  const keeper = keepSession({ coordination, clock, timings: LEASE_TIMINGS, emit, outages, changed });
  onTestFinished(() => keeper.stop());
  return { ...room, keeper, changes };
}

describe('a session', () => {
  test('is opened at once as the Go releases open it: 12 s, release, 15 s of lock-delay', async () => {
    const { clock, consul, keeper, told } = start();
    await clock.advance(0);
    const [session] = consul.sessions();
    expect(session).toMatchObject({
      name: 'replicator_leader_lock',
      ttlMs: 12_000,
      behavior: 'release',
      lockDelayNs: 15e9,
    });
    expect(keeper.current()?.id).toBe(session?.id);
    expect(told('session-opened')).toHaveLength(1);
  });

  test('is renewed every 4 s', async () => {
    const { clock, timesOf } = start();
    await clock.advance(13_000);
    expect(timesOf(RENEWALS)).toEqual([4_000, 8_000, 12_000]);
  });

  test('is renewed every 5 s at the most, whatever TTL the server states, and the lease stays 10 s', async () => {
    const room = openRoom();
    const rig = start(room);
    await rig.clock.advance(0);
    room.wire.tamper((request) =>
      isRenewal(request)
        ? { status: 200, headers: { 'Content-Type': 'application/json' }, body: '[{"ID":"x","TTL":"60s"}]' }
        : undefined,
    );
    await rig.clock.advance(14_500);
    expect(rig.timesOf(RENEWALS)).toEqual([4_000, 9_000, 14_000]);
    expect(rig.keeper.leaseLeftMs()).toBe(9_500);
  });

  test('has a lease that counts from the start of the last good renewal, not from its answer', async () => {
    const room = openRoom();
    const { clock, keeper, wire } = start(room);
    await clock.advance(3_900);
    const release = wire.holdAnswer(isRenewal);
    await clock.advance(2_000);
    expect(keeper.leaseLeftMs()).toBe(4_100);
    release();
    await clock.advance(100);
    expect(keeper.leaseLeftMs()).toBe(8_000);
  });

  test.each([
    ['set back an hour: the monotonic clock counts', -3_600_000, 9_000],
    ['set forward 3 s: the wall clock counts', 3_000, 6_000],
    ['set forward an hour: the lease is over', 3_600_000, -3_591_000],
  ])('on a machine whose clock is %s', async (_what, aheadMs, leftMs) => {
    const { clock, keeper, setWallAheadMs } = start();
    await clock.advance(1_000);
    setWallAheadMs(aheadMs);
    expect(keeper.leaseLeftMs()).toBe(aheadMs > 0 ? 9_000 - aheadMs : leftMs);
  });

  test('whose renewal gets no answer is renewed again after 3 s and a quarter', async () => {
    const { clock, keeper, wire, timesOf, told } = start();
    await clock.advance(3_000);
    wire.loseRequest(isRenewal);
    await clock.advance(5_000);
    expect(timesOf(RENEWALS)).toEqual([4_000, 7_250]);
    expect(keeper.leaseLeftMs()).toBe(9_250);
    expect(told('service-failed')).toHaveLength(1);
    expect(told('service-recovered')).toHaveLength(1);
    expect(told('service-failed')[0]).toMatchObject({
      error: { message: 'consul: renew the session: no answer within 3000 ms' },
    });
  });

  test('that is destroyed is told as lost, and another one is opened at once', async () => {
    const { clock, consul, keeper, told } = start();
    await clock.advance(1_000);
    const first = keeper.current()?.id ?? '';
    consul.endSession(first);
    await clock.advance(3_000);
    expect(told('session-lost')).toMatchObject([{ session: first }]);
    expect(keeper.current()?.id).toBe(consul.sessions()[0]?.id);
    expect(keeper.current()?.id).not.toBe(first);
  });

  test('is tried for every second while Consul is away; the outage and its end are told once', async () => {
    const room = openRoom();
    room.consul.setNoLeader(true);
    const { clock, told, timesOf, keeper } = start(room);
    await clock.advance(30_000);
    expect(keeper.current()).toBeUndefined();
    expect(told('service-failed')).toHaveLength(1);
    expect(timesOf(/session\/create/).slice(0, 3)).toEqual([0, 4_000, 8_000]);
    room.consul.setNoLeader(false);
    await clock.advance(4_100);
    expect(keeper.current()).toBeDefined();
    expect(told('service-recovered')).toHaveLength(1);
  });

  test('is left alone after a stop', async () => {
    const { clock, keeper, timesOf, consul } = start();
    await clock.advance(5_000);
    await keeper.stop();
    await clock.advance(20_000);
    expect(timesOf(RENEWALS)).toEqual([4_000]);
    expect(consul.sessions()).toHaveLength(1);
  });

  test('stopping does not wait for an answer that hangs', async () => {
    const { clock, keeper, wire } = start();
    wire.loseRequest(isCreation);
    await clock.advance(500);
    await keeper.stop();
    expect(clock.monotonicMs()).toBe(500);
  });

  test('tells of every opening, renewal and loss', async () => {
    const { clock, changes } = start();
    await clock.advance(8_500);
    expect(changes.count).toBe(3);
  });
});

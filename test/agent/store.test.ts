import { describe, expect, onTestFinished, test } from 'vitest';
import { followStore, type Store } from '../../src/agent/store.ts';
import { beginTerm, type Term } from '../../src/agent/term.ts';
import { keysBelow } from '../../src/domain/keys.ts';
import { isPortError } from '../../src/ports/port-error.ts';
import { drive } from '../support/virtual-agent.ts';
import { isTransaction, type Match } from '../support/virtual-wire.ts';
import { never, openRoom, type Room } from './consul-room.ts';

const keys = keysBelow('replicator/config');
const STATE = 'replicator/config/state/jobs/web/api';
const isTreeRead: Match = ({ method, query }) => method === 'GET' && query.has('recurse');

interface Rig extends Room {
  readonly store: Store;
  readonly term: Term;
  readonly changes: { count: number };
  text(key: string): string | undefined;
  drive<T>(promise: Promise<T>): Promise<T>;
}

/** A store that has read the key root, and a term that holds the lock. */
async function start(before: (room: Room) => void = () => undefined): Promise<Rig> {
  const room = openRoom();
  before(room);
  const { clock, coordination, outages } = room;
  const changes = { count: 0 };
  const spec = { name: 'test', ttlMs: 600_000, lockDelayMs: 15_000 };
  const session = await drive(clock, coordination.openSession(spec, never));
  await drive(clock, coordination.acquireLock(keys.leader, session, never));
  const changed = (): void => void (changes.count += 1);
  const store = followStore({ coordination, clock, keys, outages, changed });
  onTestFinished(() => store.stop());
  const partition = { number: 0, lockKey: keys.leader };
  const term = beginTerm({ partition, session, lockIndex: 0, leaseLeftMs: () => 10_000 });
  await clock.advance(1_000);
  return {
    ...room,
    store,
    term,
    changes,
    text: (key) => store.get(key)?.value,
    drive: (promise) => drive(clock, promise),
  };
}

const set = (key: string, value: string, index = 0) => ({ kind: 'set', key, value, index }) as const;

/** A read of the tree has been served, and its answer is on its way until the answer is called. */
async function holdRead({ wire, consul, clock }: Rig): Promise<() => void> {
  const held = { isHeld: false };
  const release = wire.holdAnswer(isTreeRead, () => (held.isHeld = true));
  consul.putKey('replicator/config/nodes/one', '{}');
  await clock.advance(500);
  expect(held.isHeld).toBe(false);
  consul.putKey('replicator/config/nodes/two', '{}');
  await clock.advance(10);
  expect(held.isHeld).toBe(true);
  return release;
}

describe('the copy of the key root', () => {
  test('is ready once it has been read, and follows what others write', async () => {
    const rig = await start(({ consul }) => consul.putKey(STATE, 'one'));
    expect([rig.store.ready(), rig.text(STATE)]).toEqual([true, 'one']);
    rig.consul.putKey(STATE, 'two');
    await rig.clock.advance(10);
    expect(rig.text(STATE)).toBe('two');
    expect(rig.store.below('replicator/config/state/').map(({ key }) => key)).toEqual([STATE]);
  });

  test('is not ready while it cannot be read', async () => {
    const rig = await start(({ wire }) => wire.loseRequest(isTreeRead));
    expect(rig.store.ready()).toBe(false);
    await rig.clock.advance(12_000);
    expect(rig.store.ready()).toBe(true);
    expect(rig.told('service-failed')).toHaveLength(1);
    expect(rig.told('service-recovered')).toHaveLength(1);
  });

  test('is read at most five times a second, however often it changes', async () => {
    const rig = await start();
    const before = rig.timesOf(/recurse/).length;
    for (let at = 0; at < 50; at += 1) {
      rig.consul.putKey(STATE, String(at));
      await rig.clock.advance(20);
    }
    expect(rig.timesOf(/recurse/).length - before).toBeLessThanOrEqual(6);
    await rig.clock.advance(300);
    expect(rig.text(STATE)).toBe('49');
  });

  test('has a write of our own at once, and no older read undoes it', async () => {
    const rig = await start(({ consul }) => consul.putKey(STATE, 'one'));
    const release = await holdRead(rig);
    await rig.drive(rig.store.write(rig.term, [set(STATE, 'two', rig.store.get(STATE)?.index)], []));
    expect(rig.text(STATE)).toBe('two');
    release();
    await rig.clock.advance(10);
    expect(rig.text(STATE)).toBe('two');
  });

  test('does not show again what we deleted, though an older read arrives late', async () => {
    const rig = await start(({ consul }) => consul.putKey(STATE, 'one'));
    const release = await holdRead(rig);
    const index = rig.store.get(STATE)?.index ?? 0;
    await rig.drive(rig.store.write(rig.term, [{ kind: 'delete', key: STATE, index }], []));
    release();
    await rig.clock.advance(10);
    expect(rig.text(STATE)).toBeUndefined();
    await rig.clock.advance(1_000);
    expect(rig.text(STATE)).toBeUndefined();
  });

  test('is forgotten when Consul has come back empty, and refresh sees that at once', async () => {
    const rig = await start(({ consul }) => {
      for (let at = 0; at < 30; at += 1) consul.putKey(STATE, String(at));
    });
    await rig.clock.advance(150);
    rig.consul.putKey(STATE, 'last');
    await rig.clock.advance(10);
    rig.consul.restartEmpty();
    await rig.drive(rig.store.refresh(never));
    expect(rig.text(STATE)).toBeUndefined();
    rig.consul.putKey(STATE, 'new');
    await rig.clock.advance(40_000);
    expect(rig.text(STATE)).toBe('new');
  });
});

describe('a write', () => {
  test('is refused when a key has changed since it was seen, and leaves no trace', async () => {
    const rig = await start(({ consul }) => consul.putKey(STATE, 'one'));
    const seen = [{ key: keys.failsafe, index: 0 }];
    rig.consul.putKey(keys.failsafe, '{"set":true}');
    const writing = rig.store.write(rig.term, [set('replicator/config/operations/x', 'op')], seen);
    await expect(rig.drive(writing)).rejects.toSatisfy((error) => isPortError(error, 'conflict'));
    expect(rig.consul.key('replicator/config/operations/x')).toBeUndefined();
    expect(rig.text('replicator/config/operations/x')).toBeUndefined();
  });

  test('is refused once another session holds the lock', async () => {
    const rig = await start();
    rig.consul.endSession(rig.term.session);
    const writing = rig.store.write(rig.term, [set(STATE, 'mine')], []);
    await expect(rig.drive(writing)).rejects.toSatisfy((error) => isPortError(error, 'conflict'));
    expect(rig.consul.key(STATE)).toBeUndefined();
  });

  test('is not sent under a term that has ended', async () => {
    const rig = await start();
    rig.term.end('over');
    const writing = rig.store.write(rig.term, [set(STATE, 'mine')], []);
    await expect(rig.drive(writing)).rejects.toSatisfy((error) => isPortError(error, 'cancelled'));
    expect(rig.timesOf(/txn/)).toEqual([]);
  });

  test('of nothing sends nothing', async () => {
    const rig = await start();
    await rig.drive(rig.store.write(rig.term, [], []));
    expect(rig.timesOf(/txn/)).toEqual([]);
  });
});

describe('writing an outcome', () => {
  test('goes on when an operator writes a flag meanwhile: it looks again', async () => {
    const rig = await start();
    const release = rig.wire.hold(isTransaction);
    const writing = rig.store.writeOutcome(rig.term, () => [set(STATE, 'done', rig.store.get(STATE)?.index)]);
    rig.consul.putKey(keys.paused, '{"set":true}');
    release();
    await rig.drive(writing);
    expect(rig.consul.key(STATE)?.text).toBe('done');
    expect(rig.timesOf(/txn/)).toHaveLength(2);
    expect(rig.text(keys.paused)).toBe('{"set":true}');
  });

  test('gives up after three tries', async () => {
    const rig = await start();
    const writing = rig.store.writeOutcome(rig.term, () => [set(STATE, 'done', 99)]);
    await expect(rig.drive(writing)).rejects.toSatisfy((error) => isPortError(error, 'conflict'));
    expect(rig.timesOf(/txn/)).toHaveLength(3);
  });

  test('does not try again after what is no conflict', async () => {
    const rig = await start();
    rig.wire.loseRequest(isTransaction);
    const writing = rig.store.writeOutcome(rig.term, () => [set(STATE, 'done')]);
    await expect(rig.drive(writing)).rejects.toSatisfy((error) => isPortError(error, 'timeout'));
    expect(rig.timesOf(/txn/)).toHaveLength(1);
  });
});

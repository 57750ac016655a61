import { describe, expect, test } from 'vitest';
import { isPortError } from '../../src/ports/port-error.ts';
import { isTransaction, type Match } from '../support/virtual-wire.ts';
import { never } from './consul-room.ts';
import { keys, set, startStore as start, type StoreRig as Rig } from './store-rig.ts';

const STATE = 'replicator/config/state/jobs/web/api';
const isTreeRead: Match = ({ method, query }) => method === 'GET' && query.has('recurse');

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

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { needsConsul } from '../../support/needs.ts';
import { startConsul } from '../../support/real-consul.ts';
import type { RunningServer } from '../../support/server-process.ts';
import { connect, failureOf, never, permit, type Adapter } from './support.ts';

const spec = { name: 'replicator_leader_lock', ttlMs: 12_000, lockDelayMs: 0 };

describe('sessions and locks of a real Consul', needsConsul, () => {
  let server: RunningServer;
  let used = 0;
  const address = () => `http://${server.address}`;
  const freshKey = () => `replicator/config/leader-${(used += 1)}`;

  beforeAll(async () => {
    server = await startConsul({ hcl: 'session_ttl_min = "1s"' });
  }, 60_000);
  afterAll(() => server?.stop());

  async function put(key: string, body: string): Promise<void> {
    await fetch(`${address()}/v1/kv/${key}`, { method: 'PUT', body });
  }

  async function held(consul: Adapter, options: Partial<typeof spec> = {}) {
    const key = freshKey();
    const session = await consul.openSession({ ...spec, ...options }, never());
    expect(await consul.acquireLock(key, session, never())).toBe(true);
    return { key, session };
  }

  async function holder(consul: Adapter, key: string): Promise<string | undefined> {
    return (await consul.readKey(key, 0, never())).entries[0]?.session;
  }

  test('a session is made as asked for, renewed, and closed twice', async () => {
    const consul = connect(address());
    const session = await consul.openSession({ ...spec, lockDelayMs: 15_000 }, never());
    const info = (await (await fetch(`${address()}/v1/session/info/${session}`)).json()) as object[];
    expect(info).toMatchObject([
      { Name: 'replicator_leader_lock', TTL: '12s', LockDelay: 15e9, Behavior: 'release' },
    ]);
    expect(await consul.renewSession(session, never())).toBe(12_000);
    await consul.closeSession(session, never());
    await consul.closeSession(session, never());
    const failure = await failureOf(consul.renewSession(session, never()));
    expect(failure).toMatchObject({ kind: 'conflict', detail: { conflict: 'session-gone' } });
  });

  test('a lock has one holder, who may ask again, and is free at once after it was given back', async () => {
    const consul = connect(address());
    const { key, session } = await held(consul, { lockDelayMs: 15_000 });
    const other = await consul.openSession(spec, never());
    expect(await consul.acquireLock(key, session, never())).toBe(true);
    expect(await consul.acquireLock(key, other, never())).toBe(false);
    await consul.releaseLock(key, other, never());
    expect(await holder(consul, key)).toBe(session);
    await consul.releaseLock(key, session, never());
    expect(await holder(consul, key)).toBe('');
    expect(await consul.acquireLock(key, other, never())).toBe(true);
  });

  test('a session that is gone gets no lock, and giving one back is no error', async () => {
    const consul = connect(address());
    const { key, session } = await held(consul);
    await consul.closeSession(session, never());
    const failure = await failureOf(consul.acquireLock(key, session, never()));
    expect(failure).toMatchObject({ kind: 'conflict', detail: { conflict: 'session-gone' } });
    await expect(consul.releaseLock(key, session, never())).resolves.toBeUndefined();
  });

  test('a destroyed session wakes the reader of its lock, which lock-delay keeps closed', async () => {
    const consul = connect(address());
    const { key, session } = await held(consul, { lockDelayMs: 1_500 });
    const before = await consul.readKey(key, 0, never());
    const waking = consul.readKey(key, before.index, never());
    await consul.closeSession(session, never());
    const start = performance.now();
    const after = await waking;
    expect(performance.now() - start).toBeLessThan(5_000);
    expect(after.entries).toMatchObject([{ key, session: '' }]);
    expect(after.index).toBeGreaterThan(before.index);

    const other = await consul.openSession(spec, never());
    expect(await consul.acquireLock(key, other, never())).toBe(false);
    await expect.poll(() => consul.acquireLock(key, other, never()), { timeout: 5_000 }).toBe(true);
    expect(performance.now() - start).toBeGreaterThan(1_400);
  });

  test('a session that nobody renews ends, and with it the lock', async () => {
    const consul = connect(address());
    const { key, session } = await held(consul, { ttlMs: 1_000 });
    const { index } = await consul.readKey(key, 0, never());
    const { entries } = await consul.readKey(key, index, never());
    expect(entries).toMatchObject([{ session: '' }]);
    const failure = await failureOf(consul.renewSession(session, never()));
    expect(failure.detail.conflict).toBe('session-gone');
  });

  test('a plain put over a lock changes its value and not its holder; deleting the key ends the lock', async () => {
    const consul = connect(address());
    const { key, session } = await held(consul);
    const fence = { lockKey: key, session, unchanged: [] };
    const before = await consul.readKey(key, 0, never());
    await put(key, 'stolen');
    const stolen = await consul.readKey(key, before.index, never());
    expect(stolen.entries).toMatchObject([{ value: 'stolen', session }]);
    await consul.write(fence, [{ kind: 'set', key: `${key}-state`, value: '1', index: 0 }], permit());

    await fetch(`${address()}/v1/kv/${key}`, { method: 'DELETE' });
    expect((await consul.readKey(key, stolen.index, never())).entries).toEqual([]);
    const failure = await failureOf(
      consul.write(fence, [{ kind: 'set', key: `${key}-more`, value: '1', index: 0 }], permit()),
    );
    expect(failure).toMatchObject({ kind: 'conflict', detail: { conflict: 'fence' } });
  });

  test('a blocking read is given up within 200 ms, and its connection serves nobody else', async () => {
    const consul = connect(address());
    const { key } = await held(consul);
    const { index } = await consul.readKey(key, 0, never());
    const controller = new AbortController();
    const reading = failureOf(consul.readKey(key, index, controller.signal));
    await consul.readTree('replicator/config/', 0, never());
    const start = performance.now();
    controller.abort();
    expect((await reading).kind).toBe('cancelled');
    expect(performance.now() - start).toBeLessThan(200);
    expect(await holder(consul, key)).not.toBe('');
  });

  test('a blocking read without a change comes back with the same index after its wait', async () => {
    const consul = connect(address(), { waitMs: 300 });
    const { key } = await held(consul);
    const first = await consul.readKey(key, 0, never());
    const start = performance.now();
    expect(await consul.readKey(key, first.index, never())).toEqual(first);
    expect(performance.now() - start).toBeGreaterThan(250);
  });
});

describe('a real Consul that goes away', needsConsul, () => {
  test('refuses while it is down, and after an empty start knows no session and no higher index', async () => {
    const server = await startConsul();
    try {
      const consul = connect(`http://${server.address}`, { waitMs: 500 });
      const session = await consul.openSession(spec, never());
      for (let at = 0; at < 20; at += 1) await consul.acquireLock(`r/${at}`, session, never());
      const { index } = await consul.readTree('r/', 0, never());
      await server.kill();
      expect((await failureOf(consul.renewSession(session, never()))).kind).toBe('unavailable');

      await server.restart();
      const acquiring = failureOf(consul.acquireLock('r/0', session, never()));
      expect((await acquiring).detail.conflict).toBe('session-gone');
      expect((await failureOf(consul.renewSession(session, never()))).detail.conflict).toBe('session-gone');
      expect(await consul.readTree('r/', index, never())).toEqual({ entries: [], index: 0 });
    } finally {
      await server.stop();
    }
  }, 60_000);
});

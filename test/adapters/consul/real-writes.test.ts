import { setMaxListeners } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { needsConsul } from '../../support/needs.ts';
import { startConsul } from '../../support/real-consul.ts';
import type { RunningServer } from '../../support/server-process.ts';
import type { Fence, StoreChange } from '../../../src/ports/coordination.ts';
import { connect, failureOf, never, permit, type Adapter } from './support.ts';

describe('fenced writes and trees of a real Consul', needsConsul, () => {
  let server: RunningServer;
  let used = 0;
  const address = () => `http://${server.address}`;

  beforeAll(async () => {
    server = await startConsul();
  }, 60_000);
  afterAll(() => server?.stop());

  /** A prefix of its own with a lock that is held. */
  async function place(): Promise<{ consul: Adapter; root: string; fence: Fence }> {
    const root = `replicator/place-${(used += 1)}`;
    const consul = connect(address());
    const spec = { name: 'x', ttlMs: 12_000, lockDelayMs: 0 };
    const session = await consul.openSession(spec, never());
    expect(await consul.acquireLock(`${root}/leader`, session, never())).toBe(true);
    return { consul, root, fence: { lockKey: `${root}/leader`, session, unchanged: [] } };
  }

  const set = (key: string, value: string, index: number): StoreChange => ({
    kind: 'set',
    key,
    value,
    index,
  });

  async function valueAt(consul: Adapter, key: string): Promise<string | undefined> {
    return (await consul.readKey(key, 0, never())).entries[0]?.value;
  }

  test('makes, changes and deletes a key by the index that was answered', async () => {
    const { consul, root, fence } = await place();
    const key = `${root}/state/jobs/web/g`;
    const value = '{"a":"é€😀"}\n';
    const made = await consul.write(fence, [set(key, value, 0)], permit());
    expect([...made.keys()]).toEqual([key]);
    const { entries } = await consul.readKey(key, 0, never());
    expect(entries).toEqual([{ key, value, index: made.get(key), session: '' }]);

    const changed = await consul.write(fence, [set(key, 'two', made.get(key) ?? 0)], permit());
    expect(changed.get(key)).toBeGreaterThan(made.get(key) ?? 0);
    const gone = await consul.write(fence, [{ kind: 'delete', key, index: changed.get(key) ?? 0 }], permit());
    expect(gone.size).toBe(0);
    expect(await valueAt(consul, key)).toBeUndefined();
  });

  test('an empty value is read back as one', async () => {
    const { consul, root, fence } = await place();
    await consul.write(fence, [set(`${root}/empty`, '', 0)], permit());
    expect(await valueAt(consul, `${root}/empty`)).toBe('');
  });

  test('the same value again keeps the index and is no conflict', async () => {
    const { consul, root, fence } = await place();
    const key = `${root}/a`;
    const first = await consul.write(fence, [set(key, 'same', 0)], permit());
    expect(await consul.write(fence, [set(key, 'same', first.get(key) ?? 0)], permit())).toEqual(first);
  });

  test('a key that is both checked and set answers its new index', async () => {
    const { consul, root, fence } = await place();
    const key = `${root}/a`;
    const index = (await consul.write(fence, [set(key, '1', 0)], permit())).get(key) ?? 0;
    const both = await consul.write(
      { ...fence, unchanged: [{ key, index }] },
      [set(key, '2', index)],
      permit(),
    );
    expect(both.get(key)).toBe((await consul.readKey(key, 0, never())).entries[0]?.index);
  });

  test('without changes it only checks the fence', async () => {
    const { consul, fence } = await place();
    expect((await consul.write(fence, [], permit())).size).toBe(0);
    const failure = await failureOf(consul.write({ ...fence, session: crypto.randomUUID() }, [], permit()));
    expect(failure.detail.conflict).toBe('fence');
  });

  type Spoil = {
    readonly says: string;
    readonly blames: string;
    /** Answers fence and change that must be refused; `index` is that of `<root>/a`, `flag` of `<root>/flag`. */
    readonly with: (root: string, fence: Fence, at: { index: number; flag: number }) => [Fence, StoreChange];
  };
  const spoils: readonly Spoil[] = [
    {
      says: 'a wrong index',
      blames: 'cas',
      with: (root, fence, { index }) => [fence, set(`${root}/a`, 'new', index - 1)],
    },
    {
      says: 'a key that must not exist yet',
      blames: 'cas',
      with: (root, fence) => [fence, set(`${root}/a`, 'new', 0)],
    },
    {
      says: 'a deletion of what has changed',
      blames: 'delete-cas',
      with: (root, fence, { index }) => [fence, { kind: 'delete', key: `${root}/a`, index: index - 1 }],
    },
    {
      says: 'a flag that has changed',
      blames: 'check-index',
      with: (root, fence, { index, flag }) => [
        { ...fence, unchanged: [{ key: `${root}/flag`, index: flag - 1 }] },
        set(`${root}/a`, 'new', index),
      ],
    },
    {
      says: 'a flag that has been made',
      blames: 'check-not-exists',
      with: (root, fence, { index }) => [
        { ...fence, unchanged: [{ key: `${root}/flag`, index: 0 }] },
        set(`${root}/a`, 'new', index),
      ],
    },
    {
      says: 'the session of another',
      blames: 'check-session',
      with: (root, fence, { index }) => [
        { ...fence, session: crypto.randomUUID() },
        set(`${root}/a`, 'new', index),
      ],
    },
  ];
  test.each(spoils)('$says refuses the whole write', async ({ blames, with: spoil }) => {
    const { consul, root, fence } = await place();
    const indexes = await consul.write(
      fence,
      [set(`${root}/a`, 'old', 0), set(`${root}/flag`, 'x', 0)],
      permit(),
    );
    const at = { index: indexes.get(`${root}/a`) ?? 0, flag: indexes.get(`${root}/flag`) ?? 0 };
    const [spoilt, change] = spoil(root, fence, at);
    const failure = await failureOf(consul.write(spoilt, [set(`${root}/other`, 'y', 0), change], permit()));
    expect(failure).toMatchObject({ kind: 'conflict', detail: { conflict: 'fence', status: 409 } });
    expect(failure.detail.text).toContain(`${blames} ${root}/`);
    expect(failure.detail.outcomeUnknown).toBeUndefined();
    expect(await valueAt(consul, `${root}/a`)).toBe('old');
    expect(await valueAt(consul, `${root}/other`)).toBeUndefined();
  });

  test.each([
    [
      'given back',
      (consul: Adapter, fence: Fence) => consul.releaseLock(fence.lockKey, fence.session, never()),
    ],
    ['lost with its session', (consul: Adapter, fence: Fence) => consul.closeSession(fence.session, never())],
  ])('a lock that was %s writes no more', async (_how, lose) => {
    const { consul, root, fence } = await place();
    await lose(consul, fence);
    const failure = await failureOf(consul.write(fence, [set(`${root}/a`, '1', 0)], permit()));
    expect(failure).toMatchObject({ kind: 'conflict', detail: { conflict: 'fence' } });
    expect(failure.detail.text).toContain('check-session');
    expect(await valueAt(consul, `${root}/a`)).toBeUndefined();
  });

  test('a value that is too large is invalid; one just below goes through', async () => {
    const { consul, root, fence } = await place();
    const failure = await failureOf(
      consul.write(fence, [set(`${root}/a`, 'x'.repeat(600_000), 0)], permit()),
    );
    expect(failure).toMatchObject({ kind: 'invalid' });
    expect(failure.detail.outcomeUnknown).toBeUndefined();
    const large = 'x'.repeat(390_000);
    await consul.write(fence, [set(`${root}/a`, large, 0)], permit());
    expect(await valueAt(consul, `${root}/a`)).toBe(large);
  });

  test('a tree has every key below its prefix and no other, and wakes for each kind of change', async () => {
    const { consul, root, fence } = await place();
    const keys = Array.from({ length: 1_000 }, (_, at) => `${root}/state/jobs/job-${at}/g`);
    for (let at = 0; at < keys.length; at += 60) {
      const changes = keys.slice(at, at + 60).map((key) => set(key, key, 0));
      await consul.write(fence, changes, permit());
    }
    const tree = await consul.readTree(`${root}/state/`, 0, never());
    expect(tree.entries.map(({ key }) => key).toSorted()).toEqual(keys.toSorted());
    expect(tree.entries.every(({ key, value, index }) => key === value && index > 0)).toBe(true);

    const waking = consul.readTree(`${root}/state/`, tree.index, never());
    const first = tree.entries[0] ?? { key: '', index: 0 };
    await consul.write(fence, [{ kind: 'delete', key: first.key, index: first.index }], permit());
    const after = await waking;
    expect(after.entries).toHaveLength(999);
    expect(after.index).toBeGreaterThan(tree.index);
  });

  test('a missing prefix is an empty tree with an index, which waits for the first key', async () => {
    const { consul, root, fence } = await place();
    const empty = await consul.readTree(`${root}/operations/`, 0, never());
    expect(empty.entries).toEqual([]);
    expect(empty.index).toBeGreaterThan(0);
    const waking = consul.readTree(`${root}/operations/`, empty.index, never());
    await consul.write(fence, [set(`${root}/operations/jobs/a/b`, '{}', 0)], permit());
    expect((await waking).entries).toHaveLength(1);
  });

  test('40 blocking reads at once do not hold up the locks', async () => {
    const { consul, root, fence } = await place();
    const { index } = await consul.readKey(`${root}/none`, 0, never());
    const controller = new AbortController();
    setMaxListeners(0, controller.signal);
    const reads = Array.from({ length: 40 }, () =>
      failureOf(consul.readKey(`${root}/none`, index, controller.signal)),
    );
    const start = performance.now();
    expect(await consul.renewSession(fence.session, never())).toBe(12_000);
    expect(performance.now() - start).toBeLessThan(2_500);
    controller.abort();
    const kinds = (await Promise.all(reads)).map(({ kind }) => kind);
    expect(new Set(kinds)).toEqual(new Set(['cancelled']));
  });
});

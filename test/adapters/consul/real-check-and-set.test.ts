import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { needsConsul } from '../../support/needs.ts';
import { startConsul } from '../../support/real-consul.ts';
import type { RunningServer } from '../../support/server-process.ts';
import { isPortError } from '../../../src/ports/port-error.ts';
import type { StoreChange } from '../../../src/ports/coordination.ts';
import { connect, failureOf, never, type Adapter } from './support.ts';

describe('writes without a lock to a real Consul', needsConsul, () => {
  let server: RunningServer;
  const address = () => `http://${server.address}`;

  beforeAll(async () => {
    server = await startConsul();
  }, 60_000);
  afterAll(() => server?.stop());

  const set = (key: string, value: string, index: number): StoreChange => ({
    kind: 'set',
    key,
    value,
    index,
  });

  async function valueAt(consul: Adapter, key: string): Promise<string | undefined> {
    return (await consul.readKey(key, 0, never())).entries[0]?.value;
  }

  test('make, change and delete a key by the index that was answered', async () => {
    const consul = connect(address());
    const key = 'by-hand/failsafe';
    const made = (await consul.checkAndSet([set(key, '{"a":"é"}', 0)], never())).get(key) ?? 0;
    expect((await consul.readKey(key, 0, never())).entries).toEqual([
      { key, value: '{"a":"é"}', index: made, session: '' },
    ]);
    const changed = (await consul.checkAndSet([set(key, 'two', made)], never())).get(key) ?? 0;
    expect(changed).toBeGreaterThan(made);
    await consul.checkAndSet([{ kind: 'delete', key, index: changed }], never());
    expect(await valueAt(consul, key)).toBeUndefined();
  });

  test.each([
    ['that has changed', 'there', -1],
    ['that is there, and should not be', 'there', undefined],
    ['that is not there, and should be', 'absent', 0],
  ])('are refused, all of them, for a key %s', async (_what, name, offset) => {
    const consul = connect(address());
    const root = `refused/${name}/${String(offset)}`;
    const index = (await consul.checkAndSet([set(`${root}/there`, 'old', 0)], never())).get(`${root}/there`);
    const expected = offset === undefined ? 0 : (index ?? 0) + offset;
    const changes = [set(`${root}/beside`, 'x', 0), set(`${root}/${name}`, 'new', expected)];
    const failure = await failureOf(consul.checkAndSet(changes, never()));
    expect(failure).toMatchObject({ kind: 'conflict', detail: { conflict: 'fence' } });
    expect(failure.detail.outcomeUnknown).toBeUndefined();
    expect(await valueAt(consul, `${root}/there`)).toBe('old');
    expect(await valueAt(consul, `${root}/beside`)).toBeUndefined();
  });

  test.each([
    ['has changed', 'there', -1, false],
    ['is there, and should not be', 'there', undefined, false],
    ['is as it was', 'there', 0, true],
    ['is still not there', 'absent', undefined, true],
  ])('look at a key beside them, which %s', async (_what, name, offset, isMade) => {
    const consul = connect(address());
    const root = `beside/${name}/${String(offset)}`;
    const index = (await consul.checkAndSet([set(`${root}/there`, 'x', 0)], never())).get(`${root}/there`);
    const unchanged = [{ key: `${root}/${name}`, index: offset === undefined ? 0 : (index ?? 0) + offset }];
    const writing = consul.checkAndSet([set(`${root}/made`, 'new', 0)], never(), unchanged);
    const outcome = await writing.then(
      () => 'made',
      (error: unknown) => (isPortError(error) ? error.detail.conflict : error),
    );
    expect(outcome).toBe(isMade ? 'made' : 'fence');
    expect(await valueAt(consul, `${root}/made`)).toBe(isMade ? 'new' : undefined);
  });

  test('refuse the write of an agent that has read what was there before', async () => {
    const consul = connect(address());
    const session = await consul.openSession({ name: 'x', ttlMs: 12_000, lockDelayMs: 0 }, never());
    await consul.acquireLock('agent/leader', session, never());
    await consul.checkAndSet([set('agent/failsafe', '{"set":true}', 0)], never());
    const fence = { lockKey: 'agent/leader', session, unchanged: [{ key: 'agent/failsafe', index: 0 }] };
    const permit = { assertHeld: () => undefined, signal: never() };
    const failure = await failureOf(consul.write(fence, [set('agent/operation', 'x', 0)], permit));
    expect(failure).toMatchObject({ kind: 'conflict', detail: { conflict: 'fence' } });
  });

  test('end with their signal', async () => {
    const consul = connect(address());
    const failure = await failureOf(consul.checkAndSet([set('a', 'b', 0)], AbortSignal.abort()));
    expect(failure.kind).toBe('cancelled');
    expect(await valueAt(consul, 'a')).toBeUndefined();
  });
});

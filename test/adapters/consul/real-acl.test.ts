import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { needsConsul } from '../../support/needs.ts';
import { consulManagementToken, startConsul } from '../../support/real-consul.ts';
import type { RunningServer } from '../../support/server-process.ts';
import { connect, failureOf, never, open, permit, type Adapter } from './support.ts';

const root = 'replicator/config';
const lockKey = `${root}/leader`;
const stateKey = `${root}/state/jobs/web/g`;
const spec = { name: 'replicator_leader_lock', ttlMs: 12_000, lockDelayMs: 0 };

/** The policy in the README of the Go release, whose rules name exact keys, nodes and sessions. */
const readmeRules = `key "" { policy = "read" } key "${root}" { policy = "write" }
  node "" { policy = "write" } session "" { policy = "write" }`;
const leastRules = `key_prefix "${root}" { policy = "write" } session_prefix "" { policy = "write" }`;
const readRules = `key_prefix "${root}" { policy = "read" } session_prefix "" { policy = "write" }`;

describe('a real Consul that denies by default', needsConsul, () => {
  let server: RunningServer;
  let policies = 0;
  const address = () => `http://${server.address}`;

  beforeAll(async () => {
    server = await startConsul({ acl: true });
    const manager = open(address(), { token: consulManagementToken });
    const session = await manager.openSession(spec, never());
    await manager.acquireLock(lockKey, session, never());
    const fence = { lockKey, session, unchanged: [] };
    const keys = [root, stateKey];
    const changes = keys.map((key) => ({ kind: 'set', key, value: '{}', index: 0 }) as const);
    await manager.write(fence, changes, permit());
    await manager.closeSession(session, never());
    await manager.close();
  }, 60_000);
  afterAll(() => server?.stop());

  async function manage(path: string, body: object): Promise<Record<string, string>> {
    const headers = { 'X-Consul-Token': consulManagementToken };
    const answer = await fetch(`${address()}/v1/acl/${path}`, {
      method: 'PUT',
      headers,
      body: JSON.stringify(body),
    });
    return (await answer.json()) as Record<string, string>;
  }

  async function connectWith(rules: string): Promise<Adapter> {
    const name = `policy-${(policies += 1)}`;
    await manage('policy', { Name: name, Rules: rules });
    const { SecretID: token } = await manage('token', { Policies: [{ Name: name }] });
    return connect(address(), { token: token ?? '' });
  }

  const denied = (permission: string) => ({ kind: 'denied', detail: { permission } });

  test('nobody in particular may do nothing, and is told which right each call needs', async () => {
    const consul = connect(address());
    const session = crypto.randomUUID();
    const fence = { lockKey, session, unchanged: [] };
    expect(await failureOf(consul.openSession(spec, never()))).toMatchObject(denied('session:write'));
    const acquiring = failureOf(consul.acquireLock(lockKey, session, never()));
    expect(await acquiring).toMatchObject(denied(`key:write ${lockKey}`));
    expect(await failureOf(consul.readKey(stateKey, 0, never()))).toMatchObject(
      denied(`key:read ${stateKey}`),
    );
    expect(await failureOf(consul.write(fence, [], permit()))).toMatchObject(denied(`key:read ${lockKey}`));
  });

  test('a tree that may not be read is not an empty one', async () => {
    const failure = await failureOf(connect(address()).readTree(`${root}/`, 0, never()));
    expect(failure).toMatchObject(denied(`key:read ${root}/`));
    expect(failure.message).toBe(
      `consul: read the keys below ${root}/: Permission denied: needs key:read ${root}/`,
    );
  });

  test('nor is one that becomes unreadable while it is watched', async () => {
    const consul = connect(address(), { waitMs: 300 });
    const { index } = await connect(address(), { token: consulManagementToken }).readTree(
      `${root}/`,
      0,
      never(),
    );
    const failure = await failureOf(consul.readTree(`${root}/`, index, never()));
    expect(failure).toMatchObject(denied(`key:read ${root}/`));
  });

  test('a token that Consul does not know is called that', async () => {
    const consul = connect(address(), { token: crypto.randomUUID() });
    const failures = await Promise.all([
      failureOf(consul.openSession(spec, never())),
      failureOf(consul.readKey(lockKey, 0, never())),
      failureOf(consul.readTree(`${root}/`, 0, never())),
    ]);
    for (const failure of failures) {
      expect(failure.kind).toBe('denied');
      expect(failure.detail.text).toBe('the token is not known to Consul');
    }
  });

  test('the policy of the Go README gives no session and no tree, not even where one key is readable', async () => {
    const consul = await connectWith(readmeRules);
    expect(await failureOf(consul.openSession(spec, never()))).toMatchObject(denied('session:write'));
    expect(await failureOf(consul.readTree(root, 0, never()))).toMatchObject(denied(`key:read ${root}/`));
  });

  test('a token that may only read is told which key it may not write', async () => {
    const consul = await connectWith(readRules);
    const session = await consul.openSession(spec, never());
    const fence = { lockKey, session, unchanged: [] };
    const { entries } = await consul.readTree(`${root}/`, 0, never());
    expect(entries.map(({ key }) => key)).toEqual([lockKey, stateKey]);
    const change = { kind: 'set', key: stateKey, value: '1', index: entries[1]?.index ?? 0 } as const;
    expect(await failureOf(consul.write(fence, [change], permit()))).toMatchObject(
      denied(`key:write ${stateKey}`),
    );
    const failure = await failureOf(consul.checkAndSet([change], never()));
    expect(failure).toMatchObject(denied(`key:write ${stateKey}`));
    expect(failure.message).toBe(
      `consul: write ${stateKey}: cas ${stateKey}: Permission denied: needs key:write ${stateKey}`,
    );
  });

  test('to set a flag or a switch by hand, a token needs no right to sessions', async () => {
    const consul = await connectWith(`key_prefix "${root}" { policy = "write" }`);
    const key = `${root}/failsafe`;
    const index = (await consul.checkAndSet([{ kind: 'set', key, value: '1', index: 0 }], never())).get(key);
    const gone = await consul.checkAndSet([{ kind: 'delete', key, index: index ?? 0 }], never());
    expect([index, gone.size]).toEqual([expect.any(Number), 0]);
  });

  test('the least policy is enough for everything', async () => {
    const consul = await connectWith(leastRules);
    const session = await consul.openSession(spec, never());
    expect(await consul.renewSession(session, never())).toBe(12_000);
    expect(await consul.acquireLock(lockKey, session, never())).toBe(true);
    const { entries } = await consul.readTree(`${root}/`, 0, never());
    const index = entries.find(({ key }) => key === stateKey)?.index ?? 0;
    const fence = { lockKey, session, unchanged: [{ key: `${root}/failsafe`, index: 0 }] };
    await consul.write(fence, [{ kind: 'set', key: stateKey, value: '2', index }], permit());
    expect((await consul.readTree(`${root}/operations/`, 0, never())).entries).toEqual([]);
    await consul.releaseLock(lockKey, session, never());
    await consul.closeSession(session, never());
  });
});

import { describe, expect, test } from 'vitest';
import type { Coordination } from '../../../src/ports/coordination.ts';
import { connect, failureOf, never, permit, recording, replay, startFake, type Exchange } from './support.ts';

const spec = { name: 'replicator_leader_lock', ttlMs: 12_000, lockDelayMs: 15_000 };
const root = 'replicator/config';
const lock = `${root}/leader`;
const session = '11111111-2222-3333-4444-555555555555';
const fence = { lockKey: lock, session, unchanged: [{ key: `${root}/failsafe`, index: 7 }] };
const state = { kind: 'set', key: `${root}/state/jobs/web/g`, value: '{}', index: 3 } as const;

const calls = {
  open: (consul: Coordination) => consul.openSession(spec, never()),
  renew: (consul: Coordination) => consul.renewSession(session, never()),
  close: (consul: Coordination) => consul.closeSession(session, never()),
  acquire: (consul: Coordination) => consul.acquireLock(lock, session, never()),
  release: (consul: Coordination) => consul.releaseLock(lock, session, never()),
  key: (consul: Coordination) => consul.readKey(lock, 0, never()),
  tree: (consul: Coordination) => consul.readTree(`${root}/`, 0, never()),
  write: (consul: Coordination) => consul.write(fence, [state], permit()),
};

type Row = {
  readonly says: string;
  readonly call: keyof typeof calls;
  readonly file: string;
  readonly where: (exchange: Exchange) => boolean;
  readonly kind: string;
  readonly detail: object;
};

const anonymous = (method: string, path: string) => (exchange: Exchange) =>
  exchange.note === 'anonymous' && exchange.method === method && exchange.path.startsWith(path);
const unknownToken = (path: string) => (exchange: Exchange) =>
  exchange.note === 'a token that does not exist' && exchange.path.startsWith(path);
const at = (path: string, status: number) => (exchange: Exchange) =>
  exchange.path.startsWith(path) && exchange.status === status;
const noted = (note: string) => (exchange: Exchange) => exchange.note === note;

const rows: readonly Row[] = [
  {
    says: 'the right to make sessions',
    call: 'open',
    file: 'acl',
    where: anonymous('PUT', '/v1/session/create'),
    kind: 'denied',
    detail: { permission: 'session:write', text: 'Permission denied: needs session:write' },
  },
  {
    says: 'the right to take the lock',
    call: 'acquire',
    file: 'acl',
    where: anonymous('PUT', '/v1/kv/replicator/config/leader'),
    kind: 'denied',
    detail: { permission: `key:write ${lock}` },
  },
  {
    says: 'the right to read a key',
    call: 'key',
    file: 'acl',
    where: anonymous('GET', '/v1/kv/replicator/config/leader'),
    kind: 'denied',
    detail: { permission: `key:read ${lock}` },
  },
  {
    says: 'the right to write, told by a 409',
    call: 'write',
    file: 'acl',
    where: anonymous('PUT', '/v1/txn'),
    kind: 'denied',
    detail: { permission: `key:read ${lock}`, status: 409 },
  },
  {
    says: 'a known token, to make a session',
    call: 'open',
    file: 'acl',
    where: unknownToken('/v1/session/create'),
    kind: 'denied',
    detail: { text: 'the token is not known to Consul' },
  },
  {
    says: 'a known token, to renew',
    call: 'renew',
    file: 'acl',
    where: unknownToken('/v1/session/renew'),
    kind: 'denied',
    detail: { text: 'the token is not known to Consul' },
  },
  {
    says: 'a known token, to write',
    call: 'write',
    file: 'acl',
    where: unknownToken('/v1/txn'),
    kind: 'denied',
    detail: { text: 'the token is not known to Consul' },
  },
  {
    says: 'a known token, to read a tree',
    call: 'tree',
    file: 'acl',
    where: unknownToken('/v1/kv/replicator/config?recurse'),
    kind: 'denied',
    detail: { text: 'the token is not known to Consul' },
  },
  {
    says: 'a living session, to renew',
    call: 'renew',
    file: 'session',
    where: noted('after the destroy'),
    kind: 'conflict',
    detail: { conflict: 'session-gone', status: 404 },
  },
  {
    says: 'a living session, to take the lock',
    call: 'acquire',
    file: 'kv-lock',
    where: noted('an unknown session on a free key'),
    kind: 'conflict',
    detail: { conflict: 'session-gone' },
  },
  {
    says: 'a session at all',
    call: 'acquire',
    file: 'kv-lock',
    where: noted('empty session id (what Replicator does after its session expired)'),
    kind: 'conflict',
    detail: { conflict: 'session-gone' },
  },
  {
    says: 'a session id, to renew',
    call: 'renew',
    file: 'session',
    where: at('/v1/session/renew/xyz', 500),
    kind: 'conflict',
    detail: { conflict: 'session-gone' },
  },
  {
    says: 'a TTL within bounds',
    call: 'open',
    file: 'session',
    where: noted('TTL under 10 s'),
    kind: 'invalid',
    detail: { status: 500 },
  },
  {
    says: 'a duration',
    call: 'open',
    file: 'session',
    where: noted('LockDelay no duration'),
    kind: 'invalid',
    detail: { status: 400 },
  },
  {
    says: 'a leader, to make a session',
    call: 'open',
    file: 'no-leader',
    where: at('/v1/session/create', 500),
    kind: 'unavailable',
    detail: { text: 'No cluster leader' },
  },
  {
    says: 'a leader, to renew',
    call: 'renew',
    file: 'no-leader',
    where: at('/v1/session/renew', 500),
    kind: 'unavailable',
    detail: { text: 'No cluster leader' },
  },
  {
    says: 'a leader, to read',
    call: 'tree',
    file: 'no-leader',
    where: at('/v1/kv/replicator/config?recurse', 500),
    kind: 'unavailable',
    detail: { text: 'No cluster leader' },
  },
  {
    says: 'a leader, to write',
    call: 'write',
    file: 'no-leader',
    where: at('/v1/txn', 500),
    kind: 'unavailable',
    detail: { text: 'No cluster leader' },
  },
  {
    says: 'the lock',
    call: 'write',
    file: 'txn',
    where: noted('a fenced write by another session'),
    kind: 'conflict',
    detail: {
      conflict: 'fence',
      text: `check-session ${lock}: failed session check for key "replicator/config/t/leader", current session "8359f9e9-1fd4-bcac-af5e-0190109133f2" != "${session}"`,
    },
  },
  {
    says: 'the index as read',
    call: 'write',
    file: 'txn',
    where: noted('cas stale: 409, nothing is written'),
    kind: 'conflict',
    detail: { conflict: 'fence' },
  },
  {
    says: 'two things at once',
    call: 'write',
    file: 'fence',
    where: noted('an absent key checked by index, and a stale delete'),
    kind: 'conflict',
    detail: {
      conflict: 'fence',
      text: `check-index ${root}/failsafe: failed to check index, key "${root}/failsafe" doesn't exist; cas ${state.key}: failed to delete key "${state.key}", index is stale`,
    },
  },
  {
    says: 'verbs that this Consul knows',
    call: 'write',
    file: 'txn',
    where: noted('unknown verb'),
    kind: 'invalid',
    detail: { status: 409 },
  },
  {
    says: 'fewer operations',
    call: 'write',
    file: 'txn',
    where: at('/v1/txn', 413),
    kind: 'invalid',
    detail: { status: 413 },
  },
  {
    says: 'a path without empty parts',
    call: 'key',
    file: 'fence',
    where: noted('a path with empty parts'),
    kind: 'invalid',
    detail: { status: 301 },
  },
];

describe('what Consul refuses becomes one kind of error', () => {
  test.each(rows)('$kind: $call wants $says', async ({ call, file, where, kind, detail }) => {
    const exchange = recording(file).find(where);
    if (exchange === undefined) throw new Error('no such exchange');
    const fake = await startFake((_request, response) => replay(exchange, response));
    const failure = await failureOf(calls[call](connect(fake.address)));
    expect(failure.kind).toBe(kind);
    expect(failure.detail).toMatchObject({ service: 'consul', ...detail });
    expect(failure.detail.outcomeUnknown).toBeUndefined();
  });

  test('closing a session that cannot even be looked up is no error', async () => {
    const exchange = recording('fence').find(noted('destroy of no UUID'));
    if (exchange === undefined) throw new Error('no such exchange');
    const fake = await startFake((_request, response) => replay(exchange, response));
    await expect(calls.close(connect(fake.address))).resolves.toBeUndefined();
  });

  test.each([
    ['with a time', { 'retry-after': '3' }, 3_000],
    ['without', {}, undefined],
  ])('throttled %s', async (_says, headers, retryAfterMs) => {
    const fake = await startFake((_request, response) =>
      response.writeHead(429, { 'content-type': 'text/plain', ...headers }).end('rate limit exceeded'),
    );
    const failure = await failureOf(calls.renew(connect(fake.address)));
    expect(failure.kind).toBe('throttled');
    expect(failure.detail.retryAfterMs).toBe(retryAfterMs);
  });

  test.each([
    ['write', true],
    ['acquire', true],
    ['tree', undefined],
  ] as const)('a failing server leaves the outcome of %s unknown: %s', async (call, unknown) => {
    const fake = await startFake((_request, response) =>
      response.writeHead(500, { 'content-type': 'text/plain' }).end('leadership lost while committing log'),
    );
    const failure = await failureOf(calls[call](connect(fake.address)));
    expect(failure.kind).toBe('unavailable');
    expect(failure.detail.outcomeUnknown).toBe(unknown);
  });

  test('no error carries the token', async () => {
    const fake = await startFake((_request, response) => response.writeHead(403).end());
    const failure = await failureOf(calls.open(connect(fake.address, { token: 'a-secret' })));
    const { inspect } = await import('node:util');
    expect(inspect(failure, { depth: 20, showHidden: true })).not.toContain('a-secret');
  });
});

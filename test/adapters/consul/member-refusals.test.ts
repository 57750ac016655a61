import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import type { MemberService } from '../../../src/ports/membership.ts';
import {
  type Adapter,
  connect,
  type Exchange,
  failureOf,
  never,
  recording,
  replay,
  startFake,
} from './support.ts';

const service: MemberService = {
  id: 'a',
  group: 'blue',
  address: '10.0.0.1',
  port: 1313,
  ttlMs: 12_000,
  deregisterAfterMs: 600_000,
};
const spec = { name: 'replicator_member', ttlMs: 12_000, lockDelayMs: 15_000, check: 'a' };

const calls = {
  register: ({ membership }: Adapter) => membership.register(service, never()),
  pass: ({ membership }: Adapter) => membership.pass('a', never()),
  deregister: ({ membership }: Adapter) => membership.deregister('a', never()),
  services: ({ membership }: Adapter) => membership.services('blue', 0, never()),
  open: (consul: Adapter) => consul.openSession(spec, never()),
};

/** The first recorded exchange with that note, or after it, whose path begins so. */
function recorded(file: string, note: string, path = ''): Exchange {
  const exchanges = recording(file);
  const from = exchanges.findIndex((exchange) => exchange.note === note);
  const found = from < 0 ? undefined : exchanges.slice(from).find((one) => one.path.startsWith(path));
  if (found === undefined) throw new Error(`not recorded: ${note} ${path}`);
  return found;
}

const right = { permission: 'service:write replicator' };

describe('what Consul refuses a member becomes one kind of error', () => {
  test.each([
    ['open', 'services', 'the check of the session is not there', '', 'unavailable', {}],
    ['open', 'services', 'the check of the session is critical', '', 'unavailable', {}],
    ['pass', 'services', 'a check that is not there', '', 'not-found', {}],
    ['pass', 'services-acl', 'member, a check that is not there', '', 'not-found', {}],
    ['register', 'services-acl', 'anonymous', '/v1/agent/service/register', 'denied', right],
    ['pass', 'services-acl', 'anonymous', '/v1/agent/check/pass', 'denied', right],
    ['deregister', 'services-acl', 'anonymous', '/v1/agent/service/deregister', 'denied', right],
    ['register', 'services-acl', 'a token that does not exist', '/v1/agent/service', 'denied', {}],
    ['pass', 'services-acl', 'a token that does not exist', '/v1/agent/check', 'denied', {}],
    ['services', 'services-acl', 'a token that does not exist', '/v1/health', 'denied', {}],
  ] as const)('%s, %s: %s %s: %s', async (call, file, note, path, kind, detail) => {
    const exchange = recorded(file, note, path);
    const fake = await startFake((_request, response) => replay(exchange, response));
    const failure = await failureOf(calls[call](connect(fake.address)));
    expect(failure.kind).toBe(kind);
    expect(failure.detail).toMatchObject({ service: 'consul', ...detail });
    expect(failure.detail.outcomeUnknown).toBeUndefined();
  });

  test.each([
    ['services-acl', 'member, a service that is not there'],
    ['services', 'a service that is not there'],
  ])('deregistering what is not there is no error: %s', async (file, note) => {
    const exchange = recorded(file, note);
    const fake = await startFake((_request, response) => replay(exchange, response));
    await expect(calls.deregister(connect(fake.address))).resolves.toBeUndefined();
  });

  test('services that are left out without a word, for want of a node that may be read, are denied', async () => {
    const [health, nodes] = [
      recorded('services-acl', 'no node:read, the services'),
      recorded('services-acl', 'no node:read, the nodes'),
    ];
    const fake = await startFake((request, response) => replay(isNodes(request) ? nodes : health, response));
    const failure = await failureOf(calls.services(connect(fake.address)));
    expect(failure).toMatchObject({ kind: 'denied', detail: { permission: 'node:read' } });
  });

  test('no services, and a node that may be read, are no services', async () => {
    const [health, nodes] = [
      recorded('services-acl', 'no node:read, the services'),
      recorded('services-acl', 'member, the nodes'),
    ];
    const fake = await startFake((request, response) => replay(isNodes(request) ? nodes : health, response));
    const { entries, index } = await calls.services(connect(fake.address));
    expect(entries).toEqual([]);
    expect(index).toBe(Number(health.headers['X-Consul-Index']));
  });

  test.each([
    ['no list', { 'x-consul-index': '7' }, '{}'],
    ['no index', {}, '[]'],
    ['a service without checks', { 'x-consul-index': '7' }, '[{"Node": {}, "Service": {}}]'],
  ])('services that cannot be read are none that are not there: %s', async (_what, headers, body) => {
    const fake = await startFake((_request, response) =>
      response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(body),
    );
    expect(await failureOf(calls.services(connect(fake.address)))).toMatchObject({ kind: 'unavailable' });
  });
});

function isNodes({ url }: IncomingMessage): boolean {
  return url === '/v1/catalog/nodes';
}

describe('what is sent for a member', () => {
  test.each([
    ['register', 'registered', '/v1/agent/service/register'],
    ['open', 'the check of the session is not there', '/v1/session/create'],
  ] as const)('%s is the recorded request', async (call, note, path) => {
    const sent: unknown[] = [];
    const fake = await startFake(async (request, response) => {
      let text = '';
      for await (const chunk of request) text += String(chunk);
      if (request.url === path) sent.push(JSON.parse(text));
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"ID": "s"}');
    });
    await calls[call](connect(fake.address));
    const { requestBody } = recorded('services', note, path);
    const { Behavior: _behaviour, ...body } = sent[0] as Record<string, unknown>;
    expect(body).toEqual(requestBody);
  });
});

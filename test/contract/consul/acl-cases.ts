import { describe, expect, test } from 'vitest';
import { begin } from './wire.ts';
import type { CallOptions, GuardedConsul, PolicyName, Wire } from './wire.ts';

const unknown = '11111111-2222-3333-4444-555555555555';
const denied = {
  status: 403,
  text: 'Permission denied',
  headers: { 'Content-Type': 'text/plain; charset=utf-8' },
};
const notFound = { status: 403, text: 'ACL not found' };
const set = (key: string): string => JSON.stringify([{ KV: { Verb: 'set', Key: key, Value: 'eA==' } }]);

type Call = readonly [method: string, path: string, body?: string];
type Who = PolicyName | 'management' | 'anonymous';
type Guarded = Wire & { readonly server: GuardedConsul };

async function ask(consul: Guarded, who: Who, call: Call): ReturnType<Wire['call']> {
  const [method, path, body] = call;
  const token = who === 'anonymous' ? undefined : consul.server.tokens[who];
  const options: CallOptions = {
    ...(body === undefined ? {} : { body }),
    ...(token === undefined ? {} : { token }),
  };
  return consul.call(method, path, options);
}

const calls: readonly Call[] = [
  ['PUT', '/v1/session/create', '{}'],
  ['GET', `/v1/session/info/${unknown}`],
  ['PUT', `/v1/session/renew/${unknown}`],
  ['PUT', `/v1/session/destroy/${unknown}`],
  ['GET', '/v1/session/list'],
  ['GET', '/v1/kv/replicator/config/a'],
  ['PUT', '/v1/kv/replicator/config/a', 'x'],
  ['DELETE', '/v1/kv/replicator/config/a'],
  ['GET', '/v1/kv/replicator/config?recurse'],
  ['PUT', '/v1/txn', set('other/key')],
  ['PUT', '/v1/txn', '[]'],
  ['GET', '/v1/agent/self'],
  ['PUT', '/v1/agent/service/register', '{"Name": "replicator"}'],
  ['PUT', '/v1/agent/service/deregister/a'],
  ['PUT', '/v1/agent/check/pass/service:a'],
  ['GET', '/v1/health/service/replicator'],
  ['GET', '/v1/catalog/nodes'],
];

/** Access control, everything denied by default. */
export function aclCases(open: () => Promise<GuardedConsul>): void {
  describe('with access control', () => {
    test.each<{ method: string; path: string; body?: string }>(
      calls.map(([method, path, body]) => ({ method, path, ...(body === undefined ? {} : { body }) })),
    )('an unknown token is told so: $method $path', async ({ method, path, ...body }) => {
      const consul = await begin(open);
      for (const token of [unknown, 'garbage'])
        expect(await consul.call(method, path, { token, ...body })).toMatchObject(notFound);
    });

    test('an unknown token at a session read is told that no leader is known', async () => {
      const consul = await begin(open);
      const { headers } = await consul.call('GET', '/v1/session/list', { token: unknown });
      expect(headers).toMatchObject({ 'X-Consul-Index': '1', 'X-Consul-Knownleader': 'false' });
    });

    test('a request is read before its token, and the datacenter looked for', async () => {
      const consul = await begin(open);
      const token = unknown;
      expect(await consul.call('GET', '/v1/kv/', { token })).toMatchObject({
        status: 400,
        text: 'Missing key name',
      });
      expect(await consul.call('PUT', '/v1/txn', { token, body: '[' })).toMatchObject({ status: 400 });
      expect(await consul.call('PUT', '/v1/session/create', { token, body: '{' })).toMatchObject({
        status: 400,
      });
      expect(await consul.call('GET', '/v1/kv/a?dc=dc9', { token })).toMatchObject({ status: 500 });
      expect(await consul.call('GET', '/v1/status/leader', { token })).toMatchObject({ status: 200 });
    });

    test.each<readonly [Who, string, Call]>([
      ['anonymous', 'make a session', ['PUT', '/v1/session/create', '{}']],
      ['anonymous', 'read a key', ['GET', '/v1/kv/replicator/config/a']],
      ['anonymous', 'write a key', ['PUT', '/v1/kv/replicator/config/a', 'x']],
      ['anonymous', 'take a lock', ['PUT', `/v1/kv/replicator/config/a?acquire=${unknown}`]],
      ['anonymous', 'delete a key', ['DELETE', '/v1/kv/replicator/config/a']],
      ['anonymous', 'see the agent', ['GET', '/v1/agent/self']],
      ['keysOnly', 'make a session', ['PUT', '/v1/session/create', '{}']],
      ['keysOnly', 'make one with a bad TTL', ['PUT', '/v1/session/create', '{"TTL": "1ms"}']],
      ['keysOnly', 'read another key', ['GET', '/v1/kv/other/key']],
      ['keysOnly', 'write another key', ['PUT', '/v1/kv/other/key?cas=0', 'x']],
      ['keysOnly', 'delete everything', ['DELETE', '/v1/kv/?recurse']],
      ['least', 'see the agent', ['GET', '/v1/agent/self']],
      ['exactKey', 'make a session', ['PUT', '/v1/session/create', '{}']],
      ['exactKey', 'write below its key', ['PUT', '/v1/kv/replicator/config/leader', 'x']],
      ['exactKey', 'read below its key', ['GET', '/v1/kv/replicator/config/leader']],
      ['mixed', 'read what is denied below', ['GET', '/v1/kv/replicator/secret/a']],
      ['mixed', 'wait for what is denied below', ['GET', '/v1/kv/replicator/secret/a?index=1']],
      ['mixed', 'write what it may read', ['PUT', '/v1/kv/replicator/read-only', 'x']],
      ['mixed', 'write what it may list', ['PUT', '/v1/kv/listed/a', 'x']],
      ['mixed', 'delete a tree with something denied in it', ['DELETE', '/v1/kv/replicator/?recurse']],
      ['mixed', 'delete a tree with something read-only in it', ['DELETE', '/v1/kv/replicator/read?recurse']],
    ])('%s may not %s', async (who, _what, call) => {
      const consul = await begin(open);
      expect(await ask(consul, who, call)).toMatchObject(denied);
    });

    test.each<readonly [Who, string, Call, number, unknown]>([
      ['anonymous', 'reads of sessions', ['GET', '/v1/session/list'], 200, '[]\n'],
      ['anonymous', 'a read of one', ['GET', `/v1/session/info/${unknown}`], 200, '[]\n'],
      [
        'anonymous',
        'renewing what is not there',
        ['PUT', `/v1/session/renew/${unknown}`],
        404,
        expect.stringMatching(/not found$/),
      ],
      ['anonymous', 'destroying what is not there', ['PUT', `/v1/session/destroy/${unknown}`], 200, 'true\n'],
      ['anonymous', 'a listing', ['GET', '/v1/kv/replicator/config?recurse'], 404, ''],
      ['anonymous', 'all names', ['GET', '/v1/kv/?keys'], 200, '[]\n'],
      ['keysOnly', 'an absent key', ['GET', '/v1/kv/replicator/config/none'], 404, ''],
      [
        'keysOnly',
        'a lock without a session',
        ['PUT', '/v1/kv/replicator/config/a?acquire='],
        500,
        'missing session',
      ],
      [
        'keysOnly',
        'a lock of no session',
        ['PUT', `/v1/kv/replicator/config/a?acquire=${unknown}`],
        500,
        `invalid session "${unknown}"`,
      ],
      ['keysOnly', 'writing its key', ['PUT', '/v1/kv/replicator/config/a', 'x'], 200, 'true\n'],
      ['keysOnly', 'deleting its tree', ['DELETE', '/v1/kv/replicator/config/none?recurse'], 200, 'true\n'],
      ['exactKey', 'writing its very key', ['PUT', '/v1/kv/replicator/config', 'x'], 200, 'true\n'],
      ['mixed', 'deleting a tree of its own', ['DELETE', '/v1/kv/replicator/own?recurse'], 200, 'true\n'],
      ['mixed', 'the agent', ['GET', '/v1/agent/self'], 200, expect.stringContaining('"Config"')],
      [
        'management',
        'a bad TTL',
        ['PUT', '/v1/session/create', '{"TTL": "9s"}'],
        500,
        "Invalid Session TTL '9000000000', must be between [10s=24h0m0s]",
      ],
      [
        'management',
        'destroying no UUID',
        ['PUT', '/v1/session/destroy/xyz'],
        500,
        'Session lookup failed: failed session lookup: index error: UUID must be 36 characters',
      ],
    ])('%s is answered %s like anyone: %s %i', async (who, _what, call, status, text) => {
      const consul = await begin(open);
      const answer = await ask(consul, who, call);
      expect(answer).toMatchObject({ status, text });
    });

    test('the least rights are enough to lead: session, lock, fenced write, destroy', async () => {
      const consul = await begin(open);
      const made = await ask(consul, 'least', ['PUT', '/v1/session/create', '{"LockDelay": "0s"}']);
      const { ID } = JSON.parse(made.text) as { ID: string };
      const lock = await ask(consul, 'least', ['PUT', `/v1/kv/replicator/config/leader?acquire=${ID}`]);
      expect(lock).toMatchObject({ status: 200, text: 'true\n' });
      const fenced = [
        { KV: { Verb: 'check-session', Key: 'replicator/config/leader', Session: ID } },
        { KV: { Verb: 'set', Key: 'replicator/config/state', Value: 'MQ==' } },
      ];
      expect(await ask(consul, 'least', ['PUT', '/v1/txn', JSON.stringify(fenced)])).toMatchObject({
        status: 200,
      });
      expect(await ask(consul, 'least', ['PUT', `/v1/session/renew/${ID}`])).toMatchObject({ status: 200 });
      expect(await ask(consul, 'least', ['PUT', `/v1/session/destroy/${ID}`])).toMatchObject({ status: 200 });
    });

    test("another's session may be seen with read, not renewed or destroyed", async () => {
      const consul = await begin(open);
      const made = await ask(consul, 'management', ['PUT', '/v1/session/create', '{}']);
      const { ID } = JSON.parse(made.text) as { ID: string };
      expect((await ask(consul, 'mixed', ['GET', `/v1/session/info/${ID}`])).text).toContain(ID);
      expect((await ask(consul, 'keysOnly', ['GET', `/v1/session/info/${ID}`])).text).toBe('[]\n');
      for (const verb of ['renew', 'destroy'])
        expect(await ask(consul, 'mixed', ['PUT', `/v1/session/${verb}/${ID}`])).toMatchObject(denied);
      await ask(consul, 'management', ['PUT', `/v1/session/destroy/${ID}`]);
    });

    test('the least rights are enough to be a member: service, check, bound session, lock', async () => {
      const consul = await begin(open);
      const Check = { TTL: '60s', Status: 'passing' };
      const service = JSON.stringify({ ID: 'a', Name: 'replicator', Tags: ['blue'], Check });
      const done = { status: 200, text: '' };
      expect(await ask(consul, 'member', ['PUT', '/v1/agent/service/register', service])).toMatchObject(done);
      await consul.elapse(150);
      expect(await ask(consul, 'member', ['PUT', '/v1/agent/check/pass/service:a'])).toMatchObject(done);
      const wish = '{"LockDelay": "0s", "Checks": ["serfHealth", "service:a"]}';
      const made = await ask(consul, 'member', ['PUT', '/v1/session/create', wish]);
      const { ID } = JSON.parse(made.text) as { ID: string };
      const lock = `/v1/kv/replicator/config/groups/blue/members/a?acquire=${ID}`;
      expect(await ask(consul, 'member', ['PUT', lock])).toMatchObject({ status: 200, text: 'true\n' });
      const seen = async (who: Who): Promise<unknown> =>
        JSON.parse((await ask(consul, who, ['GET', '/v1/health/service/replicator?tag=blue'])).text);
      const entry = { Service: { ID: 'a' }, Checks: [{ CheckID: 'serfHealth' }, { Status: 'passing' }] };
      for (const who of ['member', 'watcher'] as const) expect(await seen(who)).toMatchObject([entry]);
      for (const who of ['noNode', 'least', 'anonymous'] as const) expect(await seen(who)).toEqual([]);
      const text = 'Permission denied: Missing service:write on replicator';
      for (const who of ['watcher', 'least', 'anonymous'] as const)
        for (const path of ['service/deregister/a', 'check/pass/service:a'])
          expect(await ask(consul, who, ['PUT', `/v1/agent/${path}`])).toMatchObject({ status: 403, text });
      expect(await ask(consul, 'watcher', ['PUT', '/v1/agent/service/register', service])).toMatchObject({
        status: 403,
        text,
      });
      expect(await ask(consul, 'noNode', ['PUT', '/v1/agent/service/deregister/a'])).toMatchObject(done);
    });

    test.each([
      ['check/pass/service:nosuch', 'Unknown check "service:nosuch"'],
      ['service/deregister/nosuch', 'Unknown service {"nosuch" {}}'],
    ])('a member is told what the agent does not know: %s', async (path, text) => {
      const consul = await begin(open);
      expect(await ask(consul, 'member', ['PUT', `/v1/agent/${path}`])).toMatchObject({ status: 500, text });
    });

    test.each([
      ['member', 1],
      ['watcher', 1],
      ['noNode', 0],
      ['anonymous', 0],
    ] as const)('of the nodes, %s sees %i', async (who, count) => {
      const consul = await begin(open);
      const { status, text } = await ask(consul, who, ['GET', '/v1/catalog/nodes']);
      expect(status).toBe(200);
      expect(JSON.parse(text)).toHaveLength(count);
    });

    test('a listing shows what may be read', async () => {
      const consul = await begin(open);
      for (const key of ['replicator/secret/a', 'replicator/b', 'replicator/read-only', 'listed/a'])
        await ask(consul, 'management', ['PUT', `/v1/kv/${key}`, 'x']);
      const names = JSON.parse((await ask(consul, 'mixed', ['GET', '/v1/kv/?keys'])).text) as string[];
      expect(names).toEqual(expect.arrayContaining(['listed/a', 'replicator/b', 'replicator/read-only']));
      expect(names.filter((name) => name.startsWith('replicator/secret/'))).toEqual([]);
      expect(await ask(consul, 'mixed', ['GET', '/v1/kv/replicator/secret/?keys'])).toMatchObject({
        status: 404,
        text: '',
      });
    });

    test('a transaction is refused with 409 for every key without the right, before it is tried', async () => {
      const consul = await begin(open);
      const ops = [
        { KV: { Verb: 'set', Key: 'replicator/ok' } },
        { KV: { Verb: 'set', Key: 'replicator/read-only' } },
        { KV: { Verb: 'get', Key: 'replicator/none' } },
        { KV: { Verb: 'check-index', Key: 'replicator/secret/a', Index: 1 } },
        { KV: { Verb: 'delete-tree', Key: 'replicator/' } },
        { KV: { Verb: 'check-not-exists', Key: 'listed/a' } },
        { KV: { Verb: 'jump', Key: 'listed/a' } },
      ];
      const answer = await ask(consul, 'mixed', ['PUT', '/v1/txn', JSON.stringify(ops)]);
      expect(answer.status).toBe(409);
      const What = 'Permission denied';
      expect(JSON.parse(answer.text)).toEqual({
        Results: null,
        Errors: [1, 3, 4, 5, 6].map((OpIndex) => ({ OpIndex, What })),
      });
    });

    test('a transaction leaves out of its results what may not be read', async () => {
      const consul = await begin(open);
      await ask(consul, 'management', ['PUT', '/v1/kv/replicator/secret/a', 'x']);
      const body = JSON.stringify([{ KV: { Verb: 'get', Key: 'replicator/secret/a' } }]);
      const answer = await ask(consul, 'mixed', ['PUT', '/v1/txn', body]);
      expect(answer.status).toBe(200);
      expect(JSON.parse(answer.text)).toMatchObject({ Results: [], Errors: null });
    });

    test('a token comes in the query, before the header, before the bearer', async () => {
      const consul = await begin(open);
      const { least } = consul.server.tokens;
      const path = '/v1/kv/replicator/config/none';
      const with404 = { status: 404 };
      expect(await consul.call('GET', `${path}?token=${least}`)).toMatchObject(with404);
      expect(await consul.call('GET', `${path}?token=${least}`, { token: 'garbage' })).toMatchObject(with404);
      expect(await consul.call('GET', `${path}?token=garbage`, { token: least })).toMatchObject(notFound);
      expect(await consul.call('GET', `${path}?token=`, { token: least })).toMatchObject(with404);
      for (const scheme of ['Bearer', 'bearer']) {
        const headers = { Authorization: `${scheme} ${least}` };
        expect(await consul.call('GET', path, { headers })).toMatchObject(with404);
        expect(await consul.call('GET', path, { headers, token: 'garbage' })).toMatchObject(notFound);
      }
    });
  });
}

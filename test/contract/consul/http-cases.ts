import { describe, expect, test } from 'vitest';
import { begin } from './wire.ts';
import type { ConsulUnderTest } from './wire.ts';

const someSession = '11111111-2222-3333-4444-555555555555';

/** Paths, methods, headers and what every endpoint refuses. */
export function httpCases(open: () => Promise<ConsulUnderTest>): void {
  describe('the HTTP around it', () => {
    test.each(['/v1/nosuch', '/nosuch', '/v1', '/v1/', '/v1/session', '/v1/session/list/', '/v1/txn/'])(
      'an unknown path is 404 without a body: %s',
      async (path) => {
        const consul = await begin(open);
        const answer = await consul.call('GET', path);
        expect(answer).toMatchObject({ status: 404, text: '' });
        expect(answer.headers).not.toHaveProperty('Vary');
      },
    );

    test.each([
      ['PATCH', '/v1/kv/x', 'OPTIONS,GET,PUT,DELETE'],
      ['POST', '/v1/kv/x', 'OPTIONS,GET,PUT,DELETE'],
      ['GET', '/v1/txn', 'OPTIONS,PUT'],
      ['GET', '/v1/session/create', 'OPTIONS,PUT'],
      ['POST', `/v1/session/renew/${someSession}`, 'OPTIONS,PUT'],
      ['DELETE', `/v1/session/destroy/${someSession}`, 'OPTIONS,PUT'],
      ['PUT', `/v1/session/info/${someSession}`, 'OPTIONS,GET'],
      ['PUT', '/v1/session/list', 'OPTIONS,GET'],
      ['PUT', '/v1/status/leader', 'OPTIONS,GET'],
      ['POST', '/v1/agent/self', 'OPTIONS,GET'],
    ])('a wrong method is 405 and told the right ones: %s %s', async (method, path, allowed) => {
      const consul = await begin(open);
      const answer = await consul.call(method, path);
      expect(answer).toMatchObject({
        status: 405,
        text: `method ${method} not allowed`,
        headers: { Allow: allowed, 'Content-Type': 'text/plain; charset=utf-8', Vary: 'Accept-Encoding' },
      });
    });

    test('HEAD is no method of a key', async () => {
      const consul = await begin(open);
      const answer = await consul.call('HEAD', '/v1/kv/x');
      expect(answer).toMatchObject({ status: 405, headers: { Allow: 'OPTIONS,GET,PUT,DELETE' } });
    });

    test('OPTIONS says what is allowed', async () => {
      const consul = await begin(open);
      const answer = await consul.call('OPTIONS', '/v1/kv/x');
      expect(answer).toMatchObject({ status: 200, text: '', headers: { Allow: 'OPTIONS,GET,PUT,DELETE' } });
    });

    test.each([
      ['/v1/kv//a?raw', '/v1/kv/a?raw'],
      ['/v1/kv//a?x=1&y', '/v1/kv/a?x=1&y'],
      ['/v1//kv/a', '/v1/kv/a'],
      ['/v1/kv/a/../b', '/v1/kv/b'],
      ['/v1/kv/a//', '/v1/kv/a/'],
      ['/v1/kv/a%20b%2F%2Fc%C3%A9', '/v1/kv/a%20b/c%C3%A9'],
      ['/v1/kv//a[b]<c>"d"', '/v1/kv/a%5Bb%5D%3Cc%3E%22d%22'],
      ['/v1/kv//a&b', '/v1/kv/a&b'],
      ['/v1/kv', '/v1/kv/'],
      ['/v1/session/info', '/v1/session/info/'],
    ])('a path that is not clean is sent elsewhere: %s', async (path, location) => {
      const consul = await begin(open);
      const answer = await consul.call('GET', path);
      expect(answer).toMatchObject({
        status: 301,
        text: `<a href="${location.replaceAll('&', '&amp;')}">Moved Permanently</a>.\n\n`,
        headers: { Location: location, 'Content-Type': 'text/html; charset=utf-8' },
      });
    });

    test('a write to a path that is not clean is sent elsewhere and writes nothing', async () => {
      const consul = await begin(open);
      const answer = await consul.put('/a', 'x');
      expect(answer).toMatchObject({ status: 301, text: '', headers: { Location: consul.path('a') } });
      expect(await consul.get('a')).toMatchObject({ status: 404 });
    });

    test('a path that is no percent encoding is 400', async () => {
      const consul = await begin(open);
      const answer = await consul.call('GET', '/v1/kv/a%zz');
      expect(answer).toMatchObject({ status: 400, text: '400 Bad Request' });
    });

    test.each([
      ['GET', '/v1/kv/a?dc=dc9'],
      ['PUT', '/v1/kv/a?dc=dc9'],
      ['DELETE', '/v1/kv/a?dc=dc9'],
      ['PUT', '/v1/session/create?dc=dc9'],
      ['PUT', `/v1/session/renew/${someSession}?dc=dc9`],
      ['GET', '/v1/session/list?dc=dc9'],
      ['GET', '/v1/status/leader?dc=dc9'],
    ])('an unknown datacenter is 500: %s %s', async (method, path) => {
      const consul = await begin(open);
      const answer = await consul.call(method, path);
      expect(answer).toMatchObject({ status: 500, text: 'No path to datacenter' });
    });

    test('a session read that did not get to a server says that it knows no leader, a key read says nothing', async () => {
      const consul = await begin(open);
      const list = await consul.call('GET', '/v1/session/list?dc=dc9');
      expect(list.headers).toMatchObject({
        'X-Consul-Index': '1',
        'X-Consul-Knownleader': 'false',
        'X-Consul-Lastcontact': '0',
      });
      const key = await consul.call('GET', '/v1/kv/a?dc=dc9');
      expect(key.headers).not.toHaveProperty('X-Consul-Index');
    });

    test('a namespace is refused: this is no Enterprise', async () => {
      const consul = await begin(open);
      const answer = await consul.call('GET', '/v1/kv/a?ns=x');
      expect(answer.status).toBe(400);
      expect(answer.text).toMatch(/^Bad request: Invalid query parameter: "ns" - Namespaces are/);
    });

    test('the leader is told as an address, the peers as a list of one', async () => {
      const consul = await begin(open);
      const leader = await consul.call('GET', '/v1/status/leader');
      expect(leader).toMatchObject({ status: 200, headers: { 'Content-Type': 'application/json' } });
      expect(leader.text).toMatch(/^"127\.0\.0\.1:\d+"\n$/);
      const peers = await consul.call('GET', '/v1/status/peers');
      expect(JSON.parse(peers.text)).toEqual([JSON.parse(leader.text)]);
      expect(leader.headers).not.toHaveProperty('X-Consul-Index');
    });

    test('the agent says who it is and which version', async () => {
      const consul = await begin(open);
      const answer = await consul.call('GET', '/v1/agent/self');
      const self = JSON.parse(answer.text) as { Config: object; Member: { Tags: object } };
      expect(Object.keys(self)).toEqual(['Config', 'DebugConfig', 'Coord', 'Member', 'Stats', 'Meta']);
      expect(Object.keys(self.Config)).toEqual([
        'Datacenter',
        'NodeName',
        'NodeID',
        'Revision',
        'Server',
        'Version',
      ]);
      expect(self).toMatchObject({
        Config: { Datacenter: 'dc1', Server: true, Version: '1.8.7', Revision: '' },
        DebugConfig: { KVMaxValueSize: 524288, DevMode: true },
        Member: { Status: 1, Addr: '127.0.0.1', Tags: { role: 'consul', build: '1.8.7:', dc: 'dc1' } },
        Stats: { consul: { leader: 'true', server: 'true' } },
      });
    });

    test('a read tells its index, a leader and no delay under these very names; a write only its type', async () => {
      const consul = await begin(open);
      const write = await consul.put('a', 'x');
      const read = await consul.get('a');
      const sent = ({ headers }: typeof read): string[] =>
        Object.keys(headers)
          .filter((name) => !['Date', 'Connection', 'Content-Length', 'Transfer-Encoding'].includes(name))
          .toSorted();
      expect(sent(write)).toEqual(['Content-Type', 'Vary']);
      expect(sent(read)).toEqual([
        'Content-Type',
        'Vary',
        'X-Consul-Index',
        'X-Consul-Knownleader',
        'X-Consul-Lastcontact',
      ]);
      expect(read.headers).toMatchObject({
        'Content-Type': 'application/json',
        'X-Consul-Knownleader': 'true',
        'X-Consul-Lastcontact': '0',
      });
      expect(write.headers).toMatchObject({ 'Content-Type': 'application/json', Vary: 'Accept-Encoding' });
    });

    test('JSON is indented by four blanks, ends with a newline and escapes what HTML would read', async () => {
      const consul = await begin(open);
      await consul.put('a%26<b>', 'x');
      const answer = await consul.get('', '?keys');
      expect(answer.text).toBe(`[\n    "${consul.root}/a\\u0026\\u003cb\\u003e"\n]\n`);
    });
  });
}

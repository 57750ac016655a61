import { readFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  createLeanClient,
  type LeanClient,
  type LeanOptions,
} from '../../../src/adapters/nomad/lean-client.ts';
import { startFake } from './fake-nomad.ts';
import { never } from './harness.ts';

function clientFor(address: string, more: Partial<LeanOptions> = {}): LeanClient {
  const client = createLeanClient({ address, headers: {}, secure: undefined, ...more });
  onTestFinished(() => client.destroy());
  return client;
}

describe('the lean client', () => {
  test('sends path, query and headers, below the path of the address', async () => {
    const server = await startFake(() => ({ text: '{"ü":1}' }));
    const client = clientFor(`${server.address}/proxy/`, { headers: { 'X-Nomad-Token': 'secret' } });
    const reply = await client.get('/v1/x?namespace=a%2Fb', never);
    expect(reply).toMatchObject({ status: 200, text: '{"ü":1}' });
    const [seen] = server.seen;
    expect(seen?.path).toBe('/proxy/v1/x');
    expect(seen?.query.get('namespace')).toBe('a/b');
    expect(seen?.headers).toMatchObject({ 'x-nomad-token': 'secret', host: new URL(server.address).host });
    expect(seen?.headers['accept-encoding']).toBeUndefined();
  });

  test('keeps a connection for the next request, and has one more for each at the same time', async () => {
    const server = await startFake(({ path }) => ({ text: path }));
    const client = clientFor(server.address);
    for (let at = 0; at < 5; at += 1) await client.get(`/${at}`, never);
    expect(server.most()).toBeLessThanOrEqual(1);
    const texts = await Promise.all(['/a', '/b', '/c'].map((path) => client.get(path, never)));
    expect(texts.map(({ text }) => text)).toEqual(['/a', '/b', '/c']);
    expect(server.open()).toBe(3);
  });

  test('reads what comes in chunks', async () => {
    const server = await startFake(() => ({
      text: 'x'.repeat(300_000),
      headers: { 'Transfer-Encoding': 'chunked' },
    }));
    const reply = await clientFor(server.address).get('/', never);
    expect(reply.text).toHaveLength(300_000);
  });

  test('closes a connection whose answer says so', async () => {
    const server = await startFake(() => ({ text: 'x', headers: { Connection: 'close' } }));
    const client = clientFor(server.address);
    await client.get('/', never);
    await expect.poll(server.open).toBe(0);
    expect((await client.get('/', never)).text).toBe('x');
  });

  test.each([
    ['reset', 'ECONNRESET'],
    ['cut', 'ECONNRESET'],
  ] as const)('is told of a connection that is %s', async (reply, code) => {
    const server = await startFake(() => reply);
    await expect(clientFor(server.address).get('/', never)).rejects.toMatchObject({ code });
  });

  test('is told when nobody listens', async () => {
    await expect(clientFor('http://127.0.0.1:1').get('/', never)).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
  });

  test('closes the connection of a request that is stopped, and answers the reason', async () => {
    const server = await startFake(({ path }) => (path === '/stuck' ? 'hang' : { text: 'x' }));
    const client = clientFor(server.address);
    const stop = new AbortController();
    const stuck = client.get('/stuck', stop.signal).catch((error: unknown) => error);
    await expect.poll(() => server.seen.length).toBe(1);
    stop.abort(new Error('late'));
    expect(await stuck).toMatchObject({ message: 'late' });
    await expect.poll(server.open).toBe(0);
    await expect(client.get('/', stop.signal)).rejects.toThrow('late');
    expect((await client.get('/', never)).text).toBe('x');
  });

  test('closes everything when it is destroyed', async () => {
    const server = await startFake(({ path }) => (path === '/stuck' ? 'hang' : { text: 'x' }));
    const client = clientFor(server.address);
    const stuck = client.get('/stuck', never).catch((error: unknown) => error);
    await client.get('/', never);
    await expect.poll(() => server.seen.length).toBe(2);
    client.destroy();
    expect(await stuck).toMatchObject({ code: 'ECONNRESET' });
    await expect.poll(server.open).toBe(0);
  });

  test('refuses a header that would be two', () => {
    expect(() => clientFor('http://127.0.0.1:1', { headers: { A: 'b\r\nC: d' } })).toThrow(TypeError);
  });

  test('speaks TLS with its own certificate, and knows the server by its name', async () => {
    const pem = (name: string): string =>
      readFileSync(new URL(`../../support/tls/${name}`, import.meta.url), 'utf8');
    const tls = { cert: pem('server.pem'), key: pem('server-key.pem'), ca: pem('ca.pem') };
    const server = await startFake(() => ({ text: 'x' }), {
      ...tls,
      requestCert: true,
      rejectUnauthorized: true,
    });
    const secure = {
      caCert: pem('ca.pem'),
      clientCert: pem('client.pem'),
      clientKey: pem('client-key.pem'),
      serverName: 'server.global.nomad',
    };
    expect((await clientFor(server.address, { secure }).get('/', never)).text).toBe('x');
    const other = clientFor(server.address, { secure: { ...secure, serverName: 'other.global.nomad' } });
    await expect(other.get('/', never)).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });
});

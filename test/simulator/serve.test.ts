import { Agent, request } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { mountFaces, serveFace } from '../../src/simulator/serve.ts';
import type { Face, FaceRequest, FaceResponse } from '../../src/simulator/face.ts';
import type { FaceServer, RequestLogEntry } from '../../src/simulator/serve.ts';

const servers: FaceServer[] = [];
const agent = new Agent({ keepAlive: true });

afterEach(async () => {
  agent.destroy();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

type Handle = (asked: FaceRequest) => FaceResponse | Promise<FaceResponse>;

function faceOf(handle: Handle): Face {
  return { handle: async (asked) => handle(asked) };
}

async function serve(handle: Handle, log: RequestLogEntry[] = []): Promise<FaceServer> {
  const server = await serveFace(faceOf(handle), { gzip: true, log: (entry) => log.push(entry) });
  servers.push(server);
  return server;
}

const ok = (body: string): FaceResponse => ({ status: 200, headers: { 'Content-Type': 'text/plain' }, body });

interface Got {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

function get(server: FaceServer, path: string, more: object = {}): Promise<Got> {
  return new Promise((resolve, reject) => {
    const sent = request({ port: server.port, host: '127.0.0.1', path, agent, ...more }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    sent.on('error', reject);
    sent.end();
  });
}

describe('a face behind a socket', () => {
  test('gets the path as it was sent, the query, lower-case headers and the body', async () => {
    const seen: FaceRequest[] = [];
    const server = await serve((asked) => {
      seen.push(asked);
      return ok('x');
    });
    await fetch(`${server.url}/v1/job/a%2Fb?index=3&stale`, {
      method: 'PUT',
      headers: { 'X-Nomad-Token': 's' },
      body: 'ü',
    });
    const [asked] = seen;
    expect([asked?.path, asked?.method, asked?.body]).toEqual(['/v1/job/a%2Fb', 'PUT', 'ü']);
    expect([asked?.query.get('index'), asked?.query.has('stale')]).toEqual(['3', true]);
    expect(asked?.headers['x-nomad-token']).toBe('s');
  });

  test('is zipped when asked for and worth it', async () => {
    const long = 'abc'.repeat(1000);
    const server = await serve(({ path }) => ok(path === '/long' ? long : 'short'));
    const accept = { headers: { 'Accept-Encoding': 'gzip' } };
    const zipped = await get(server, '/long', accept);
    expect(zipped.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(zipped.body).toString()).toBe(long);
    expect((await get(server, '/short', accept)).headers['content-encoding']).toBeUndefined();
    expect((await get(server, '/long')).body.toString()).toBe(long);
  });

  test('logs each request with its status, time, port, and body unless it was a GET', async () => {
    const log: RequestLogEntry[] = [];
    const server = await serve(({ path }) => ({ ...ok('x'), status: path === '/a' ? 200 : 404 }), log);
    await fetch(`${server.url}/a?b=c`);
    await fetch(`${server.url}/d`, { method: 'POST', body: '{"x":1}' });
    expect(log).toMatchObject([
      { seq: 1, method: 'GET', path: '/a?b=c', status: 200 },
      { seq: 2, method: 'POST', path: '/d', status: 404, body: '{"x":1}' },
    ]);
    expect(log[0]).not.toHaveProperty('body');
    expect(log[0]?.remotePort).toBeGreaterThan(0);
    expect(Math.abs((log[0]?.t ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  test('learns that the caller hung up, and logs it with status 0', async () => {
    const log: RequestLogEntry[] = [];
    const gone: Promise<void>[] = [];
    const server = await serve((asked) => {
      const hungUp = new Promise<void>((resolve) => asked.signal.addEventListener('abort', () => resolve()));
      gone.push(hungUp);
      return hungUp.then(() => ok('late'));
    }, log);
    const caller = new AbortController();
    const pending = fetch(`${server.url}/wait`, { signal: caller.signal });
    while (gone.length === 0) await new Promise((resolve) => setImmediate(resolve));
    caller.abort();
    await expect(pending).rejects.toThrow('aborted');
    await gone[0];
    while (log.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(log).toMatchObject([{ path: '/wait', status: 0 }]);
  });

  test('counts connections, now and at most', async () => {
    const server = await serve(() => ok('x'));
    await Promise.all([get(server, '/1'), get(server, '/2'), get(server, '/3')]);
    expect([server.connections(), server.maxConnections()]).toEqual([3, 3]);
    await get(server, '/4');
    expect(server.maxConnections()).toBe(3);
    agent.destroy();
    while (server.connections() > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(server.maxConnections()).toBe(3);
  });

  test('answers 500 when the face throws', async () => {
    const server = await serve(() => {
      throw new Error('broken');
    });
    const answer = await fetch(`${server.url}/`);
    expect([answer.status, await answer.text()]).toEqual([500, 'broken']);
  });

  test('refuses a port that is taken', async () => {
    const server = await serve(() => ok('x'));
    await expect(
      serveFace(
        faceOf(() => ok('y')),
        { port: server.port },
      ),
    ).rejects.toThrow('EADDRINUSE');
  });
});

test('several faces can be mounted as one', async () => {
  const face = mountFaces([
    ['/simulator/', faceOf(() => ok('control'))],
    ['/v1/', faceOf(() => ok('nomad'))],
  ]);
  const ask = async (path: string): Promise<string> => {
    const { signal } = new AbortController();
    const asked = { method: 'GET', path, query: new URLSearchParams(), headers: {}, body: '', signal };
    const { status, body } = await face.handle(asked);
    return `${status} ${body}`;
  };
  expect([await ask('/simulator/log'), await ask('/v1/jobs'), await ask('/other')]).toEqual([
    '200 control',
    '200 nomad',
    '404 ',
  ]);
});

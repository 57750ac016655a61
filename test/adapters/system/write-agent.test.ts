import { readFileSync } from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import * as net from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createWriteAgent } from '../../../src/adapters/system/write-agent.ts';
import type { GuardedAgent } from '../../../src/adapters/system/write-agent.ts';
import type { TlsOptions } from '../../../src/ports/tls.ts';

const pem = (name: string): string =>
  readFileSync(new URL(`../../support/tls/${name}`, import.meta.url), 'utf8');
const trusted: TlsOptions = { caCert: pem('ca.pem'), serverName: 'server.global.nomad' };

interface Listening {
  readonly port: number;
  readonly log: string[];
}

/** A server that logs what it sees, in order, beside what the permit logs. */
async function listen(secure = false): Promise<Listening> {
  const log: string[] = [];
  const answer: http.RequestListener = (request, response) => {
    log.push(`request ${request.method}`);
    request.resume().on('end', () => response.end('done'));
  };
  const server = secure
    ? https.createServer({ key: pem('server-key.pem'), cert: pem('server.pem') }, answer)
    : http.createServer(answer);
  const sockets = new Set<net.Socket>();
  server.on('connection', (socket: net.Socket) => {
    log.push('connection');
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => log.push(`closed after ${socket.bytesRead} bytes`));
  });
  const port = await bind(server);
  onTestFinished(() => sockets.forEach((socket) => socket.destroy()));
  return { port, log };
}

function bind(server: net.Server): Promise<number> {
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(address !== null && typeof address === 'object' ? address.port : 0);
    });
  });
}

function permitThat(assertHeld: () => void): { assertHeld(): void; signal: AbortSignal } {
  return { assertHeld, signal: new AbortController().signal };
}

interface Sent {
  readonly status?: number;
  readonly error?: Error;
}

function put(guarded: GuardedAgent, port: number, body = '{}'): Promise<Sent> {
  const secure = 'protocol' in guarded.agent && guarded.agent.protocol === 'https:';
  return new Promise((resolve) => {
    const options = { host: '127.0.0.1', port, method: 'PUT', path: '/v1/jobs', agent: guarded.agent };
    const request = (secure ? https : http).request(options, (response) => {
      response.resume().on('end', () => resolve({ status: response.statusCode ?? 0 }));
    });
    request.on('error', (error) => resolve({ error }));
    request.end(body);
  });
}

describe.each([
  ['plain HTTP', undefined],
  ['TLS', trusted],
] as const)('a write over %s', (_, secure) => {
  test('asks the permit before the request is seen', async () => {
    const { port, log } = await listen(secure !== undefined);
    const guarded = createWriteAgent(
      permitThat(() => log.push('asked')),
      secure,
    );
    expect(await put(guarded, port)).toEqual({ status: 200 });
    expect(log.filter((entry) => /asked|request/.test(entry))).toEqual(['asked', 'request PUT']);
    expect(guarded.begun()).toBe(true);
    await guarded.close();
  });

  test('sends nothing when the lease has ended by the time the connection is made', async () => {
    const { port, log } = await listen(secure !== undefined);
    const ended = new Error('the lease has ended');
    const guarded = createWriteAgent(
      permitThat(() => {
        throw ended;
      }),
      secure,
    );
    expect((await put(guarded, port)).error).toBe(ended);
    await guarded.close();
    await expect.poll(() => log).toContainEqual(expect.stringMatching(/^closed/));
    expect(log).not.toContain('request PUT');
    expect(guarded.begun()).toBe(false);
    expect(guarded.refusal()).toBe(ended);
  });

  test('asks the permit once, however long the body is', async () => {
    const { port } = await listen(secure !== undefined);
    let asked = 0;
    const guarded = createWriteAgent(
      permitThat(() => {
        asked += 1;
      }),
      secure,
    );
    expect(await put(guarded, port, 'x'.repeat(3_000_000))).toEqual({ status: 200 });
    expect(asked).toBe(1);
    await guarded.close();
  });
});

test('leaves not one byte behind when the lease has ended', async () => {
  const { port, log } = await listen();
  const guarded = createWriteAgent(
    permitThat(() => {
      throw new Error('the lease has ended');
    }),
    undefined,
  );
  await put(guarded, port);
  await guarded.close();
  await expect.poll(() => log).toEqual(['connection', 'closed after 0 bytes']);
});

test('has begun nothing when nobody listens', async () => {
  const server = net.createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(address !== null && typeof address === 'object' ? address.port : 0));
    });
  });
  const guarded = createWriteAgent(
    permitThat(() => undefined),
    undefined,
  );
  expect((await put(guarded, port)).error).toMatchObject({ code: 'ECONNREFUSED' });
  expect(guarded.begun()).toBe(false);
  await guarded.close();
});

test('closes a connection whose TLS handshake never ends', async () => {
  const server = net.createServer((socket) => socket.on('error', () => undefined).resume());
  const port = await bind(server);
  const connected = new Promise<net.Socket>((resolve) => server.once('connection', resolve));
  const guarded = createWriteAgent(
    permitThat(() => undefined),
    trusted,
  );
  const sent = put(guarded, port);
  const socket = await connected;
  const gone = new Promise((resolve) => socket.once('close', resolve));
  await guarded.close();
  await gone;
  expect((await sent).error).toBeInstanceOf(Error);
  expect(guarded.begun()).toBe(false);
});

test('refuses a certificate that no given authority has signed', async () => {
  const { port, log } = await listen(true);
  const guarded = createWriteAgent(
    permitThat(() => undefined),
    { serverName: 'server.global.nomad' },
  );
  expect((await put(guarded, port)).error).toMatchObject({ code: expect.stringMatching(/CERT|SIGNATURE/) });
  expect(log).not.toContain('request PUT');
  await guarded.close();
});

test('takes any certificate when told to skip verification', async () => {
  const { port } = await listen(true);
  const guarded = createWriteAgent(
    permitThat(() => undefined),
    { skipVerify: true },
  );
  expect(await put(guarded, port)).toEqual({ status: 200 });
  await guarded.close();
});

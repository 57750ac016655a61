import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { AxiosAdapter } from 'axios';
import { onTestFinished } from 'vitest';

/** A request as a fake saw it. */
export interface Seen {
  readonly method: string;
  /** Path without query, as sent. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** An answer, or what is done instead of answering. */
export type Reply =
  | {
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly text: string | Buffer;
    }
  | 'hang'
  | 'reset'
  /** Headers and the beginning of a body, then nothing. */
  | 'stall'
  /** Headers and the beginning of a body, then the connection is cut. */
  | 'cut';

export type Handler = (seen: Seen) => Reply | Promise<Reply>;

export interface FakeServer {
  readonly address: string;
  readonly seen: readonly Seen[];
  /** Connections open now, and the most that ever were at once for longer than a moment. */
  readonly open: () => number;
  readonly most: () => number;
}

/** An end that the client has made already is seen within this time: until then it does not count. */
const SETTLE_MS = 5;

/** A server on loopback that answers as told; it is closed when the test has finished. */
export async function startFake(handler: Handler, tls?: https.ServerOptions): Promise<FakeServer> {
  const seen: Seen[] = [];
  const sockets = new Set<Socket>();
  let most = 0;
  const listener: http.RequestListener = (request, response) => {
    void (async () => {
      const entry = seenOf(request, await readBody(request));
      seen.push(entry);
      send(response, await handler(entry));
    })();
  };
  const server = tls === undefined ? http.createServer(listener) : https.createServer(tls, listener);
  server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
    sockets.add(socket);
    const counting = setTimeout(() => {
      most = Math.max(most, sockets.size);
    }, SETTLE_MS);
    socket.once('close', () => clearTimeout(counting));
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  );
  const { port } = server.address() as AddressInfo;
  return {
    address: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    seen,
    open: () => sockets.size,
    most: () => most,
  };
}

/** The same handler without a socket: an axios adapter. `hang` waits for the request's signal. */
export function adapterOf(handler: Handler, seen: Seen[] = []): AxiosAdapter {
  return async (config) => {
    const url = new URL(config.url ?? '');
    const entry: Seen = {
      method: (config.method ?? 'get').toUpperCase(),
      path: url.pathname,
      query: url.searchParams,
      headers: { ...config.headers.toJSON() },
      body: typeof config.data === 'string' ? config.data : '',
    };
    seen.push(entry);
    const reply = await handler(entry);
    if (typeof reply === 'string') {
      if (reply === 'hang') await new Promise(() => undefined);
      throw Object.assign(new Error(reply), { code: 'ECONNRESET' });
    }
    const { status = 200, headers = {}, text } = reply;
    return { status, statusText: '', headers: { ...headers }, config, data: String(text) };
  };
}

function seenOf(request: http.IncomingMessage, body: string): Seen {
  const url = new URL(request.url ?? '/', 'http://fake');
  const { method = '', headers } = request;
  return { method, path: url.pathname, query: url.searchParams, headers, body };
}

function send(response: http.ServerResponse, reply: Reply): void {
  if (reply === 'hang') return;
  if (reply === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  if (reply === 'stall' || reply === 'cut') {
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '1000' });
    response.write('[{"ID":"half');
    if (reply === 'cut') setImmediate(() => response.socket?.destroy());
    return;
  }
  response.writeHead(reply.status ?? 200, { ...reply.headers });
  response.end(reply.text);
}

async function readBody(request: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    return 'broken off';
  }
  return Buffer.concat(chunks).toString();
}

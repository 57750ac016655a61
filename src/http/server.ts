import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Clock } from '../ports/clock.ts';
import { type Answer, told } from './answer.ts';
import { createTokenCheck, withoutBrackets } from './guard.ts';
import { handle, type Handling } from './handle.ts';
import type { Served } from './route.ts';

/** A server that listens. */
export interface HttpServer {
  /** `127.0.0.1:1313`, as it is listened at. */
  readonly address: string;
  /** Ends every connection. */
  close(): Promise<void>;
}

export interface HttpOptions {
  readonly bindAddress: string;
  /** 0: a free one. */
  readonly port: number;
  /** Undefined: nothing can be changed. */
  readonly token: string | undefined;
  /** The machine's own. */
  readonly clock: Clock;
  /** Undefined until the agent has started. */
  readonly served: () => Served | undefined;
  /** Told of each request once it is answered. */
  readonly seen: (request: RequestSeen) => void;
  /** Told of faults of the program, never of those of a client. */
  readonly failed: (error: unknown) => void;
}

export interface RequestSeen {
  readonly method: string;
  /** A path of the table; '' for any other. */
  readonly path: string;
  readonly status: number;
  readonly tookMs: number;
}

/** Bounds that keep slow, many and large clients from costing anything that matters. */
export const HTTP_LIMITS = {
  connections: 128,
  headerBytes: 8 * 1024,
  headersMs: 5_000,
  requestMs: 10_000,
  /** Without a byte either way. */
  idleMs: 30_000,
  keepAliveMs: 5_000,
  /** From the answer's first byte to its last. */
  answerMs: 30_000,
  /** How often the first two are looked after. */
  lookEveryMs: 1_000,
} as const;

/** Listens. Throws the system's error where that is not possible: a port in use, an address of nobody. */
export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const server = createServer({
    maxHeaderSize: HTTP_LIMITS.headerBytes,
    headersTimeout: HTTP_LIMITS.headersMs,
    requestTimeout: HTTP_LIMITS.requestMs,
    keepAliveTimeout: HTTP_LIMITS.keepAliveMs,
    connectionsCheckingInterval: HTTP_LIMITS.lookEveryMs,
  });
  server.maxConnections = HTTP_LIMITS.connections;
  server.timeout = HTTP_LIMITS.idleMs;
  const { bindAddress, token, served } = options;
  const handling: Handling = { served, bindAddress, hasToken: createTokenCheck(token) };
  server.on('request', (request, response) => void serve(options, handling, { request, response }));
  server.on('connect', (_request: IncomingMessage, socket: Socket) => refuseTunnel(socket));
  await listen(server, withoutBrackets(bindAddress), options.port);
  server.on('error', options.failed);
  return { address: addressOf(server), close: () => close(server) };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function serve(
  options: HttpOptions,
  handling: Handling,
  { request, response }: Exchange,
): Promise<void> {
  const { clock } = options;
  const beganMs = clock.monotonicMs();
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const answer = await answerOf(options, handling, { request, signal: gone.signal });
  if (answer && !gone.signal.aborted) send(clock, { request, response }, answer);
  const tookMs = clock.monotonicMs() - beganMs;
  if (answer) options.seen({ ...nameOf(request, answer), status: answer.status, tookMs });
}

/** Undefined: there is nobody to answer. */
async function answerOf(
  { failed }: HttpOptions,
  handling: Handling,
  { request, signal }: { readonly request: IncomingMessage; readonly signal: AbortSignal },
): Promise<Answer | undefined> {
  try {
    return await handle(handling, request, signal);
  } catch (error) {
    if (signal.aborted || request.destroyed) return undefined;
    failed(error);
    return told(500, 'internal error: see the log of the agent');
  }
}

function send(clock: Clock, { request, response }: Exchange, answer: Answer): void {
  const { status, contentType, body, headers } = answer;
  const bytes = Buffer.from(body);
  // What of a body was not read is not waited for.
  if (!request.complete) response.setHeader('Connection', 'close');
  response.writeHead(status, {
    'Content-Type': contentType,
    'Content-Length': bytes.length,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...headers,
  });
  const cancel = clock.after(HTTP_LIMITS.answerMs, () => response.destroy());
  response.once('close', cancel);
  response.end(bytes);
}

/** Paths that are not in the table are a client's own words. */
function nameOf(
  { method = '', url = '' }: IncomingMessage,
  { status }: Answer,
): Pick<RequestSeen, 'method' | 'path'> {
  const isKnown = status !== 404 && status !== 400 && status !== 403;
  return {
    method: /^[A-Z]{1,16}$/.test(method) ? method : '',
    path: isKnown ? (url.split('?', 1)[0] ?? '') : '',
  };
}

function refuseTunnel(socket: Socket): void {
  socket.on('error', () => socket.destroy());
  socket.end('HTTP/1.1 405 Method Not Allowed\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function addressOf(server: Server): string {
  const bound = server.address();
  if (bound === null || typeof bound === 'string') return '';
  const { family, address, port }: AddressInfo = bound;
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeAllConnections();
  await closed;
}

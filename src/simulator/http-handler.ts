import { once } from 'node:events';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Face, FaceRequest, FaceResponse } from './face.ts';

/** One request as it was served. */
export interface RequestLogEntry {
  /** Arrival, milliseconds since the epoch. */
  readonly t: number;
  readonly seq: number;
  readonly method: string;
  /** Path with query, as sent. */
  readonly path: string;
  /** 0: the caller hung up first. */
  readonly status: number;
  readonly elapsedMs: number;
  /** Of the answer's body as it was sent. */
  readonly bytes: number;
  /** The body of everything but GET. */
  readonly body?: string;
  readonly remotePort: number;
}

export interface HandlerOptions {
  readonly gzip?: boolean;
  readonly log?: (entry: RequestLogEntry) => void;
  /** Told of each piece of an answer that is a stream: its path with query, and its bytes. */
  readonly flowed?: (path: string, bytes: number) => void;
  /** Told whenever something moved: how a virtual clock knows that work goes on. */
  readonly activity?: () => void;
}

/** Below this a body is sent as it is, as Go's gzip handler does. */
const GZIP_MIN_BYTES = 1400;

/** A node:http request listener in front of a face. */
export function faceHandler(
  face: Face,
  options: HandlerOptions = {},
): (incoming: IncomingMessage, outgoing: ServerResponse) => void {
  let seq = 0;
  return (incoming, outgoing) => {
    seq += 1;
    options.activity?.();
    const hungUp = new AbortController();
    outgoing.on('close', () => {
      if (!outgoing.writableFinished) hungUp.abort();
    });
    const scope = { seq, t: Date.now(), startMs: performance.now() };
    void serve(face, { incoming, outgoing, signal: hungUp.signal }, { options, scope });
  };
}

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly signal: AbortSignal;
}

async function serve(
  face: Face,
  exchange: Exchange,
  { options, scope }: { options: HandlerOptions; scope: { seq: number; t: number; startMs: number } },
): Promise<void> {
  const { incoming, outgoing, signal } = exchange;
  let body = '';
  let status = 0;
  let bytes = 0;
  try {
    body = await readBody(incoming);
    const response = await face.handle(toFaceRequest(incoming, body, signal));
    options.activity?.();
    if (!signal.aborted) {
      status = response.status;
      bytes = response.stream
        ? await flow(exchange, response, options)
        : send(exchange, response, options.gzip ?? false);
    }
  } catch (error) {
    if (!signal.aborted) {
      status = 500;
      const text = error instanceof Error ? error.message : String(error);
      const headers = { 'Content-Type': 'text/plain; charset=utf-8' };
      bytes = send(exchange, { status, headers, body: text }, false);
    }
  }
  options.log?.({
    t: scope.t,
    seq: scope.seq,
    method: incoming.method ?? 'GET',
    path: incoming.url ?? '/',
    status,
    elapsedMs: Math.round(performance.now() - scope.startMs),
    bytes,
    ...(incoming.method === 'GET' ? {} : { body }),
    remotePort: outgoing.socket?.remotePort ?? incoming.socket.remotePort ?? 0,
  });
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

function toFaceRequest(incoming: IncomingMessage, body: string, signal: AbortSignal): FaceRequest {
  const url = incoming.url ?? '/';
  const cut = url.indexOf('?');
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return {
    method: incoming.method ?? 'GET',
    path: cut < 0 ? url : url.slice(0, cut),
    query: new URLSearchParams(cut < 0 ? '' : url.slice(cut + 1)),
    headers,
    body,
    signal,
  };
}

/** Answers how many bytes the body had. */
function send({ incoming, outgoing }: Exchange, response: FaceResponse, mayZip: boolean): number {
  const accepted = incoming.headers['accept-encoding'] ?? '';
  const isLarge = response.body.length >= GZIP_MIN_BYTES;
  const isZipped = mayZip && isLarge && accepted.includes('gzip');
  const body = isZipped ? gzipSync(response.body, { level: 1 }) : Buffer.from(response.body);
  outgoing.writeHead(response.status, {
    ...response.headers,
    ...(isZipped ? { 'Content-Encoding': 'gzip' } : {}),
    'Content-Length': body.length,
  });
  outgoing.end(body);
  return body.length;
}

/** Sends pieces as they come, no faster than they are taken; answers how many bytes they had. */
async function flow(
  { incoming, outgoing, signal }: Exchange,
  { status, headers, body, stream = NOTHING }: FaceResponse,
  { flowed, activity }: HandlerOptions,
): Promise<number> {
  let bytes = 0;
  const write = (piece: string): boolean => {
    const size = Buffer.byteLength(piece);
    bytes += size;
    flowed?.(incoming.url ?? '/', size);
    activity?.();
    return outgoing.write(piece);
  };
  outgoing.writeHead(status, headers);
  outgoing.flushHeaders();
  if (body !== '') write(body);
  for await (const piece of stream) {
    if (signal.aborted) break;
    if (!write(piece)) await once(outgoing, 'drain', { signal }).catch(() => undefined);
  }
  outgoing.end();
  return bytes;
}

const NOTHING: AsyncIterable<string> = Readable.from([]);

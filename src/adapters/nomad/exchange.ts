import type * as http from 'node:http';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Axios } from 'axios';
import type { AxiosAdapter, AxiosRequestConfig, AxiosResponse } from 'axios';
import { onAbort } from './on-abort.ts';
import type { NomadOptions } from './options.ts';

/** Query parameters; undefined ones are not sent, a list is sent as one for each. */
export type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

/** One request as it goes out. `path` is percent-encoded. */
export interface WireRequest {
  readonly method: 'GET' | 'PUT';
  readonly path: string;
  readonly query: Query;
  readonly body?: string;
}

/** One answer, whatever its status; the body is complete. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  /** A header by its lower-case name. */
  header(name: string): string | undefined;
}

/** What carries a request. */
export interface Carrier {
  readonly agent: http.Agent;
  readonly adapter?: AxiosAdapter | undefined;
  readonly signal: AbortSignal;
}

/** Sends one request and reads its answer to the end. Rejects with whatever the transport threw. */
export type Exchange = (request: WireRequest, carrier: Carrier) => Promise<Answer>;

/** An answer whose body is still coming. The carrier's signal ends it. */
export interface OpenAnswer extends Omit<Answer, 'text'> {
  /** The body in pieces, gzip undone. To be read to its end, or the signal aborted. */
  readonly chunks: AsyncIterable<Buffer>;
  /** Reads the body to its end and keeps nothing, so that the connection can be used again. */
  skip(): Promise<void>;
}

/** Sends one request and answers as soon as the headers are there. `identity`: each piece comes at once. */
export type OpenExchange = (
  request: WireRequest,
  carrier: Carrier,
  encoding: 'gzip' | 'identity',
) => Promise<OpenAnswer>;

/** What is read whole is short: to unzip it costs more than to send it. */
const PLAIN = { 'Accept-Encoding': 'identity' };

/** Exchange with one server: no redirects, no proxy, the token as X-Nomad-Token only, gzip undone. */
export function createExchange(options: ServerOptions): {
  readonly exchange: Exchange;
  readonly open: OpenExchange;
} {
  const client = new Axios({});
  const configOf = configFor(options);
  return {
    exchange: async (request, carrier) => {
      const sent = client.request<string>(configOf(request, carrier, PLAIN));
      const response = await orAborted(sent, carrier.signal);
      return { ...headOf(response), text: response.data ?? '' };
    },
    open: async (request, carrier, encoding) => {
      const config = configOf(request, carrier, { 'Accept-Encoding': encoding });
      const sent = client.request<unknown>({ ...config, responseType: 'stream', decompress: false });
      const response = await orAborted(sent, carrier.signal);
      const head = headOf(response);
      return { ...head, ...bodyOf(response.data, head.header('content-encoding'), carrier.signal) };
    },
  };
}

type ServerOptions = Pick<NomadOptions, 'address' | 'token' | 'region'>;

function configFor(
  options: ServerOptions,
): (request: WireRequest, carrier: Carrier, more?: Readonly<Record<string, string>>) => AxiosRequestConfig {
  const base = options.address.replace(/\/+$/, '');
  const headers: Record<string, string> = { Accept: 'application/json', 'User-Agent': 'replicator' };
  if (options.token !== undefined && options.token !== '') headers['X-Nomad-Token'] = options.token;
  return (request, carrier, more = {}) => {
    const query = { ...request.query, region: options.region === '' ? undefined : options.region };
    const url = `${base}${request.path}${encodeQuery(query)}`;
    const type = request.body === undefined ? {} : { 'Content-Type': 'application/json' };
    return { ...configOf(request, carrier), url, headers: { ...headers, ...type, ...more } };
  };
}

function configOf(request: WireRequest, carrier: Carrier): AxiosRequestConfig {
  return {
    method: request.method,
    ...(request.body !== undefined && { data: request.body }),
    responseType: 'text',
    transformRequest: [(data: unknown) => data],
    transformResponse: [(data: unknown) => data],
    validateStatus: () => true,
    maxRedirects: 0,
    proxy: false,
    timeout: 0,
    httpAgent: carrier.agent,
    httpsAgent: carrier.agent,
    signal: carrier.signal,
    ...(carrier.adapter !== undefined && { adapter: carrier.adapter }),
  };
}

/** `?a=b`, or '' for none. */
export function encodeQuery(query: Query): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    const values = value === undefined ? [] : [value].flat();
    for (const one of values) params.append(name, one);
  }
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}

function headOf(response: AxiosResponse<unknown>): Omit<Answer, 'text'> {
  const headers: Readonly<Record<string, unknown>> = response.headers;
  const byName = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
  return { status: response.status, header: (name) => byName.get(name) };
}

/** Large enough that a list of 15 MB takes no thousand turns of the event loop to unpack. */
const UNZIPPED_BYTES = 262_144;

function bodyOf(
  body: unknown,
  encoding: string | undefined,
  signal: AbortSignal,
): Pick<OpenAnswer, 'chunks' | 'skip'> {
  return {
    chunks: chunksOf(body, encoding, signal),
    skip: async () => {
      const chunks = chunksOf(body, undefined, signal);
      while ((await chunks.next()).done !== true);
    },
  };
}

/** The body's pieces; what carries requests instead of sockets may have it whole. */
async function* chunksOf(
  body: unknown,
  encoding: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  if (!(body instanceof Readable)) {
    yield Buffer.from(typeof body === 'string' ? body : '');
    return;
  }
  const letGo = onAbort(signal, () => body.destroy(asError(signal.reason)));
  const pieces = (encoding === 'gzip' ? unzipped(body) : body)[Symbol.asyncIterator]();
  let isOver = false;
  try {
    for (;;) {
      const next: IteratorResult<unknown, unknown> = await orAborted(pieces.next(), signal);
      isOver = next.done === true;
      if (isOver) return;
      yield asBuffer(next.value);
    }
  } finally {
    letGo();
    if (!isOver) body.destroy();
  }
}

function unzipped(body: Readable): Readable {
  const gunzip = createGunzip({ chunkSize: UNZIPPED_BYTES });
  return pipeline(body, gunzip, () => undefined);
}

function asBuffer(chunk: unknown): Buffer {
  return Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

/** Settles with the promise, or rejects at once when the signal is aborted: a transport may not listen to it. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const letGo = onAbort(signal, () => reject(signal.reason));
    promise.then(resolve, reject).finally(letGo);
  });
}

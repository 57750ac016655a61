import type * as http from 'node:http';
import { Axios } from 'axios';
import type { AxiosAdapter, AxiosRequestConfig, AxiosResponse } from 'axios';
import { onAbort } from './on-abort.ts';
import type { NomadOptions } from './options.ts';

/** Query parameters; undefined ones are not sent. */
export type Query = Readonly<Record<string, string | undefined>>;

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

/** Exchange with one server: no redirects, no proxy, the token as X-Nomad-Token only, gzip undone. */
export function createExchange(options: Pick<NomadOptions, 'address' | 'token' | 'region'>): Exchange {
  const client = new Axios({});
  const base = options.address.replace(/\/+$/, '');
  const headers: Record<string, string> = { Accept: 'application/json', 'User-Agent': 'replicator' };
  if (options.token !== undefined && options.token !== '') headers['X-Nomad-Token'] = options.token;
  return async (request, carrier) => {
    const query = { ...request.query, region: options.region === '' ? undefined : options.region };
    const url = `${base}${request.path}${encodeQuery(query)}`;
    const type = request.body === undefined ? {} : { 'Content-Type': 'application/json' };
    const config = { ...configOf(request, carrier), url, headers: { ...headers, ...type } };
    const sent = client.request<string>(config);
    return answerOf(await orAborted(sent, carrier.signal));
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
  for (const [name, value] of Object.entries(query)) if (value !== undefined) params.set(name, value);
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}

function answerOf(response: AxiosResponse<string>): Answer {
  const headers: Readonly<Record<string, unknown>> = response.headers;
  const byName = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
  return { status: response.status, text: response.data ?? '', header: (name) => byName.get(name) };
}

/** Settles with the promise, or rejects at once when the signal is aborted: a transport may not listen to it. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const letGo = onAbort(signal, () => reject(signal.reason));
    promise.then(resolve, reject).finally(letGo);
  });
}

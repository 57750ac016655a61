import { Readable } from 'node:stream';
import axios, { AxiosError, AxiosHeaders, CanceledError } from 'axios';
import type { AxiosAdapter, AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import type { Clock } from '../ports/clock.ts';
import type { Face, FaceRequest, FaceResponse } from './face.ts';

export interface InMemoryOptions {
  /** Whose time `timeout` is measured in; without it there is no timeout. */
  readonly clock?: Clock;
  /** Told whenever something moved: how a virtual clock knows that work goes on. */
  readonly activity?: () => void;
  /** False: the server cannot be reached. */
  readonly isReachable?: () => boolean;
}

/** An axios adapter that hands requests to a face: no sockets, errors as axios' own adapters give them. */
export function axiosAdapterFor(face: Face, options: InMemoryOptions = {}): AxiosAdapter {
  return async (config) => {
    options.activity?.();
    if (options.isReachable?.() === false) {
      throw new AxiosError('connect ECONNREFUSED', 'ECONNREFUSED', config, {});
    }
    const answer = await answerOf(face, config, options);
    options.activity?.();
    return settle(config, toAxiosResponse(config, answer, options));
  };
}

function answerOf(
  face: Face,
  config: InternalAxiosRequestConfig,
  { clock }: InMemoryOptions,
): Promise<FaceResponse> {
  const { signal, timeout = 0 } = config;
  if (signal instanceof AbortSignal && timeout === 0) return answerUntil(face, config, signal);
  const hungUp = new AbortController();
  return new Promise((resolve, reject) => {
    const giveUp = (error: AxiosError): void => {
      hungUp.abort();
      reject(error);
    };
    const aborted = (): void => {
      giveUp(new CanceledError(undefined, config, {}));
    };
    const cancel =
      clock && timeout > 0
        ? clock.after(timeout, () => {
            giveUp(new AxiosError(`timeout of ${timeout}ms exceeded`, AxiosError.ECONNABORTED, config, {}));
          })
        : () => undefined;
    const release = (): void => {
      cancel();
      signal?.removeEventListener?.('abort', aborted);
    };
    if (signal?.aborted) aborted();
    signal?.addEventListener?.('abort', aborted);
    face.handle(toFaceRequest(config, hungUp.signal)).then(resolve, reject).finally(release);
  });
}

/** Where the caller's signal is the only thing that may end the request, the face listens to that itself. */
function answerUntil(
  face: Face,
  config: InternalAxiosRequestConfig,
  signal: AbortSignal,
): Promise<FaceResponse> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => reject(new CanceledError(undefined, config, {}));
    if (signal.aborted) return aborted();
    signal.addEventListener('abort', aborted, { once: true });
    const settle = <T>(pass: (value: T) => void, value: T): void => {
      signal.removeEventListener('abort', aborted);
      pass(value);
    };
    face.handle(toFaceRequest(config, signal)).then(
      (answer) => settle(resolve, answer),
      (error: unknown) => settle(reject, error),
    );
  });
}

function urlOf(config: InternalAxiosRequestConfig): string {
  const { url, params, baseURL } = config;
  return url === undefined || params !== undefined || baseURL !== undefined ? axios.getUri(config) : url;
}

function toFaceRequest(config: InternalAxiosRequestConfig, signal: AbortSignal): FaceRequest {
  const url = urlOf(config).replace(/^[a-z]+:\/\/[^/?]*/i, '');
  const cut = url.indexOf('?');
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(config.headers.toJSON())) {
    if (value !== null && value !== undefined) headers[name.toLowerCase()] = String(value);
  }
  return {
    method: (config.method ?? 'get').toUpperCase(),
    path: (cut < 0 ? url : url.slice(0, cut)) || '/',
    query: new URLSearchParams(cut < 0 ? '' : url.slice(cut + 1)),
    headers,
    body: bodyText(config.data),
    signal,
  };
}

function bodyText(data: unknown): string {
  if (data === undefined || data === null) return '';
  if (typeof data === 'string') return data;
  return Buffer.isBuffer(data) ? data.toString('utf8') : JSON.stringify(data);
}

function toAxiosResponse(
  config: InternalAxiosRequestConfig,
  answer: FaceResponse,
  options: InMemoryOptions,
): AxiosResponse {
  const headers = new AxiosHeaders();
  for (const [name, value] of Object.entries(answer.headers)) headers.set(name.toLowerCase(), value);
  return {
    data: dataOf(config, answer, options),
    status: answer.status,
    statusText: '',
    headers,
    config,
    request: {},
  };
}

function dataOf(
  { responseType }: InternalAxiosRequestConfig,
  { body, stream }: FaceResponse,
  { activity }: InMemoryOptions,
): unknown {
  if (responseType === 'arraybuffer') return Buffer.from(body);
  if (responseType !== 'stream') return body;
  return stream
    ? Readable.from(piecesOf(body, stream, activity), { objectMode: false })
    : Readable.from([Buffer.from(body)]);
}

async function* piecesOf(
  body: string,
  stream: AsyncIterable<string>,
  activity: InMemoryOptions['activity'],
): AsyncGenerator<Buffer, void, undefined> {
  if (body !== '') yield Buffer.from(body);
  for await (const piece of stream) {
    activity?.();
    yield Buffer.from(piece);
  }
}

function settle(config: InternalAxiosRequestConfig, response: AxiosResponse): AxiosResponse {
  const { status } = response;
  if (!config.validateStatus || config.validateStatus(status)) return response;
  const code = status < 500 ? AxiosError.ERR_BAD_REQUEST : AxiosError.ERR_BAD_RESPONSE;
  throw new AxiosError(`Request failed with status code ${status}`, code, config, {}, response);
}

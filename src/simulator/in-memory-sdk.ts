import type { Face, FaceRequest } from './face.ts';

/** A request as the AWS SDK hands it over, signed. */
export interface SdkHttpRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** An answer as the AWS SDK takes it; header names in lower case. */
export interface SdkHttpResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** What the AWS SDK takes as its `requestHandler`. */
export interface SdkRequestHandler {
  handle(
    request: SdkHttpRequest,
    options?: { readonly abortSignal?: AbortSignal },
  ): Promise<{ readonly response: SdkHttpResponse }>;
}

export interface SdkHandlerOptions {
  /** Told whenever something moved: how a virtual clock knows that work goes on. */
  readonly activity?: () => void;
  /** False: the server cannot be reached. */
  readonly isReachable?: () => boolean;
}

/** A request handler for the AWS SDK that hands requests to a face: no sockets, errors as its own handlers give them. */
export function sdkHandlerFor(face: Face, options: SdkHandlerOptions = {}): SdkRequestHandler {
  return {
    handle: async (request, { abortSignal } = {}) => {
      options.activity?.();
      if (options.isReachable?.() === false) throw unreachable();
      const answer = await untilAborted(
        (signal) => face.handle(toFaceRequest(request, signal)),
        abortSignal ?? new AbortController().signal,
      );
      options.activity?.();
      return {
        response: {
          statusCode: answer.status,
          headers: lowerCased(answer.headers),
          body: new TextEncoder().encode(answer.body),
        },
      };
    },
  };
}

function untilAborted<T>(ask: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => {
      reject(Object.assign(new Error('Request aborted'), { name: 'AbortError' }));
    };
    if (signal.aborted) {
      aborted();
      return;
    }
    signal.addEventListener('abort', aborted, { once: true });
    ask(signal)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', aborted));
  });
}

function unreachable(): Error {
  return Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
}

function toFaceRequest(request: SdkHttpRequest, signal: AbortSignal): FaceRequest {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(request.query ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) query.append(name, String(one ?? ''));
  }
  return {
    method: request.method,
    path: request.path,
    query,
    headers: lowerCased(request.headers),
    body: bodyText(request.body),
    signal,
  };
}

function bodyText(body: unknown): string {
  if (typeof body === 'string') return body;
  return body instanceof Uint8Array ? new TextDecoder().decode(body) : '';
}

function lowerCased(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

import * as http from 'node:http';
import * as https from 'node:https';
import type { Answer } from './answer.ts';
import { isSecure, tlsSettings } from './location.ts';
import type { CoordinationOptions } from './options.ts';

/** An answer with the headers that only looking around needs. */
export interface PlainAnswer extends Answer {
  readonly date: string | undefined;
}

/** A request of what node-consul does not offer. */
export interface PlainRequest {
  readonly method: 'GET' | 'POST';
  /** Below `/v1`. */
  readonly path: string;
  readonly body?: string;
}

/** Sends one request and reads its answer to the end; JSON is parsed, other text is left as it is. */
export function sendPlain(
  options: Pick<CoordinationOptions, 'address' | 'token' | 'tls' | 'agent'>,
  { method, path, body }: PlainRequest,
  signal: AbortSignal,
): Promise<PlainAnswer> {
  const url = new URL(`${options.address.replace(/\/+$/, '')}/v1${path}`);
  const secure = isSecure(options.address);
  const headers = options.token === undefined ? {} : { 'X-Consul-Token': options.token };
  const settings = {
    method,
    headers,
    signal,
    ...(options.agent && { agent: options.agent }),
    ...(secure && tlsSettings(options.tls ?? {})),
  };
  return new Promise((resolve, reject) => {
    const request = (secure ? https : http).request(url, settings, (response) => {
      read(response).then(resolve, reject);
    });
    request.once('error', reject);
    request.end(body);
  });
}

async function read(response: http.IncomingMessage): Promise<PlainAnswer> {
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(Buffer.from(part));
  if (!response.complete) throw new Error('the connection closed within the answer');
  const text = Buffer.concat(parts).toString('utf8');
  const isJson = response.headers['content-type']?.startsWith('application/json') === true;
  return {
    status: response.statusCode ?? 0,
    index: undefined,
    retryAfterMs: undefined,
    body: isJson ? JSON.parse(text) : text,
    date: response.headers.date,
  };
}

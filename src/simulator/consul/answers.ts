import type { FaceResponse } from '../face.ts';
import { printWireJson } from './wire-json.ts';
import type { WireValue } from './wire-json.ts';

type Headers = Readonly<Record<string, string>>;

const VARY = { Vary: 'Accept-Encoding' };

/** 200 with a JSON body. */
export function jsonAnswer(value: WireValue, headers: Headers = {}, status = 200): FaceResponse {
  return {
    status,
    headers: { 'Content-Type': 'application/json', ...VARY, ...headers },
    body: printWireJson(value),
  };
}

/** An error: its text is the body. */
export function textAnswer(status: number, text: string, headers: Headers = {}): FaceResponse {
  return {
    status,
    headers: { 'Content-Type': 'text/plain; charset=utf-8', ...VARY, ...headers },
    body: text,
  };
}

/** A status without a body. */
export function emptyAnswer(status: number, headers: Headers = {}): FaceResponse {
  return { status, headers: { ...VARY, ...headers }, body: '' };
}

/** What the server says of itself with every read. */
export interface ReadMeta {
  readonly knowsLeader: boolean;
  /** Milliseconds since a leader was heard of. */
  readonly lastContactMs: number;
}

/** `X-Consul-Knownleader` and `X-Consul-Lastcontact`, and the index (0 is sent as 1) where the endpoint has one. */
export function metaHeaders(meta: ReadMeta, index?: number): Headers {
  return {
    ...(index === undefined ? {} : { 'X-Consul-Index': String(Math.max(1, index)) }),
    'X-Consul-Knownleader': String(meta.knowsLeader),
    'X-Consul-Lastcontact': String(meta.lastContactMs),
  };
}

import type { FaceResponse } from '../face.ts';

const VARY = { Vary: 'Accept-Encoding' } as const;
const JSON_TYPE = { 'Content-Type': 'application/json' } as const;
const TEXT_TYPE = { 'Content-Type': 'text/plain; charset=utf-8' } as const;

/** What a read says about the state it read. */
export interface ReadMeta {
  readonly index: number;
  readonly knownLeader: boolean;
}

/** Milliseconds since the last contact with a leader, as a server says it that never had one. */
const NEVER_IN_CONTACT = '9223372036854';

export function indexHeader(index: number): Readonly<Record<string, string>> {
  return { 'X-Nomad-Index': String(index) };
}

export function metaHeaders({ index, knownLeader }: ReadMeta): Readonly<Record<string, string>> {
  return {
    ...indexHeader(index),
    'X-Nomad-Knownleader': String(knownLeader),
    'X-Nomad-Lastcontact': knownLeader ? '0' : NEVER_IN_CONTACT,
  };
}

/** A good answer: JSON text and what headers go with it. */
export function jsonReply(body: string, headers: Readonly<Record<string, string>> = {}): FaceResponse {
  return { status: 200, headers: { ...JSON_TYPE, ...VARY, ...headers }, body };
}

/** An error as Nomad gives it: plain text. */
export function textReply(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): FaceResponse {
  return { status, headers: { ...VARY, ...headers, ...(body === '' ? {} : TEXT_TYPE) }, body };
}

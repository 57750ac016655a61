import { asObject, parseJson } from '../json-text.ts';
import { Refusal } from '../world/refusal.ts';
import { block } from './blocking.ts';
import { readQuery } from './query.ts';
import { indexHeader, jsonReply, metaHeaders, textReply } from './reply.ts';
import type { Json, JsonObject } from '../json-text.ts';
import type { FaceRequest, FaceResponse } from '../face.ts';
import type { World } from '../world/world.ts';
import type { Rights } from './acl.ts';
import type { Watched } from './blocking.ts';
import type { Query } from './query.ts';
import type { ListCache } from './text-cache.ts';

/** One request on its way through the face. */
export interface Call {
  readonly world: World;
  readonly request: FaceRequest;
  readonly rights: Rights;
  readonly lists: ListCache;
  /** The path after the route's beginning, decoded. */
  readonly rest: string;
}

/** Answers a request, or undefined when the path means nothing to it. */
export type Route = (call: Call) => Promise<FaceResponse> | FaceResponse;

export interface Read extends Watched {
  /** The JSON text, or null when there is no such thing. */
  readonly render: () => string | null;
  /** What a missing thing is called. */
  readonly missing?: string;
}

/** Answers a read, waiting first if the caller asked to. `prepare` checks rights and names what is read. */
export async function answerRead(call: Call, prepare: (query: Query) => Read): Promise<FaceResponse> {
  const query = readQuery(call.request);
  const read = prepare(query);
  await block(call.world, { query, signal: call.request.signal }, read);
  const text = read.render();
  const headers = metaHeaders({ index: read.index(), knownLeader: call.world.faults.hasLeader });
  return text === null ? textReply(404, read.missing ?? 'not found', headers) : jsonReply(text, headers);
}

/** Answers a write: the index it was made at. */
export function answerWrite(index: number, body: string): FaceResponse {
  return jsonReply(body, indexHeader(index));
}

/** Throws a Refusal unless the request's method is one of these. */
export function needMethod({ request }: Call, ...methods: readonly string[]): void {
  if (!methods.includes(request.method)) throw new Refusal(405, 'Invalid method');
}

export function isWrite({ request }: Call): boolean {
  return request.method === 'PUT' || request.method === 'POST';
}

/** The request's body. Throws a Refusal, as Nomad's decoder says it, when it is no JSON object. */
export function readBody({ request }: Call): JsonObject {
  if (request.body === '') throw new Refusal(400, 'Request body is empty');
  return asObject(parseBody(request.body));
}

function parseBody(body: string): Json {
  try {
    return parseJson(body);
  } catch {
    const isCut = /[{[,:"\s]$/.test(body.trimEnd()) || !/[}\]]$/.test(body.trimEnd());
    throw new Refusal(400, isCut ? 'unexpected EOF' : 'invalid character in JSON');
  }
}

/** Throws a Refusal when the id cannot be one: `what` is how Nomad names the lookup. */
export function needUuid(id: string, what: string): void {
  if (id === '' && (what === 'node' || what === 'deployment')) throw new Refusal(500, `missing ${what} ID`);
  if (id.length !== 36) {
    throw new Refusal(500, `${what} lookup failed: index error: UUID must be 36 characters`);
  }
}

/** Throws a Refusal when the prefix cannot begin an id: `what` is how Nomad names the lookup, if it does. */
export function needHexPrefix(prefix: string, what = ''): void {
  const fault = hexFault(prefix);
  if (fault !== undefined)
    throw new Refusal(500, `${what === '' ? '' : `${what} lookup failed: `}index error: ${fault}`);
}

function hexFault(prefix: string): string | undefined {
  if (prefix.replaceAll('-', '').length % 2 === 1) return 'Input (without hyphens) must be even length';
  const bad = /[^0-9a-f-]/i.exec(prefix)?.[0];
  if (bad === undefined) return undefined;
  const code = (bad.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `Invalid UUID: encoding/hex: invalid byte: U+${code} '${bad}'`;
}

import type { StoredEntry } from '../../ports/coordination.ts';
import type { ServiceEntry } from '../../ports/membership.ts';
import { parseGoDuration } from './duration.ts';
import { isRecord } from './record.ts';

/** One answer of Consul. `index` is X-Consul-Index, undefined when it is missing or no whole number. */
export interface Answer {
  readonly status: number;
  readonly index: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly body: unknown;
}

/** A 2xx or 404 that does not look like Consul's: a proxy, another server, a cut body. */
export class UnreadableAnswer extends Error {
  override readonly name = 'UnreadableAnswer';
}

/** The parts of a response (node's own, with the `body` that papi adds) that we use. */
export function toAnswer(response: unknown): Answer {
  const { statusCode: status, headers, body } = isRecord(response) ? response : {};
  if (typeof status !== 'number' || !isRecord(headers)) throw new UnreadableAnswer('no answer');
  const retryAfter = toWholeNumber(headers['retry-after']);
  return {
    status,
    index: toWholeNumber(headers['x-consul-index']),
    retryAfterMs: retryAfter === undefined ? undefined : retryAfter * 1_000,
    body: Buffer.isBuffer(body) ? body.toString('utf8') : body,
  };
}

/** The keys of a read; a 404 has none. Both must carry an index, else it was not Consul that answered. */
export function parseEntries(answer: Answer): readonly StoredEntry[] {
  if (answer.index === undefined) throw new UnreadableAnswer('X-Consul-Index is missing');
  if (answer.status === 404) return [];
  if (!Array.isArray(answer.body)) throw new UnreadableAnswer('not a list of keys');
  return answer.body.map((item) => parseEntry(item));
}

/** The services of a health read. Without an index it was not Consul that answered. */
export function parseServices(answer: Answer): readonly ServiceEntry[] {
  if (answer.index === undefined) throw new UnreadableAnswer('X-Consul-Index is missing');
  return parseList(answer).map((item) => parseService(item));
}

/** A list of whatever. */
export function parseList(answer: Answer): readonly unknown[] {
  if (!Array.isArray(answer.body)) throw new UnreadableAnswer('not a list');
  return answer.body;
}

/** What a lock request came to. */
export function parseVerdict(answer: Answer): boolean {
  if (typeof answer.body === 'boolean') return answer.body;
  throw new UnreadableAnswer('neither true nor false');
}

/** The id of a session that was made. */
export function parseSessionId(answer: Answer): string {
  const id = isRecord(answer.body) ? answer.body['ID'] : undefined;
  if (typeof id === 'string' && id !== '') return id;
  throw new UnreadableAnswer('no session id');
}

/** The node of a session that was asked for: a list of one, an empty one when there is none. */
export function parseSessionNode(answer: Answer): string | undefined {
  if (!Array.isArray(answer.body)) throw new UnreadableAnswer('not a list of sessions');
  const [session]: readonly unknown[] = answer.body;
  const node = isRecord(session) ? session['Node'] : undefined;
  if (node === undefined && session === undefined) return undefined;
  if (typeof node === 'string') return node;
  throw new UnreadableAnswer('a session without a node');
}

/** The version in what an agent says of itself. */
export function parseVersion(answer: Answer): string {
  const config = isRecord(answer.body) ? answer.body['Config'] : undefined;
  const version = isRecord(config) ? config['Version'] : undefined;
  if (typeof version === 'string') return version;
  throw new UnreadableAnswer('no version');
}

/** The TTL of a session that was renewed, milliseconds. */
export function parseTtlMs(answer: Answer): number {
  const session: unknown = Array.isArray(answer.body) ? answer.body[0] : undefined;
  const ttl = isRecord(session) ? session['TTL'] : undefined;
  const ttlMs = typeof ttl === 'string' ? parseGoDuration(ttl) : undefined;
  if (ttlMs !== undefined && ttlMs > 0) return ttlMs;
  throw new UnreadableAnswer('no TTL');
}

/** Key and new index of each result of a transaction, in order. */
export function parseResults(answer: Answer): readonly { readonly key: string; readonly index: number }[] {
  const results = isRecord(answer.body) ? answer.body['Results'] : undefined;
  if (!Array.isArray(results)) throw new UnreadableAnswer('no results of the transaction');
  return results.map((result: unknown) => parseResult(result));
}

/** Why a transaction was refused: the number of each operation that failed, and Consul's words. */
export function parseFaults(
  answer: Answer,
): readonly { readonly operation: number; readonly what: string }[] {
  const faults = isRecord(answer.body) ? answer.body['Errors'] : undefined;
  if (!Array.isArray(faults)) return [];
  return faults.flatMap((fault: unknown) =>
    isRecord(fault) && typeof fault['OpIndex'] === 'number' && typeof fault['What'] === 'string'
      ? [{ operation: fault['OpIndex'], what: fault['What'] }]
      : [],
  );
}

function parseEntry(item: unknown): StoredEntry {
  const { Key: key, Value: value, ModifyIndex: index, Session: session } = isRecord(item) ? item : {};
  if (typeof key !== 'string' || !isIndex(index)) throw new UnreadableAnswer('a key without name or index');
  return {
    key,
    value: typeof value === 'string' ? value : '',
    index,
    session: typeof session === 'string' ? session : '',
  };
}

function parseService(item: unknown): ServiceEntry {
  const { Node: node, Service: service, Checks: checks } = isRecord(item) ? item : {};
  if (!isRecord(node) || !isRecord(service) || !Array.isArray(checks)) {
    throw new UnreadableAnswer('a service without node or checks');
  }
  const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
  const tags: unknown = service['Tags'];
  const port = service['Port'];
  return {
    id: textOf(service['ID']),
    address: textOf(service['Address']) || textOf(node['Address']),
    port: typeof port === 'number' ? port : 0,
    tags: Array.isArray(tags) ? tags.map(textOf) : [],
    node: textOf(node['Node']),
    passing: checks.every((check) => isRecord(check) && check['Status'] === 'passing'),
  };
}

function parseResult(result: unknown): { key: string; index: number } {
  const { key, index } = parseEntry(isRecord(result) ? result['KV'] : undefined);
  return { key, index };
}

function isIndex(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function toWholeNumber(header: unknown): number | undefined {
  if (typeof header !== 'string' || !/^\d+$/.test(header)) return undefined;
  const value = Number(header);
  return Number.isSafeInteger(value) ? value : undefined;
}

import type { FaceResponse } from '../face.ts';
import { emptyAnswer, jsonAnswer, metaHeaders } from './answers.ts';
import { readBlocking, readOptionsOf } from './blocking.ts';
import type { Look, ReadOptions } from './blocking.ts';
import type { Authorizer } from './acl.ts';
import { checkNamespace, reachForRead } from './call.ts';
import type { Call } from './call.ts';
import { ConsulRefusal, permissionDenied } from './consul-error.ts';
import type { ConsulState } from './consul-state.ts';
import { entryOnWire } from './records.ts';
import type { KvEntry } from './records.ts';

interface Reading {
  readonly call: Call;
  readonly state: ConsulState;
  readonly may: Authorizer;
}

function headersOf({ call }: Reading, index: number): Readonly<Record<string, string>> {
  return metaHeaders(call.server.leader.meta(), index);
}

function rawAnswer(entry: KvEntry, headers: Readonly<Record<string, string>>): FaceResponse {
  return {
    ...emptyAnswer(200, {
      'Content-Security-Policy': 'sandbox',
      'Content-Type': 'text/plain',
      'X-Content-Type-Options': 'nosniff',
      ...headers,
    }),
    body: Buffer.from(entry.value, 'base64').toString('utf8'),
  };
}

function lookAtKey(reading: Reading): Look {
  const { call, state, may } = reading;
  const watch = state.kv.watchKey(call.rest);
  if (!may.canReadKey(call.rest)) throw permissionDenied();
  const entry = state.kv.get(call.rest);
  const index = entry?.modifyIndex ?? state.kv.index;
  const headers = headersOf(reading, index);
  if (entry === undefined) return { index, watch, answer: emptyAnswer(404, headers) };
  const isRaw = call.query.has('raw');
  return {
    index,
    watch,
    answer: isRaw ? rawAnswer(entry, headers) : jsonAnswer([entryOnWire(entry)], headers),
  };
}

function lookAtTree(reading: Reading): Look {
  const { call, state, may } = reading;
  const watch = state.kv.watchPrefix(call.rest);
  const index = state.kv.listIndex(call.rest);
  const entries = state.kv.list(call.rest).filter(({ key }) => may.canReadKey(key));
  const headers = headersOf(reading, index);
  if (entries.length === 0) return { index, watch, answer: emptyAnswer(404, headers) };
  return {
    index,
    watch,
    answer: jsonAnswer(
      entries.map((entry) => entryOnWire(entry)),
      headers,
    ),
  };
}

/** The names up to the first separator after the prefix, each once. */
function foldKeys(keys: readonly string[], prefix: string, separator: string): readonly string[] {
  if (separator === '') return keys;
  const folded = keys.map((key) => {
    const at = key.indexOf(separator, prefix.length);
    return at < 0 ? key : key.slice(0, at + separator.length);
  });
  return [...new Set(folded)];
}

function lookAtKeys(reading: Reading): Look {
  const { call, state, may } = reading;
  const watch = state.kv.watchPrefix(call.rest);
  const index = state.kv.listIndex(call.rest);
  const names = state.kv.list(call.rest).map(({ key }) => key);
  const readable = names.filter((key) => may.canReadKey(key));
  const keys = foldKeys(readable, call.rest, call.query.get('separator') ?? '');
  const headers = headersOf(reading, index);
  const isAbsent = keys.length === 0 && call.rest !== '';
  return { index, watch, answer: isAbsent ? emptyAnswer(404, headers) : jsonAnswer(keys, headers) };
}

function lookOf(call: Call): (reading: Reading) => Look {
  if (call.query.has('keys')) return lookAtKeys;
  if (call.query.has('recurse')) return lookAtTree;
  if (call.rest === '') throw new ConsulRefusal(400, 'Missing key name');
  return lookAtKey;
}

/** GET /v1/kv/:key with `recurse`, `keys`, `separator`, `raw`, `index`, `wait`, `stale`, `consistent`. */
export async function readKv(call: Call): Promise<FaceResponse> {
  checkNamespace(call);
  const options: ReadOptions = readOptionsOf(call);
  const look = lookOf(call);
  const may = await reachForRead(call);
  const { state } = call.server;
  return readBlocking(call, options, {
    look: () => look({ call, state, may }),
    watchers: state.kvWatchers,
  });
}

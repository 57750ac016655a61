import type { FaceResponse } from '../face.ts';
import { jsonAnswer } from './answers.ts';
import { checkNamespace, reachLeader } from './call.ts';
import type { Call } from './call.ts';
import { ConsulRefusal, permissionDenied } from './consul-error.ts';
import type { ConsulState } from './consul-state.ts';
import { casKey, deleteKeyAt, lockKey, setKey, unlockKey } from './kv-operations.ts';
import type { KvWrite } from './kv-operations.ts';

const MAX_VALUE_BYTES = 512 * 1024;
const MAX_UINT64 = (1n << 64n) - 1n;

function uintOf(query: URLSearchParams, name: string): bigint {
  const text = query.get(name) ?? '';
  const why = /^\d+$/.test(text) ? 'value out of range' : 'invalid syntax';
  if (why === 'invalid syntax' || BigInt(text) > MAX_UINT64)
    throw new ConsulRefusal(500, `strconv.ParseUint: parsing ${JSON.stringify(text)}: ${why}`);
  return BigInt(text);
}

function checkConflicts({ query }: Call, flags: readonly string[]): void {
  if (flags.filter((flag) => query.has(flag)).length < 2) return;
  const sorted = new URLSearchParams(query);
  sorted.sort();
  throw new ConsulRefusal(400, `Conflicting flags: ${sorted.toString()}`);
}

function checkSize(bytes: number): void {
  if (bytes <= MAX_VALUE_BYTES) return;
  const where = 'https://www.consul.io/docs/agent/options.html#kv_max_value_size';
  const why = `Request body(${bytes} bytes) too large, max size: ${MAX_VALUE_BYTES} bytes. See ${where}.`;
  throw new ConsulRefusal(413, why);
}

function writeOf({ query, rest, request }: Call): KvWrite {
  const flags = query.has('flags') ? uintOf(query, 'flags') : 0n;
  const index = query.has('cas') ? Number(uintOf(query, 'cas')) : 0;
  const body = Buffer.from(request.body, 'utf8');
  checkSize(body.byteLength);
  const session = query.get('acquire') ?? query.get('release') ?? '';
  return { key: rest, value: body.toString('base64'), flags, index, session };
}

/** Refuses (500) to lock with no session or one that is not there. */
export function checkLocker(state: ConsulState, session: string): void {
  checkSessionGiven(session);
  if (state.sessions.get(session) === undefined)
    throw new ConsulRefusal(500, `invalid session ${JSON.stringify(session)}`);
}

/** Refuses (500) to lock or unlock with an empty session. */
export function checkSessionGiven(session: string): void {
  if (session === '') throw new ConsulRefusal(500, 'missing session');
}

function acquire(state: ConsulState, write: KvWrite): boolean {
  if (state.lockDelays.isClosed(write.key)) return false;
  return state.apply((at) => {
    checkLocker(state, write.session);
    return lockKey(state.kv, write, at) !== undefined;
  });
}

function release(state: ConsulState, write: KvWrite): boolean {
  return state.apply((at) => {
    checkSessionGiven(write.session);
    return unlockKey(state.kv, write, at) !== undefined;
  });
}

function perform({ query, server }: Call, write: KvWrite): boolean {
  const { state } = server;
  if (query.has('acquire')) return acquire(state, write);
  if (query.has('release')) return release(state, write);
  if (query.has('cas')) return state.apply((at) => casKey(state.kv, write, at) !== undefined);
  state.apply((at) => setKey(state.kv, write, at));
  return true;
}

/** PUT /v1/kv/:key with `flags`, `cas`, `acquire`, `release`; `false` (200) for what the state does not allow. */
export async function writeKv(call: Call): Promise<FaceResponse> {
  checkNamespace(call);
  if (call.rest === '') throw new ConsulRefusal(400, 'Missing key name');
  checkConflicts(call, ['cas', 'acquire', 'release']);
  const write = writeOf(call);
  const may = await reachLeader(call);
  if (!may.canWriteKey(call.rest)) throw permissionDenied();
  return jsonAnswer(perform(call, write));
}

async function deleteTree(call: Call): Promise<FaceResponse> {
  const may = await reachLeader(call);
  if (!may.canWriteKeysBelow(call.rest)) throw permissionDenied();
  const { state } = call.server;
  state.apply((at) => state.kv.removeTree(call.rest, at));
  return jsonAnswer(true);
}

/** DELETE /v1/kv/:key with `recurse`, `cas`; an absent key counts as deleted. */
export async function deleteKv(call: Call): Promise<FaceResponse> {
  const { query, rest: key, server } = call;
  checkNamespace(call);
  checkConflicts(call, ['recurse', 'cas']);
  if (query.has('recurse')) return deleteTree(call);
  if (key === '') throw new ConsulRefusal(400, 'Missing key name');
  const expected = query.has('cas') ? Number(uintOf(query, 'cas')) : undefined;
  const may = await reachLeader(call);
  if (!may.canWriteKey(key)) throw permissionDenied();
  const { state } = server;
  if (expected !== undefined)
    return jsonAnswer(state.apply((index) => deleteKeyAt(state.kv, key, { expected, index })));
  state.apply((index) => state.kv.remove(key, index));
  return jsonAnswer(true);
}

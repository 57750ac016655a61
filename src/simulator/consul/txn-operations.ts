import { checkLocker, checkSessionGiven } from './kv-write.ts';
import { ConsulRefusal } from './consul-error.ts';
import type { ConsulState } from './consul-state.ts';
import { casKey, deleteKeyAt, lockKey, setKey, unlockKey } from './kv-operations.ts';
import type { KvWrite } from './kv-operations.ts';
import type { KvEntry } from './records.ts';

/** What one operation gives back: entries, with their values only where they were asked for. */
export interface TxnResult {
  readonly entries: readonly KvEntry[];
  readonly withValue: boolean;
}

type Operation = (state: ConsulState, write: KvWrite, index: number) => TxnResult;

function fail(text: string): never {
  throw new ConsulRefusal(409, text);
}

const nothing: TxnResult = { entries: [], withValue: false };

function named(entry: KvEntry | undefined, otherwise: string): TxnResult {
  return entry === undefined ? fail(otherwise) : { entries: [entry], withValue: false };
}

function quoted(key: string): string {
  return JSON.stringify(key);
}

function checkIndex(state: ConsulState, { key, index }: KvWrite): TxnResult {
  const entry = state.kv.get(key) ?? fail(`failed to check index, key ${quoted(key)} doesn't exist`);
  if (entry.modifyIndex === index) return { entries: [entry], withValue: false };
  const found = `current modify index ${entry.modifyIndex} != ${index}`;
  return fail(`failed index check for key ${quoted(key)}, ${found}`);
}

function checkSession(state: ConsulState, { key, session }: KvWrite): TxnResult {
  const entry = state.kv.get(key) ?? fail(`failed to check session, key ${quoted(key)} doesn't exist`);
  if (entry.session === session) return { entries: [entry], withValue: false };
  const found = `current session ${quoted(entry.session)} != ${quoted(session)}`;
  return fail(`failed session check for key ${quoted(key)}, ${found}`);
}

const READING: Readonly<Record<string, Operation>> = {
  get: ({ kv }, { key }) => {
    const entry = kv.get(key) ?? fail(`key ${quoted(key)} doesn't exist`);
    return { entries: [entry], withValue: true };
  },
  'get-tree': ({ kv }, { key }) => ({ entries: kv.list(key), withValue: true }),
  'check-index': checkIndex,
  'check-session': checkSession,
  'check-not-exists': ({ kv }, { key }) =>
    kv.get(key) === undefined ? nothing : fail(`key ${quoted(key)} exists`),
};

const WRITING: Readonly<Record<string, Operation>> = {
  set: ({ kv }, write, index) => named(setKey(kv, write, index), ''),
  cas: ({ kv }, write, index) =>
    named(casKey(kv, write, index), `failed to set key ${quoted(write.key)}, index is stale`),
  lock: (state, write, index) => {
    checkLocker(state, write.session);
    return named(
      lockKey(state.kv, write, index),
      `failed to lock key ${quoted(write.key)}, lock is already held`,
    );
  },
  unlock: ({ kv }, write, index) => {
    checkSessionGiven(write.session);
    const why = "lock isn't held, or is held by another session";
    return named(unlockKey(kv, write, index), `failed to unlock key ${quoted(write.key)}, ${why}`);
  },
  delete: ({ kv }, { key }, index) => {
    kv.remove(key, index);
    return nothing;
  },
  'delete-tree': ({ kv }, { key }, index) => {
    kv.removeTree(key, index);
    return nothing;
  },
  'delete-cas': ({ kv }, { key, index: expected }, index) =>
    deleteKeyAt(kv, key, { expected, index })
      ? nothing
      : fail(`failed to delete key ${quoted(key)}, index is stale`),
};

/** Whether a verb writes; a transaction without one that does is a read. */
export function isWriting(verb: string): boolean {
  return Object.hasOwn(WRITING, verb);
}

/** What a verb does; fails for one that Consul does not know. */
export function operationOf(verb: string): Operation {
  const table = isWriting(verb) ? WRITING : READING;
  return (Object.hasOwn(table, verb) ? table[verb] : undefined) ?? fail(`unknown KV verb ${quoted(verb)}`);
}

import { type Passage, pathOf, queryOf } from './passage.ts';

/** One change of a key by a transaction. */
export interface KeyChange {
  readonly key: string;
  /** Undefined: the key was deleted. */
  readonly value: string | undefined;
  /** ModifyIndex of what was set; 0 where it is not known, or the key was deleted. */
  readonly index: number;
}

/** A transaction that was sent to Consul. */
export interface StoreWrite {
  readonly passage: Passage;
  /** The session whose lock it is fenced by; '' for one without a fence. */
  readonly session: string;
  /** The key of that lock, '' for none. */
  readonly lockKey: string;
  readonly changes: readonly KeyChange[];
  /** `lost`: nobody knows, the answer never came. */
  readonly outcome: 'committed' | 'refused' | 'lost';
  /** Its index, where it set a key. */
  readonly index: number;
}

interface KvOperation {
  readonly Verb: string;
  readonly Key: string;
  readonly Value?: string;
  readonly Session?: string;
}

interface TxnReply {
  readonly Results?: readonly { readonly KV: { readonly Key: string; readonly ModifyIndex: number } }[];
}

/** Reads a transaction; undefined for every other request, and for one that never reached Consul. */
export function readWrite(passage: Passage): StoreWrite | undefined {
  const isTxn = passage.server === 'consul' && passage.method === 'PUT' && pathOf(passage) === '/v1/txn';
  if (!isTxn || passage.forwardedMs === undefined) return undefined;
  const operations = (JSON.parse(passage.body) as { readonly KV: KvOperation }[]).map(({ KV }) => KV);
  const reply = passage.status === 200 ? (JSON.parse(passage.reply ?? '{}') as TxnReply) : {};
  const indexes = new Map((reply.Results ?? []).map(({ KV }) => [KV.Key, KV.ModifyIndex]));
  const changes = operations.flatMap((one) => changeOf(one, indexes));
  const check = operations.find(({ Verb }) => Verb === 'check-session');
  return {
    passage,
    session: check?.Session ?? '',
    lockKey: check?.Key ?? '',
    changes,
    outcome: outcomeOf(passage),
    index: Math.max(0, ...changes.map(({ index }) => index)),
  };
}

/** What an agent did with its session, or with the lock at a key. */
export interface LockCall {
  readonly kind: 'open' | 'renew' | 'close' | 'acquire' | 'release';
  readonly session: string;
  /** The key that is taken or given back; '' for the others. */
  readonly key: string;
}

/** Reads what was done with a session or a lock; undefined for everything else. */
export function readLockCall(passage: Passage): LockCall | undefined {
  if (passage.server !== 'consul' || passage.method !== 'PUT') return undefined;
  const path = pathOf(passage);
  if (path === '/v1/session/create') return { kind: 'open', session: createdSession(passage), key: '' };
  const named = /^\/v1\/session\/(renew|destroy)\/(.+)$/.exec(path);
  if (named) return { kind: named[1] === 'renew' ? 'renew' : 'close', session: named[2] ?? '', key: '' };
  const [taken, given] = [queryOf(passage, 'acquire'), queryOf(passage, 'release')];
  const key = keyOf(passage);
  if (taken !== '') return { kind: 'acquire', session: taken, key };
  return given === '' ? undefined : { kind: 'release', session: given, key };
}

/** The key in KV that a request is about, '' for none. */
export function keyOf(passage: Passage): string {
  const path = decodeURIComponent(pathOf(passage));
  return path.startsWith(KV) ? path.slice(KV.length) : '';
}

const KV = '/v1/kv/';

/** True when the call was carried out. */
export function isGranted(passage: Passage): boolean {
  return passage.status === 200 && passage.reply?.trim() !== 'false';
}

function createdSession({ reply }: Passage): string {
  if (reply === undefined) return '';
  try {
    return (JSON.parse(reply) as { readonly ID?: string }).ID ?? '';
  } catch {
    return '';
  }
}

function changeOf(operation: KvOperation, indexes: ReadonlyMap<string, number>): KeyChange[] {
  const { Verb: verb, Key: key, Value: value } = operation;
  if (verb === 'set' || verb === 'cas') {
    const text = Buffer.from(value ?? '', 'base64').toString();
    return [{ key, value: text, index: indexes.get(key) ?? 0 }];
  }
  if (verb === 'delete' || verb === 'delete-cas') return [{ key, value: undefined, index: 0 }];
  return [];
}

function outcomeOf({ status }: Passage): StoreWrite['outcome'] {
  if (status === undefined || status === 500) return 'lost';
  return status === 200 ? 'committed' : 'refused';
}

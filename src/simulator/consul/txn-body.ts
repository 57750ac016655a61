import { asArray, isObject } from '../json-text.ts';
import type { Json } from '../json-text.ts';
import type { KvWrite } from './kv-operations.ts';
import { DecodeFault, decodeBody, membersOf, mismatch } from './request-json.ts';

/** One operation of a transaction. The verb may be none that Consul knows. */
export interface TxnOp {
  readonly verb: string;
  readonly write: KvWrite;
}

const FIELDS: readonly string[] = ['verb', 'key', 'value', 'flags', 'index', 'session', 'namespace'];
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

type Members = ReturnType<typeof membersOf>;

function valueOf(members: Members, field: string): Json {
  return members.get(field.toLowerCase())?.value ?? null;
}

function textOf(members: Members, field: string): string {
  const value = valueOf(members, field);
  if (value === null) return '';
  if (typeof value !== 'string') throw mismatch(value, `struct field KVTxnOp.KV.${field}`, 'string');
  return value;
}

function uintOf(members: Members, field: string): bigint {
  const value = valueOf(members, field);
  if (value === null) return 0n;
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return BigInt(value);
  throw mismatch(value, `struct field KVTxnOp.KV.${field}`, 'uint64');
}

function base64Of(members: Members): string {
  const value = valueOf(members, 'Value');
  if (value === null) return '';
  if (typeof value !== 'string') throw mismatch(value, 'struct field KVTxnOp.KV.Value', '[]uint8');
  if (BASE64.test(value)) return value;
  const bad = Math.max(0, value.search(/[^A-Za-z0-9+/]/));
  throw new DecodeFault(`illegal base64 data at input byte ${bad}`);
}

function opOf(value: Json): TxnOp {
  if (!isObject(value)) throw mismatch(value, 'struct field TxnOp.KV', 'api.KVTxnOp');
  const members = membersOf(value);
  for (const [field, { name }] of members)
    if (!FIELDS.includes(field)) throw new DecodeFault(`json: unknown field ${JSON.stringify(name)}`);
  const write = {
    key: textOf(members, 'Key'),
    value: base64Of(members),
    flags: uintOf(members, 'Flags'),
    index: Number(uintOf(members, 'Index')),
    session: textOf(members, 'Session'),
  };
  return { verb: textOf(members, 'Verb'), write };
}

function opsOf(item: Json): readonly TxnOp[] {
  if (item === null) return [];
  if (!isObject(item)) throw mismatch(item, 'value', 'api.TxnOp');
  const members = membersOf(item);
  for (const [field, { name }] of members)
    if (field !== 'kv') throw new DecodeFault(`json: unknown field ${JSON.stringify(name)}`);
  const kv = valueOf(members, 'kv');
  return kv === null ? [] : [opOf(kv)];
}

/** Reads the body of a transaction. Only its KV operations are simulated; others are refused as unknown. */
export function readTxnBody(body: string): readonly TxnOp[] {
  const value = decodeBody(body) ?? [];
  if (!Array.isArray(value)) throw mismatch(value, 'value', 'api.TxnOps');
  return asArray(value).flatMap(opsOf);
}

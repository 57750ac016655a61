import type { KvTable } from './kv-table.ts';
import type { KvEntry } from './records.ts';

/** What a write carries. `session` is the one that locks or unlocks, `index` the one a check-and-set expects. */
export interface KvWrite {
  readonly key: string;
  readonly value: string;
  readonly flags: bigint;
  readonly session: string;
  readonly index: number;
}

function isSame(left: KvEntry, right: KvEntry): boolean {
  return (
    left.lockIndex === right.lockIndex &&
    left.flags === right.flags &&
    left.value === right.value &&
    left.session === right.session
  );
}

/** Stores an entry unless that changes nothing: then the key keeps its ModifyIndex and no reader is woken. */
export function storeEntry(table: KvTable, entry: KvEntry, index: number): KvEntry {
  const before = table.get(entry.key);
  const stored = { ...entry, createIndex: before?.createIndex ?? index, modifyIndex: index };
  if (before !== undefined && isSame(before, stored)) return before;
  table.put(stored, index);
  return stored;
}

function entryOf(write: KvWrite, session: string, lockIndex: number): KvEntry {
  const { key, value, flags } = write;
  return { key, value, flags, session, lockIndex, createIndex: 0, modifyIndex: 0 };
}

/** A plain write: it goes through a lock, leaves its Session and puts its LockIndex back to 0. */
export function setKey(table: KvTable, write: KvWrite, index: number): KvEntry {
  return storeEntry(table, entryOf(write, table.get(write.key)?.session ?? '', 0), index);
}

/** A write that expects the key at `write.index` (0: absent); undefined when it is not. */
export function casKey(table: KvTable, write: KvWrite, index: number): KvEntry | undefined {
  const modifyIndex = table.get(write.key)?.modifyIndex ?? 0;
  return modifyIndex === write.index ? setKey(table, write, index) : undefined;
}

/** Takes the key for the write's session, which exists; undefined while another one holds it. */
export function lockKey(table: KvTable, write: KvWrite, index: number): KvEntry | undefined {
  const before = table.get(write.key);
  if (before !== undefined && before.session !== '' && before.session !== write.session) return undefined;
  const isHeld = before !== undefined && before.session === write.session;
  const lockIndex = (before?.lockIndex ?? 0) + (isHeld ? 0 : 1);
  return storeEntry(table, entryOf(write, write.session, lockIndex), index);
}

/** Gives the key back; undefined when the write's session does not hold it. */
export function unlockKey(table: KvTable, write: KvWrite, index: number): KvEntry | undefined {
  const before = table.get(write.key);
  if (before === undefined || before.session !== write.session) return undefined;
  return storeEntry(table, entryOf(write, '', before.lockIndex), index);
}

/** Deletes the key if it is absent already or at `expected`. */
export function deleteKeyAt(table: KvTable, key: string, at: { expected: number; index: number }): boolean {
  const before = table.get(key);
  if (before === undefined) return true;
  if (before.modifyIndex !== at.expected) return false;
  table.remove(key, at.index);
  return true;
}

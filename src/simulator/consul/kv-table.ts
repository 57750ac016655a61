import type { KvEntry } from './records.ts';
import { guardOf, lowerBound, prefixRange } from './radix.ts';
import type { SortedKeys } from './radix.ts';
import type { Touched, Watch } from './watchers.ts';

const END = '\0';

function bytesOf(key: string): string {
  return Buffer.from(key, 'utf8').toString('latin1');
}

/**
 * The key-value table: entries in byte order, the tombstones of what was deleted, and the indexes that reads
 * answer with. Changes are undone by `rollback` until `commit` tells what they touched.
 */
export class KvTable {
  readonly #entries = new Map<string, KvEntry>();
  readonly #tombstones = new Map<string, number>();
  readonly #undo: (() => void)[] = [];
  #keys: string[] = [];
  #written: string[] = [];
  #removed: string[] = [];
  #index = 0;

  get keys(): SortedKeys {
    return this.#keys;
  }

  get(key: string): KvEntry | undefined {
    return this.#entries.get(bytesOf(key) + END);
  }

  list(prefix: string): readonly KvEntry[] {
    const [from, to] = prefixRange(this.#keys, bytesOf(prefix));
    return this.#keys.slice(from, to).flatMap((key) => this.#entries.get(key) ?? []);
  }

  heldBy(sessionId: string): readonly KvEntry[] {
    const isHeld = (entry: KvEntry): boolean => entry.session.toLowerCase() === sessionId;
    return [...this.#entries.values()].filter(isHeld);
  }

  put(entry: KvEntry, index: number): void {
    const key = bytesOf(entry.key) + END;
    this.#place(key, entry);
    this.#stamp(index);
    this.#written.push(key);
  }

  remove(key: string, index: number): void {
    const id = bytesOf(key) + END;
    if (!this.#entries.has(id)) return;
    this.#bury(bytesOf(key), index);
    this.#place(id, undefined);
    this.#stamp(index);
    this.#removed.push(id);
  }

  removeTree(prefix: string, index: number): void {
    const [from, to] = prefixRange(this.#keys, bytesOf(prefix));
    const gone = this.#keys.slice(from, to);
    if (gone.length === 0) return;
    if (prefix !== '') this.#bury(bytesOf(prefix), index);
    for (const id of gone) this.#place(id, undefined);
    this.#stamp(index);
    this.#removed.push(...gone);
  }

  /** Forgets tombstones up to `upTo`, as the leader does 15 minutes after a deletion; says how many are left. */
  reap(upTo: number): number {
    for (const [key, index] of this.#tombstones) if (index <= upTo) this.#tombstones.delete(key);
    return this.#tombstones.size;
  }

  /** The index of the whole table: what a read of an absent key answers with. */
  get index(): number {
    return this.#index;
  }

  /** The index of a listing: the newest entry or tombstone below the prefix, else the whole table's. */
  listIndex(prefix: string): number {
    if (prefix === '') return this.#index;
    const start = bytesOf(prefix);
    let newest = 0;
    for (const entry of this.list(prefix)) newest = Math.max(newest, entry.modifyIndex);
    for (const [key, index] of this.#tombstones) if (key.startsWith(start)) newest = Math.max(newest, index);
    return newest === 0 ? this.#index : newest;
  }

  watchKey(key: string): Watch {
    const id = bytesOf(key) + END;
    return this.#entries.has(id) ? { key: id } : { guard: guardOf(this.#keys, id) };
  }

  watchPrefix(prefix: string): Watch {
    return { guard: guardOf(this.#keys, bytesOf(prefix)) };
  }

  commit(): Touched {
    const touched = { written: this.#written, removed: this.#removed };
    this.#forget();
    return touched;
  }

  rollback(): void {
    for (const undo of this.#undo.toReversed()) undo();
    this.#forget();
  }

  #forget(): void {
    this.#undo.length = 0;
    this.#written = [];
    this.#removed = [];
  }

  #stamp(index: number): void {
    const before = this.#index;
    this.#undo.push(() => (this.#index = before));
    this.#index = index;
  }

  #bury(key: string, index: number): void {
    const before = this.#tombstones.get(key);
    this.#undo.push(() =>
      before === undefined ? this.#tombstones.delete(key) : this.#tombstones.set(key, before),
    );
    this.#tombstones.set(key, index);
  }

  #place(id: string, entry: KvEntry | undefined): void {
    const before = this.#entries.get(id);
    this.#undo.push(() => this.#swap(id, before));
    this.#swap(id, entry);
  }

  #swap(id: string, entry: KvEntry | undefined): void {
    const isKnown = this.#entries.has(id);
    if (entry === undefined) this.#entries.delete(id);
    else this.#entries.set(id, entry);
    if (isKnown === (entry !== undefined)) return;
    this.#keys.splice(lowerBound(this.#keys, id), isKnown ? 1 : 0, ...(isKnown ? [] : [id]));
  }
}

import type { StoreChange, StoredEntry, TreeRead } from '../ports/coordination.ts';

/** The key root as last known: what was read, and on top of it what was written since. */
export class TreeCopy {
  isRead = false;
  /** Changes of this copy so far, reads and writes: tells whether one has overtaken another. */
  version = 0;
  #entries = new Map<string, StoredEntry>();
  /** Keys deleted here, each with the index of what was deleted: an older read may still show that. */
  #deleted = new Map<string, number>();
  #index = 0;
  #ownIndex = 0;

  get(key: string): StoredEntry | undefined {
    return this.#entries.get(key);
  }

  below(prefix: string): readonly StoredEntry[] {
    return [...this.#entries.values()].filter((entry) => entry.key.startsWith(prefix));
  }

  /** Takes a read, unless it is older than the last one or than a write of our own. */
  replace(read: TreeRead): void {
    const isOlder = read.index > 0 && read.index < Math.max(this.#ownIndex, this.#index);
    if (isOlder && this.isRead) return;
    const entries = read.entries.filter(({ key, index }) => index > (this.#deleted.get(key) ?? 0));
    this.#entries = new Map(entries.map((entry) => [entry.key, this.#known(entry)]));
    this.#index = read.index;
    if (read.index === 0) this.forgetOrder();
    this.isRead = true;
    this.version += 1;
  }

  /** The server may be another one now: the next read is taken whatever its index. */
  forgetOrder(): void {
    this.#index = 0;
    this.#ownIndex = 0;
    this.#deleted.clear();
  }

  /** Takes what a write of our own has made, unless a read has shown something newer already. */
  apply(changes: readonly StoreChange[], indexes: ReadonlyMap<string, number>): void {
    this.version += 1;
    for (const change of changes) {
      if (change.kind === 'delete') this.#remove(change.key, change.index);
      else this.#set(change.key, change.value, indexes.get(change.key) ?? 0);
    }
  }

  /** An entry that has not changed stays the same one: what has been read of it need not be read again. */
  #known(entry: StoredEntry): StoredEntry {
    const known = this.#entries.get(entry.key);
    const isSame =
      known?.index === entry.index && known.session === entry.session && known.value === entry.value;
    return known && isSame ? known : entry;
  }

  #set(key: string, value: string, index: number): void {
    this.#ownIndex = Math.max(this.#ownIndex, index);
    const session = this.#entries.get(key)?.session ?? '';
    if (index > this.#index) this.#entries.set(key, { key, value, index, session });
  }

  #remove(key: string, index: number): void {
    if (this.#entries.get(key)?.index !== index) return;
    this.#entries.delete(key);
    this.#deleted.set(key, index);
  }
}

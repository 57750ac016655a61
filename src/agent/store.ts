import type { Keys } from '../domain/keys.ts';
import type { Clock } from '../ports/clock.ts';
import type { Coordination, StoreChange, StoredEntry, TreeRead } from '../ports/coordination.ts';
import { isPortError } from '../ports/port-error.ts';
import { rest } from './moment.ts';
import type { Outages } from './outages.ts';
import type { Term } from './term.ts';

/** The agent's copy of the key root, kept up to date by one recursive blocking read. */
export interface Store {
  /** True once the key root has been read. */
  ready(): boolean;
  get(key: string): StoredEntry | undefined;
  /** Keys below `prefix`. */
  below(prefix: string): readonly StoredEntry[];
  /** Reads the key root anew: what other agents wrote before is seen from here on. */
  refresh(signal: AbortSignal): Promise<void>;
  /**
   * Writes changes under the term's lock. The fence holds the global flags, and `unchanged` keys, as they
   * were last read here: an intent is refused (`conflict`, `fence`) once an operator has written a flag.
   */
  write(term: Term, changes: readonly StoreChange[], unchanged?: readonly string[]): Promise<void>;
  /** Writes an outcome: like `write`, but looks again and retries when only a flag has changed. */
  writeOutcome(term: Term, makeChanges: () => readonly StoreChange[]): Promise<void>;
  stop(): Promise<void>;
}

export interface StoreOptions {
  readonly coordination: Coordination;
  readonly clock: Clock;
  readonly keys: Keys;
  readonly outages: Outages;
  /** Told after each change that was read. */
  readonly changed: () => void;
}

/** At most this often the tree is read again, however often it changes. */
const SPACING_MS = 200;
const OUTCOME_TRIES = 3;

/** Starts following the key root. */
export function followStore(options: StoreOptions): Store {
  const ending = new AbortController();
  const copy = new TreeCopy();
  const done = follow(options, copy, ending.signal);
  return {
    ready: () => copy.isRead,
    get: (key) => copy.get(key),
    below: (prefix) => copy.below(prefix),
    refresh: (signal) => refresh(options, copy, signal),
    write: (term, changes, unchanged = []) => write(options, copy, { term, changes, unchanged }),
    writeOutcome: (term, makeChanges) => writeOutcome(options, copy, { term, makeChanges }),
    stop: async () => {
      ending.abort();
      await done;
    },
  };
}

interface Writing {
  readonly term: Term;
  readonly changes: readonly StoreChange[];
  readonly unchanged: readonly string[];
}

async function write(options: StoreOptions, copy: TreeCopy, of: Writing): Promise<void> {
  if (of.changes.length === 0) return;
  const guarded = [options.keys.failsafe, options.keys.paused, ...of.unchanged];
  const fence = {
    lockKey: of.term.partition.lockKey,
    session: of.term.session,
    unchanged: guarded.map((key) => ({ key, index: copy.get(key)?.index ?? 0 })),
  };
  copy.apply(of.changes, await options.coordination.write(fence, of.changes, of.term.permit));
}

/** A read that no write of ours has overtaken is the truth, even from a Consul that has started over. */
async function refresh(options: StoreOptions, copy: TreeCopy, signal: AbortSignal): Promise<void> {
  const { writes } = copy;
  const read = await options.coordination.readTree(`${options.keys.root}/`, 0, signal);
  if (copy.writes === writes) copy.forgetOrder();
  copy.replace(read);
}

async function writeOutcome(
  options: StoreOptions,
  copy: TreeCopy,
  of: { readonly term: Term; readonly makeChanges: () => readonly StoreChange[] },
): Promise<void> {
  for (let left = OUTCOME_TRIES; ; left--) {
    try {
      await write(options, copy, { term: of.term, changes: of.makeChanges(), unchanged: [] });
      return;
    } catch (error) {
      if (left <= 1 || !isPortError(error, 'conflict') || of.term.ended()) throw error;
      await refresh(options, copy, of.term.permit.signal);
    }
  }
}

async function follow(options: StoreOptions, copy: TreeCopy, signal: AbortSignal): Promise<void> {
  let index = 0;
  while (!signal.aborted) {
    try {
      const read = await options.coordination.readTree(`${options.keys.root}/`, index, signal);
      index = read.index;
      options.outages.passed('consul', 'read the state');
      copy.replace(read);
      options.changed();
      await rest(options.clock, SPACING_MS, signal);
    } catch (error) {
      if (signal.aborted) return;
      index = 0;
      copy.forgetOrder();
      options.outages.failed('consul', 'read the state', error);
      await rest(options.clock, 1_000, signal);
    }
  }
}

/** The entries by key. A read that is older than a write of our own does not undo it. */
class TreeCopy {
  isRead = false;
  /** Writes of our own so far. */
  writes = 0;
  #entries = new Map<string, StoredEntry>();
  #index = 0;
  #ownIndex = 0;

  get(key: string): StoredEntry | undefined {
    return this.#entries.get(key);
  }

  below(prefix: string): readonly StoredEntry[] {
    return [...this.#entries.values()].filter((entry) => entry.key.startsWith(prefix));
  }

  replace(read: TreeRead): void {
    const isOlder = read.index > 0 && read.index < Math.max(this.#ownIndex, this.#index);
    if (isOlder && this.isRead) return;
    this.#entries = new Map(read.entries.map((entry) => [entry.key, entry]));
    this.#index = read.index;
    if (read.index === 0) this.forgetOrder();
    this.isRead = true;
  }

  /** The server may be another one now: the next read is taken whatever its index. */
  forgetOrder(): void {
    this.#index = 0;
    this.#ownIndex = 0;
  }

  apply(changes: readonly StoreChange[], indexes: ReadonlyMap<string, number>): void {
    this.writes += 1;
    for (const change of changes) {
      if (change.kind === 'delete') {
        this.#entries.delete(change.key);
        // Consul tells no index of a deletion: it is above every one seen before.
        this.#ownIndex = Math.max(this.#ownIndex, this.#index, change.index) + 1;
      } else {
        const index = indexes.get(change.key) ?? 0;
        this.#ownIndex = Math.max(this.#ownIndex, index);
        this.#entries.set(change.key, { key: change.key, value: change.value, index, session: '' });
      }
    }
  }
}

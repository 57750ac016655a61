import type { Keys } from '../domain/keys.ts';
import type { Clock } from '../ports/clock.ts';
import type { Coordination, StoreChange, StoredEntry } from '../ports/coordination.ts';
import { isPortError } from '../ports/port-error.ts';
import { followTree } from './follow-tree.ts';
import type { Outages } from './outages.ts';
import type { Term } from './term.ts';
import { TreeCopy } from './tree-copy.ts';

/** A key as it was when something was decided; index 0: it did not exist. */
export interface SeenKey {
  readonly key: string;
  readonly index: number;
}

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
   * Writes an intent under the term's lock, fenced by what the decision was made on: it is refused
   * (`conflict`, `fence`) when one of `seen` has changed since, be it known here by now or not.
   */
  write(term: Term, changes: readonly StoreChange[], seen: readonly SeenKey[]): Promise<void>;
  /** Writes an outcome, fenced by the flags as they are known now; looks again and retries on conflict. */
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

/** The tree is read again after so long at the soonest; after a millisecond for each of its keys, if that is longer. */
const SPACING_MS = 200;
const MOST_SPACING_MS = 1_000;
const OUTCOME_TRIES = 3;

/** Starts following the key root. */
export function followStore(options: StoreOptions): Store {
  const copy = new TreeCopy();
  const stop = followTree({
    ...options,
    prefix: `${options.keys.root}/`,
    doing: 'read the state',
    spacingMs: (entries) => Math.min(MOST_SPACING_MS, Math.max(SPACING_MS, entries)),
    failed: () => copy.forgetOrder(),
    read: (tree) => {
      copy.replace(tree);
      options.changed();
    },
  });
  return {
    ready: () => copy.isRead,
    get: (key) => copy.get(key),
    below: (prefix) => copy.below(prefix),
    refresh: (signal) => refresh(options, copy, signal),
    write: (term, changes, seen) => write(options, copy, { term, changes, seen }),
    writeOutcome: (term, makeChanges) => writeOutcome(options, copy, { term, makeChanges }),
    stop,
  };
}

interface Writing {
  readonly term: Term;
  readonly changes: readonly StoreChange[];
  readonly seen: readonly SeenKey[];
}

async function write(options: StoreOptions, copy: TreeCopy, of: Writing): Promise<void> {
  if (of.changes.length === 0) return;
  const { partition, session } = of.term;
  const fence = { lockKey: partition.lockKey, session, unchanged: of.seen };
  copy.apply(of.changes, await options.coordination.write(fence, of.changes, of.term.permit));
}

/** A read that nothing has overtaken is the truth, even from a Consul that has started over. */
async function refresh(options: StoreOptions, copy: TreeCopy, signal: AbortSignal): Promise<void> {
  const { version } = copy;
  const read = await options.coordination.readTree(`${options.keys.root}/`, 0, signal);
  if (copy.version === version) copy.forgetOrder();
  copy.replace(read);
}

async function writeOutcome(
  options: StoreOptions,
  copy: TreeCopy,
  of: { readonly term: Term; readonly makeChanges: () => readonly StoreChange[] },
): Promise<void> {
  for (let left = OUTCOME_TRIES; ; left--) {
    try {
      const seen = seenNow(copy, [options.keys.failsafe, options.keys.paused]);
      await write(options, copy, { term: of.term, changes: of.makeChanges(), seen });
      return;
    } catch (error) {
      if (left <= 1 || !isPortError(error, 'conflict') || of.term.ended()) throw error;
      await refresh(options, copy, of.term.permit.signal);
    }
  }
}

/** Keys as the copy has them at this moment. */
function seenNow(copy: TreeCopy, keys: readonly string[]): readonly SeenKey[] {
  return keys.map((key) => ({ key, index: copy.get(key)?.index ?? 0 }));
}

import type { Clock } from '../ports/clock.ts';
import type { Coordination, TreeRead } from '../ports/coordination.ts';
import { rest } from './moment.ts';
import type { Outages } from './outages.ts';

/** What is followed, and who is told. */
export interface TreeFollowing {
  readonly coordination: Coordination;
  readonly clock: Clock;
  readonly prefix: string;
  readonly outages: Outages;
  /** What it is called in an outage. */
  readonly doing: string;
  /** At most this often the tree, of so many keys, is read again, however often it changes. */
  readonly spacingMs: (keys: number) => number;
  readonly read: (tree: TreeRead) => void;
  /** A read has failed: the server may be another one afterwards, and its indexes start over. */
  readonly failed: () => void;
}

/** Follows all keys below a prefix by one recursive blocking read. The answer stops it. */
export function followTree(of: TreeFollowing): () => Promise<void> {
  const ending = new AbortController();
  const done = follow(of, ending.signal);
  return async () => {
    ending.abort();
    await done;
  };
}

async function follow(of: TreeFollowing, signal: AbortSignal): Promise<void> {
  let index = 0;
  while (!signal.aborted) {
    try {
      const tree = await of.coordination.readTree(of.prefix, index, signal);
      index = tree.index;
      of.outages.passed('consul', of.doing);
      of.read(tree);
      await rest(of.clock, index === 0 ? 1_000 : of.spacingMs(tree.entries.length), signal);
    } catch (error) {
      if (signal.aborted) return;
      index = 0;
      of.failed();
      of.outages.failed('consul', of.doing, error);
      await rest(of.clock, 1_000, signal);
    }
  }
}

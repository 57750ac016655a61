import type { Clock } from '../../ports/clock.ts';
import type { FeedEvent } from './list-feed.ts';

interface Told<S> {
  /** Of the write that told it. */
  readonly index: number;
  readonly stub: S;
}

/**
 * A list that any server gives is not so old. What it still lacks then was written by servers that have started
 * over since, and is not so any more.
 */
const MOST_MS = 30_000;

/** What was told of items before their list was read again. The list is what counts from its index on. */
export class ToldStubs<S> {
  private readonly clock: Clock;
  private readonly told = new Map<string, Told<S> & { readonly atMs: number }>();
  private listIndex = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Remembers it until there is a list that has it; false when the last list has it already. */
  note(key: string, told: Told<S>): boolean {
    if (told.index <= this.listIndex) return false;
    const index = Math.max(told.index, this.told.get(key)?.index ?? 0);
    this.told.set(key, { stub: told.stub, index, atMs: this.clock.monotonicMs() });
    return true;
  }

  /** The items of a list, with what was told of later writes in their place. */
  over(
    { items, index, restarted }: Extract<FeedEvent<S>, { readonly kind: 'list' }>,
    keyOf: (stub: S) => string,
  ): readonly S[] {
    this.listIndex = index;
    const oldestMs = this.clock.monotonicMs() - MOST_MS;
    for (const [key, told] of this.told) {
      if (restarted || told.index <= index || told.atMs < oldestMs) this.told.delete(key);
    }
    if (this.told.size === 0) return items;
    const all = new Map(items.map((stub) => [keyOf(stub), stub]));
    for (const [key, { stub }] of this.told) all.set(key, stub);
    return [...all.values()];
  }
}

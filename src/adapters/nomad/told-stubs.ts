import type { Clock } from '../../ports/clock.ts';
import type { FeedEvent } from './list-feed.ts';

interface Told<S> {
  /** Of the write that told it. */
  readonly index: number;
  readonly stub: S;
}

interface Kept<S> extends Told<S> {
  readonly atMs: number;
}

/**
 * A list that any server gives is not so old. What it still lacks then was written by servers that have started
 * over since, and is not so any more.
 */
const MOST_MS = 30_000;

/** What was told of items before their list was read again. The list is what counts from its index on. */
export class ToldStubs<S> {
  private readonly clock: Clock;
  private readonly told = new Map<string, Kept<S>>();
  private listIndex = 0;
  private items: readonly S[] = [];

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
    this.items = items;
    this.listIndex = index;
    this.drop((told) => restarted || told.index <= index);
    this.dropOld();
    return this.overlaid(keyOf);
  }

  /** The items anew, where something was told so long ago that it is not so any more; else undefined. */
  expire(keyOf: (stub: S) => string): readonly S[] | undefined {
    return this.dropOld() ? this.overlaid(keyOf) : undefined;
  }

  private dropOld(): boolean {
    const oldestMs = this.clock.monotonicMs() - MOST_MS;
    return this.drop(({ atMs }) => atMs < oldestMs);
  }

  private drop(isOver: (told: Kept<S>) => boolean): boolean {
    const before = this.told.size;
    for (const [key, told] of this.told) if (isOver(told)) this.told.delete(key);
    return this.told.size < before;
  }

  private overlaid(keyOf: (stub: S) => string): readonly S[] {
    if (this.told.size === 0) return this.items;
    const all = new Map(this.items.map((stub) => [keyOf(stub), stub]));
    for (const [key, { stub }] of this.told) all.set(key, stub);
    return [...all.values()];
  }
}

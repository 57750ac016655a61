import type { FeedEvent } from './list-feed.ts';

interface Told<S> {
  /** Of the write that told it. */
  readonly index: number;
  readonly stub: S;
}

/** What was told of items before their list was read again. The list is what counts from its index on. */
export class ToldStubs<S> {
  private readonly told = new Map<string, Told<S>>();
  private listIndex = 0;

  /** Remembers it until there is a list that has it; false when the last list has it already. */
  note(key: string, told: Told<S>): boolean {
    if (told.index <= this.listIndex) return false;
    this.told.set(key, told);
    return true;
  }

  /** The items of a list, with what was told of later writes in their place. */
  over(
    { items, index, restarted }: Extract<FeedEvent<S>, { readonly kind: 'list' }>,
    keyOf: (stub: S) => string,
  ): readonly S[] {
    this.listIndex = index;
    for (const [key, told] of this.told) if (restarted || told.index <= index) this.told.delete(key);
    if (this.told.size === 0) return items;
    const all = new Map(items.map((stub) => [keyOf(stub), stub]));
    for (const [key, { stub }] of this.told) all.set(key, stub);
    return [...all.values()];
  }
}

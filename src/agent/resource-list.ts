import type { Page, PageQuery } from '../ports/status-view.ts';

/** Something with a name, and what makes two of the same name different. */
interface Named {
  readonly id: string;
}

/** The names in their order, made once for each value they are made from. */
export function createNameOrder<Source extends object, Item extends Named>(
  itemsOf: (source: Source) => Iterable<Item>,
): (source: Source) => readonly Item[] {
  const known = new WeakMap<Source, readonly Item[]>();
  return (source) => {
    const sorted = known.get(source) ?? [...itemsOf(source)].toSorted(byId);
    known.set(source, sorted);
    return sorted;
  };
}

/** Both in the order of their names; of the same name the one of the first list alone. */
export function mergeById<Item extends Named>(
  sorted: readonly Item[],
  more: readonly Item[],
): readonly Item[] {
  if (more.length === 0) return sorted;
  const known = new Set(sorted.map(({ id }) => id));
  return [...sorted, ...more.filter(({ id }) => !known.has(id))].toSorted(byId);
}

/** The part that is asked for, of a list in the order of names. */
export function pageOf<Item extends Named>(sorted: readonly Item[], query: PageQuery): Page<Item> {
  const { id, after, limit } = query;
  const total = sorted.length;
  if (id !== undefined) {
    const from = firstAfter(sorted, id, true);
    const items = sorted.slice(from, firstAfter(sorted, id, false));
    return { items, total, next: undefined };
  }
  const from = after === '' ? 0 : firstAfter(sorted, after, false);
  const items = sorted.slice(from, from + limit);
  return { items, total, next: from + limit < total ? items.at(-1)?.id : undefined };
}

/** Index of the first whose name is beyond `id`; or, with `inclusive`, is `id` or beyond it. */
function firstAfter(sorted: readonly Named[], id: string, inclusive: boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const one = sorted[middle]?.id ?? '';
    if (one > id || (inclusive && one === id)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function byId(one: Named, other: Named): number {
  if (one.id === other.id) return 0;
  return one.id < other.id ? -1 : 1;
}

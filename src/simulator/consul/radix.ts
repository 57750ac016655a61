/** Keys of a radix tree, sorted; every key is a string of bytes (char codes 0–255) and no key is a prefix of another. */
export type SortedKeys = readonly string[];

/** First position whose key is not below `key`. */
export function lowerBound(keys: SortedKeys, key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The positions [from, to) of the keys that start with `prefix`. */
export function prefixRange(keys: SortedKeys, prefix: string): readonly [number, number] {
  const from = lowerBound(keys, prefix);
  return [from, prefix === '' ? keys.length : lowerBound(keys, `${prefix}\u{ffff}`)];
}

function commonLength(left: string, right: string): number {
  const limit = Math.min(left.length, right.length);
  let length = 0;
  while (length < limit && left.charCodeAt(length) === right.charCodeAt(length)) length += 1;
  return length;
}

/**
 * What a blocking read that found no single key waits on: the finest node of the tree that its search reached,
 * named by the shortest string with which every change that touches that node begins.
 */
export function guardOf(keys: SortedKeys, search: string): string {
  let guard = '';
  for (let depth = 0; depth < search.length;) {
    const edge = search.slice(0, depth + 1);
    const [from, to] = prefixRange(keys, edge);
    const first = keys[from];
    if (from === to || first === undefined) return guard;
    guard = edge;
    const nodeLength = commonLength(first, keys[to - 1] ?? first);
    if (!search.startsWith(first.slice(0, nodeLength))) return guard;
    depth = nodeLength;
  }
  return guard;
}

/**
 * The guard of the node that is merged into its parent when `removed` has left the tree, if there is one: a tree
 * wakes the readers of that node too, though nothing below it changed.
 */
export function mergedGuard(keys: SortedKeys, removed: string): string | undefined {
  const at = lowerBound(keys, removed);
  const parentLength = Math.max(
    commonLength(removed, keys[at - 1] ?? ''),
    commonLength(removed, keys[at] ?? ''),
  );
  if (parentLength === 0) return undefined;
  const [from, to] = prefixRange(keys, removed.slice(0, parentLength));
  const first = keys[from] ?? '';
  const isOneEdge = commonLength(first, keys[to - 1] ?? '') > parentLength;
  return isOneEdge ? first.slice(0, parentLength + 1) : undefined;
}

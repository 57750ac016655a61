import type { Sight } from '../look/sight.ts';

/** Only the resources whose ids begin with one of the prefixes; all where there is none. */
export function narrow(sight: Sight, prefixes: readonly string[]): Sight {
  if (prefixes.length === 0) return sight;
  const isMeant = ({ id }: { readonly id: string }): boolean =>
    prefixes.some((prefix) => id.startsWith(prefix));
  return { ...sight, groups: sight.groups.filter(isMeant), pools: sight.pools.filter(isMeant) };
}

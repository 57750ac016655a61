import type { PoolSnapshot } from '../pool-snapshot.ts';
import { largerOf, type Resources } from '../resources.ts';
import type { GroupBook, KnownGroup } from './group-book.ts';
import type { NodeLoad } from './load.ts';

/** What each group with a policy that has an allocation in the pool would take for one more. */
export function growthOf(
  { growing }: Pick<PoolSnapshot, 'growing'>,
  loads: readonly NodeLoad[],
  book: GroupBook,
): readonly Resources[] {
  const wanted = new Set(growing.map((ref) => book(ref)));
  const given = new Map<KnownGroup, Resources>();
  for (const { placed } of loads) {
    for (const { group, resources } of placed) {
      if (!wanted.has(group)) continue;
      const known = given.get(group);
      given.set(group, known ? largerOf(known, resources) : resources);
    }
  }
  return [...given].map(([group, largest]) => askedBy(group, largest));
}

/** As the group asks now; what it does not tell (a group nobody could read, `cores`) as it was given. */
function askedBy({ needs }: KnownGroup, given: Resources): Resources {
  if (!needs) return given;
  const { cpuMhz } = needs.resources;
  return { ...needs.resources, cpuMhz: cpuMhz > 0 ? cpuMhz : given.cpuMhz };
}

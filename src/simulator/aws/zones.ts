import { isLiving } from './types.ts';
import type { CloudGroup, CloudMember } from './types.ts';

/** A living member and when its instance was launched. */
export interface Candidate {
  readonly member: CloudMember;
  readonly launchedMs: number;
}

/** How many living members each zone of the group has. */
function countsOf(group: CloudGroup): ReadonlyMap<string, number> {
  const living = group.members.filter(isLiving);
  return new Map(group.zones.map((zone) => [zone, living.filter((member) => member.zone === zone).length]));
}

/** The zone that gets the next instance: with the fewest living members, the first named of equals. */
export function shortestZone(group: CloudGroup): string {
  return [...countsOf(group)].toSorted((a, b) => a[1] - b[1])[0]?.[0] ?? '';
}

/** True when moving one instance would make the zones more even, and the group may end one to do so. */
export function isUneven(group: CloudGroup): boolean {
  const counts = [...countsOf(group).values()];
  const most = Math.max(...counts);
  if (most - Math.min(...counts) < 2) return false;
  const longest = [...countsOf(group)].flatMap(([zone, count]) => (count === most ? [zone] : []));
  return group.members.some(
    (member) => isLiving(member) && !member.isProtected && longest.includes(member.zone),
  );
}

/** Whom the group itself ends: unprotected, of the zone with the most members, the oldest there. */
export function chooseVictim(candidates: readonly Candidate[]): CloudMember | undefined {
  const inZone = (zone: string): number => candidates.filter(({ member }) => member.zone === zone).length;
  const [victim] = candidates
    .filter(({ member }) => !member.isProtected)
    .toSorted((a, b) => inZone(b.member.zone) - inZone(a.member.zone) || a.launchedMs - b.launchedMs);
  return victim?.member;
}

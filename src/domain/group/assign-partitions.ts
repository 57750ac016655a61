/** Whom each partition belongs to: a member's id, or null for nobody. */
export type Owners = readonly (string | null)[];

/**
 * Divides partitions among members as evenly as possible (shares differ by one at the most), moving as few as
 * possible away from who has them. Nobody to divide among: everything stays as it is. The same everywhere: no
 * randomness, members in the order of their ids.
 */
export function assignPartitions(before: Owners, members: readonly string[], partitions: number): Owners {
  const owners = Array.from({ length: partitions }, (_, number) => before[number] ?? null);
  if (members.length === 0) return owners;
  const room = roomOf(owners, members);
  const kept = owners.map((owner) => (owner !== null && take(room, owner) ? owner : null));
  const free = [...room].flatMap(([id, left]) => Array.from({ length: left }, () => id));
  return kept.map((owner) => owner ?? free.shift() ?? null);
}

/** How many each may have. Who has most already gets those that do not divide evenly: nothing moves for them. */
function roomOf(owners: Owners, members: readonly string[]): Map<string, number> {
  const sorted = members.toSorted(byText);
  const has = new Map(sorted.map((id) => [id, owners.filter((owner) => owner === id).length]));
  const base = Math.floor(owners.length / sorted.length);
  const extra = owners.length % sorted.length;
  const first = sorted.toSorted((a, b) => (has.get(b) ?? 0) - (has.get(a) ?? 0) || byText(a, b));
  const generous = new Set(first.slice(0, extra));
  return new Map(sorted.map((id) => [id, base + (generous.has(id) ? 1 : 0)]));
}

function take(room: Map<string, number>, id: string): boolean {
  const left = room.get(id) ?? 0;
  if (left > 0) room.set(id, left - 1);
  return left > 0;
}

function byText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

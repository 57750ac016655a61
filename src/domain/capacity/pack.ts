import { type Resources, scaleResources, subtractResources, weightOf } from '../resources.ts';
import { clashWith } from './board.ts';
import type { KnownGroup } from './group-book.ts';

/** So many allocations of one group that look for a node. */
export interface Waiting {
  readonly group: KnownGroup;
  readonly count: number;
}

interface Bin {
  free: Resources;
  readonly held: { readonly group: KnownGroup }[];
}

/** How many empty nodes with `room` first-fit decreasing fills, `most` at the most. */
export function packNodes(waiting: readonly Waiting[], room: Resources, most: number): number {
  const bins: Bin[] = [];
  const weight = ({ group }: Waiting): number => (group.needs ? weightOf(group.needs.resources, room) : 0);
  for (const { group, count } of waiting.toSorted((one, other) => weight(other) - weight(one))) {
    let left = count;
    for (let at = 0; left > 0 && at < most; at++) {
      const bin = (bins[at] ??= { free: room, held: [] });
      left -= fill(bin, group, left);
    }
  }
  return bins.filter(({ held }) => held.length > 0).length;
}

/** Puts as many into the bin as it takes, `most` at the most. */
function fill(bin: Bin, group: KnownGroup, most: number): number {
  const { needs } = group;
  if (!needs || clashWith(group, bin.held) !== '') return 0;
  const isAlone = needs.distinctHosts !== 'none' || needs.staticPorts.length > 0;
  const taken = Math.min(timesIn(needs.resources, bin.free), isAlone ? 1 : most);
  if (taken === 0) return 0;
  bin.free = subtractResources(bin.free, scaleResources(needs.resources, taken));
  bin.held.push({ group });
  return taken;
}

/** How often something fits; infinitely often where it takes nothing. */
function timesIn(small: Resources, large: Resources): number {
  const times = (part: number, whole: number): number => {
    if (whole < part) return 0;
    return part > 0 ? Math.floor(whole / part) : Number.POSITIVE_INFINITY;
  };
  return Math.min(
    times(small.cpuMhz, large.cpuMhz),
    times(small.memoryMb, large.memoryMb),
    times(small.diskMb, large.diskMb),
  );
}

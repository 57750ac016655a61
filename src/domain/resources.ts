/** What nodes have and allocations take. */
export interface Resources {
  readonly cpuMhz: number;
  readonly memoryMb: number;
  readonly diskMb: number;
}

export const NO_RESOURCES: Resources = { cpuMhz: 0, memoryMb: 0, diskMb: 0 };

/** The sum of any number of resources. */
export function addResources(...all: readonly Resources[]): Resources {
  let sum = NO_RESOURCES;
  for (const one of all) {
    sum = {
      cpuMhz: sum.cpuMhz + one.cpuMhz,
      memoryMb: sum.memoryMb + one.memoryMb,
      diskMb: sum.diskMb + one.diskMb,
    };
  }
  return sum;
}

/** What is left of `from`; a member may be below 0. */
export function subtractResources(from: Resources, take: Resources): Resources {
  return addResources(from, scaleResources(take, -1));
}

/** Each member times `by`. */
export function scaleResources(one: Resources, by: number): Resources {
  return { cpuMhz: one.cpuMhz * by, memoryMb: one.memoryMb * by, diskMb: one.diskMb * by };
}

/** True when every member fits. */
export function fitsInto(small: Resources, large: Resources): boolean {
  return small.cpuMhz <= large.cpuMhz && small.memoryMb <= large.memoryMb && small.diskMb <= large.diskMb;
}

/** What nodes have and allocations take. */
export interface Resources {
  readonly cpuMhz: number;
  readonly memoryMb: number;
  readonly diskMb: number;
}

export const NO_RESOURCES: Resources = { cpuMhz: 0, memoryMb: 0, diskMb: 0 };

/** The sum of any number of resources. */
export function addResources(...all: readonly Resources[]): Resources {
  let [cpuMhz, memoryMb, diskMb] = [0, 0, 0];
  for (const one of all) {
    cpuMhz += one.cpuMhz;
    memoryMb += one.memoryMb;
    diskMb += one.diskMb;
  }
  return { cpuMhz, memoryMb, diskMb };
}

/** What is left of `from`; a member may be below 0. */
export function subtractResources(from: Resources, take: Resources): Resources {
  return addResources(from, scaleResources(take, -1));
}

/** Each member times `by`. */
export function scaleResources(one: Resources, by: number): Resources {
  return { cpuMhz: one.cpuMhz * by, memoryMb: one.memoryMb * by, diskMb: one.diskMb * by };
}

/** Each member divided by `by`: exact where the quotient is whole, which times 1/by is not. */
export function divideResources(one: Resources, by: number): Resources {
  return { cpuMhz: one.cpuMhz / by, memoryMb: one.memoryMb / by, diskMb: one.diskMb / by };
}

/** The larger of each member. */
export function largerOf(one: Resources, other: Resources): Resources {
  return {
    cpuMhz: Math.max(one.cpuMhz, other.cpuMhz),
    memoryMb: Math.max(one.memoryMb, other.memoryMb),
    diskMb: Math.max(one.diskMb, other.diskMb),
  };
}

/** The largest share of `of` that any member takes: how large a thing is where three sizes count. */
export function weightOf(one: Resources, of: Resources): number {
  const share = (part: number, whole: number): number => (whole > 0 ? part / whole : 0);
  return Math.max(
    share(one.cpuMhz, of.cpuMhz),
    share(one.memoryMb, of.memoryMb),
    share(one.diskMb, of.diskMb),
  );
}

/** Resources as a person reads them: `1500 MHz, 512 MB, disk 300 MB`. */
export function resourcesText({ cpuMhz, memoryMb, diskMb }: Resources): string {
  const rounded = (value: number): number => Math.round(value * 10) / 10;
  return `${rounded(cpuMhz)} MHz, ${rounded(memoryMb)} MB, disk ${rounded(diskMb)} MB`;
}

/** True when every member fits. */
export function fitsInto(small: Resources, large: Resources): boolean {
  return small.cpuMhz <= large.cpuMhz && small.memoryMb <= large.memoryMb && small.diskMb <= large.diskMb;
}

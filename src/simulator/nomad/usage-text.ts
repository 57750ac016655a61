/** CPU figures of one task, process or allocation. `measured` is JSON text: a list of names, or null. */
export interface CpuUsage {
  readonly measured: string;
  readonly percent: number;
  readonly system: number;
  readonly user: number;
  /** MHz. */
  readonly ticks: number;
}

/** Memory figures, bytes. `measured` is JSON text. */
export interface MemoryUsage {
  readonly measured: string;
  readonly rss: number | bigint;
  readonly cache: number;
  readonly usage: number;
  readonly maxUsage: number;
}

export const NO_CPU: CpuUsage = { measured: 'null', percent: 0, system: 0, user: 0, ticks: 0 };
export const NO_MEMORY: MemoryUsage = { measured: 'null', rss: 0, cache: 0, usage: 0, maxUsage: 0 };

export function cpuText({ measured, percent, system, user, ticks }: CpuUsage): string {
  return `{"Measured":${measured},"Percent":${percent},"SystemMode":${system},"ThrottledPeriods":0,"ThrottledTime":0,"TotalTicks":${ticks},"UserMode":${user}}`;
}

export function memoryText({ measured, rss, cache, usage, maxUsage }: MemoryUsage): string {
  return `{"Cache":${cache},"KernelMaxUsage":0,"KernelUsage":0,"MaxUsage":${maxUsage},"Measured":${measured},"RSS":${rss},"Swap":0,"Usage":${usage}}`;
}

/** What tasks use together; what was measured is what the first of them measured. */
export function sumCpu(usages: readonly CpuUsage[]): CpuUsage {
  return usages.reduce(
    (sum, next) => ({
      measured: sum.measured === 'null' ? next.measured : sum.measured,
      percent: sum.percent + next.percent,
      system: sum.system + next.system,
      user: sum.user + next.user,
      ticks: sum.ticks + next.ticks,
    }),
    NO_CPU,
  );
}

export function sumMemory(usages: readonly MemoryUsage[]): MemoryUsage {
  return usages.reduce(
    (sum, next) => ({
      measured: sum.measured === 'null' ? next.measured : sum.measured,
      rss: addBytes(sum.rss, next.rss),
      cache: sum.cache + next.cache,
      usage: sum.usage + next.usage,
      maxUsage: sum.maxUsage + next.maxUsage,
    }),
    NO_MEMORY,
  );
}

function addBytes(a: number | bigint, b: number | bigint): number | bigint {
  return typeof a === 'number' && typeof b === 'number' ? a + b : BigInt(a) + BigInt(b);
}

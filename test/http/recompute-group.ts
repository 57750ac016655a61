/** A decision about a task group as the API tells it: what is needed to decide it once more. */
export interface ToldGroup {
  numbers: Record<string, unknown> & {
    count: number;
    min: number;
    max: number;
    running: number;
    measured: number;
    starting: number;
    late: boolean;
    cpu: number | null;
    mem: number | null;
    cpu_thresholds: { scale_in: number; scale_out: number } | null;
    mem_thresholds: { scale_in: number; scale_out: number } | null;
    tasks: { cpu: number | null; mem: number | null }[];
    cooldown_left_ms: number;
    backoff_left_ms: number;
  };
  gates: { reason: string; holds: boolean | null }[];
}

export type Told = { kind: 'hold'; reason: string } | { kind: 'scale'; direction: string; to: number };

/** The wish, by the formula of the specification and of nothing else. */
export function wishOfGroup({ numbers: one }: ToldGroup): Told & { reason: string } {
  const { count, min, max, running, measured } = one;
  if (count === 0) return { kind: 'hold', reason: 'parked' };
  if (running === 0) return { kind: 'hold', reason: 'no-metrics' };
  if (count < min) return { kind: 'scale', direction: 'out', to: min, reason: 'bounds' };
  const isWhole = measured === running;
  if (count > max) {
    if (!isWhole || one.late) return { kind: 'hold', reason: 'no-metrics' };
    return { kind: 'scale', direction: 'in', to: max, reason: 'bounds' };
  }
  if (measured === 0 || measured < running / 2) return { kind: 'hold', reason: 'no-metrics' };
  if (one.late || one.starting > 0) return { kind: 'hold', reason: 'starting' };
  return wishOfUsage(one, isWhole);
}

function wishOfUsage(one: ToldGroup['numbers'], isWhole: boolean): Told & { reason: string } {
  const { count, min } = one;
  const judged = [
    { value: one.cpu, limits: one.cpu_thresholds },
    { value: one.mem, limits: one.mem_thresholds },
  ].flatMap(({ value, limits }) => (limits ? [{ value, ...limits }] : []));
  if (judged.some(({ value, scale_out: limit }) => value !== null && value > limit)) {
    return { kind: 'scale', direction: 'out', to: count + 1, reason: 'above' };
  }
  const isCold = judged.every(({ value, scale_in: limit }) => value === null || value < limit);
  if (!isCold || judged.length === 0) return { kind: 'hold', reason: 'steady' };
  if (!isWhole || judged.some(({ value }) => value === null)) return { kind: 'hold', reason: 'no-metrics' };
  if (count <= Math.max(min, 1)) return { kind: 'hold', reason: 'min' };
  if (
    one.cpu_thresholds &&
    one.cpu !== null &&
    (one.cpu * count) / (count - 1) >= one.cpu_thresholds.scale_out
  ) {
    return { kind: 'hold', reason: 'headroom' };
  }
  return { kind: 'scale', direction: 'in', to: count - 1, reason: 'below' };
}

/** The verdict: the first gate that holds, with what a number can tell taken from the numbers. */
export function verdictOfGroup(told: ToldGroup): Told & { reason: string } {
  const wish = wishOfGroup(told);
  if (wish.kind === 'hold') return wish;
  const { numbers, gates } = told;
  const holds: Readonly<Record<string, boolean>> = {
    backoff: numbers.backoff_left_ms > 0,
    cooldown: numbers.cooldown_left_ms > 0,
    max: wish.to > numbers.max,
    min: wish.to < numbers.min,
  };
  const held = gates.find((gate) => holds[gate.reason] ?? gate.holds === true);
  return held ? { kind: 'hold', reason: held.reason } : wish;
}

const highest = (values: readonly (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
};

/** The numbers that are made of others. */
export function usageOfGroup({ numbers: { tasks } }: ToldGroup): { cpu: number | null; mem: number | null } {
  return { cpu: highest(tasks.map(({ cpu }) => cpu)), mem: highest(tasks.map(({ mem }) => mem)) };
}

import type { Told } from './recompute-group.ts';

type Amounts = { cpu_mhz: number; memory_mb: number; disk_mb: number };

/** A decision about a worker pool as the API tells it. */
export interface ToldPool {
  numbers: Record<string, unknown> & {
    nodes: number;
    desired: number;
    min: number;
    max: number;
    metric: string;
    capacity: Amounts;
    used: Amounts;
    percent: { cpu: number; memory: number; disk: number };
    reserve: Amounts;
    average_node: number;
    overhead: number;
    fault_tolerance: number;
    max_allowed: number;
    max_allowed_without: number;
    unjoined: number;
    unbound: number;
    ready_members: number;
    joining: unknown[];
    pending: { counted: number }[];
    pending_nodes: number;
    candidates: { against: string; node: string }[];
    asked: number;
    threshold: number;
    cooldown_left_ms: number;
    backoff_left_ms: number;
  };
  gates: { reason: string; holds: boolean | null }[];
}

const KEYS = [
  ['cpu', 'cpu_mhz'],
  ['disk', 'disk_mb'],
  ['memory', 'memory_mb'],
] as const;

const keyOf = (metric: string): keyof Amounts => KEYS.find(([name]) => name === metric)?.[1] ?? 'cpu_mhz';

/** The numbers that are made of others. */
export function numbersOfPool({ numbers: one }: ToldPool) {
  const percent = Object.fromEntries(
    KEYS.map(([name, key]) => [name, one.capacity[key] > 0 ? (one.used[key] / one.capacity[key]) * 100 : 0]),
  ) as { cpu: number; disk: number; memory: number };
  const top = Math.max(percent.cpu, percent.disk, percent.memory);
  const metric = top > 0 ? (KEYS.find(([name]) => percent[name] === top)?.[0] ?? '') : 'none';
  const key = keyOf(metric);
  const average = one.nodes > 0 ? one.capacity[key] / one.nodes : 0;
  const allowed = (nodes: number): number =>
    one.capacity[key] - nodes * average - one.reserve[key] - average * one.fault_tolerance;
  return {
    percent,
    metric,
    average_node: average,
    overhead: one.reserve[key],
    max_allowed: allowed(0),
    max_allowed_without: allowed(1),
  };
}

/** What is asked for, by the formula of the specification. */
export function askOfPool(told: ToldPool): Told & { reason: string } {
  const { numbers: one } = told;
  const { metric, max_allowed: allowed } = numbersOfPool(told);
  const out = (nodes: number, reason: string): Told & { reason: string } => ({
    kind: 'scale',
    direction: 'out',
    to: Math.min(one.desired + nodes, one.max),
    reason,
  });
  if (one.nodes === 0) return one.pending_nodes > 0 ? out(1, 'pending') : { kind: 'hold', reason: 'empty' };
  if (one.pending_nodes > 0) return out(one.pending_nodes, 'pending');
  if (one.used[keyOf(metric)] >= allowed) {
    return metric === 'none' ? { kind: 'hold', reason: 'steady' } : out(1, 'above');
  }
  const hasRoom = KEYS.filter(([, key]) => one.capacity[key] > 0).every(([, key]) => {
    const average = one.capacity[key] / one.nodes;
    const less = one.capacity[key] - average - one.reserve[key] - average * one.fault_tolerance;
    return one.used[key] * 10 < less * 9;
  });
  if (!hasRoom) return { kind: 'hold', reason: 'headroom' };
  if (one.unjoined > 0 && one.unbound > 0) return { kind: 'hold', reason: 'unidentified-node' };
  const against = one.candidates.map((candidate) => candidate.against);
  if (against.includes('')) {
    return { kind: 'scale', direction: 'in', to: one.desired - 1, reason: 'below' };
  }
  if (against.includes('placement') || against.includes('failed-drain'))
    return { kind: 'hold', reason: 'placement' };
  return { kind: 'hold', reason: against.includes('unknown-instance') ? 'unknown-instance' : 'protected' };
}

/** The verdict: the first gate that holds, with what a number can tell taken from the numbers. */
export function verdictOfPool(told: ToldPool): Told & { reason: string } {
  const ask = askOfPool(told);
  if (ask.kind === 'hold') return ask;
  const { numbers, gates } = told;
  const isIn = ask.direction === 'in';
  const holds: Readonly<Record<string, boolean>> = {
    backoff: numbers.backoff_left_ms > 0,
    moving: isIn ? numbers.ready_members !== numbers.desired : numbers.joining.length > 0,
    'asg-min': isIn && ask.to < numbers.min,
    'asg-max': !isIn && ask.to <= numbers.desired,
    cooldown: numbers.cooldown_left_ms > 0,
    threshold: numbers.asked < numbers.threshold,
  };
  const held = gates.find((gate) => holds[gate.reason] ?? gate.holds === true);
  return held ? { kind: 'hold', reason: held.reason } : ask;
}

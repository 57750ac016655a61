/** Facts of a decision that a condition may be about, as the HTTP API names them among the numbers and gates. */
export type Fact =
  | 'count'
  | 'min'
  | 'max'
  | 'running'
  | 'measured'
  | 'starting'
  | 'late'
  | 'cpu'
  | 'mem'
  | 'pending_nodes'
  | 'used.cpu_mhz'
  | 'used.memory_mb'
  | 'used.disk_mb'
  | 'unbound'
  | 'candidates'
  | 'ready_members'
  | 'joining'
  | 'asked'
  | 'cooldown_left_ms'
  | 'backoff_left_ms'
  | 'disabled'
  | 'failsafe'
  | 'paused'
  | 'operation'
  | 'deployment';

/** How a fact must be: a number by comparison, a switch as it is `than`. */
export type Must = 'above' | 'below' | 'at-least' | 'at-most' | 'be';

/** One thing that would have to change. `is`: as it is now, undefined where that is not known. */
export interface Condition {
  readonly fact: Fact;
  readonly is: number | boolean | undefined;
  readonly must: Must;
  readonly than: number | boolean;
}

/** What all would have to change, each of it necessary, for a scaling in that direction. */
export interface Way {
  readonly direction: 'out' | 'in';
  /** The count, or the desired capacity, that it would come to; undefined for a way that is closed. */
  readonly to: number | undefined;
  readonly conditions: readonly Condition[];
  /** Why there is no such way; '' for an open one. */
  readonly never: string;
}

/** A direction that is closed whatever the load is. */
export function closedWay(direction: Way['direction'], never: string): Way {
  return { direction, to: undefined, conditions: [], never };
}

/** The switches of `gates` that are set, as conditions. */
export function switchConditions(
  gates: Readonly<Partial<Record<Fact, boolean | undefined>>>,
): readonly Condition[] {
  const facts = ['disabled', 'failsafe', 'paused', 'operation', 'deployment'] as const;
  return facts
    .filter((fact) => gates[fact] === true)
    .map((fact): Condition => ({ fact, is: true, must: 'be', than: false }));
}

/** A wait that is not over, as a condition. */
export function waitCondition(
  fact: 'cooldown_left_ms' | 'backoff_left_ms',
  leftMs: number,
): readonly Condition[] {
  return leftMs > 0 ? [{ fact, is: leftMs, must: 'at-most', than: 0 }] : [];
}

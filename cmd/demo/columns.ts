import type { GroupView } from './frame-model.ts';

/** Widths of the columns of the table of groups; 0 leaves a column out. */
export interface Columns {
  readonly id: number;
  readonly cpu: number;
  readonly mem: number;
  readonly history: number;
  /** The thresholds are written behind the bars. */
  readonly hasLimits: boolean;
}

/** Columns that everything but bars and sparkline take: count, bounds, percentages and gaps. */
const COUNT = 14;
const PERCENT = 7;
const LIMITS = 8;
const SMALLEST_BAR = 5;

/** Divides the width of the terminal: names first, then bars, the sparkline and the thresholds as there is room. */
export function divide(width: number, groups: readonly GroupView[]): Columns {
  const longest = Math.max(5, ...groups.map(({ id }) => id.length));
  const id = Math.min(longest, Math.max(8, Math.floor(width * 0.3)));
  const rest = width - id - COUNT;
  const hasLimits = rest >= 2 * (PERCENT + LIMITS) + 60;
  const perBar = PERCENT + (hasLimits ? LIMITS : 0);
  const history = rest >= 44 ? Math.min(40, Math.floor(rest / 4)) : 0;
  const forBars = rest - (history > 0 ? history + 2 : 0);
  const bar = Math.min(30, Math.floor((forBars - 2 * perBar) / 2));
  if (bar >= SMALLEST_BAR) return { id, cpu: bar, mem: bar, history, hasLimits };
  return { id, cpu: Math.max(SMALLEST_BAR, Math.min(30, forBars - perBar)), mem: 0, history, hasLimits };
}

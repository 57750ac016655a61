import type { GroupView } from './frame-model.ts';

/** Widths of the columns of the table of groups; 0 leaves a column out. */
export interface Columns {
  readonly id: number;
  readonly cpu: number;
  readonly mem: number;
  readonly history: number;
  /** Of each of the columns of members: who may act on the group, and who did so last. */
  readonly member: number;
  /** The thresholds are written behind the bars. */
  readonly hasLimits: boolean;
}

/** Columns that everything but bars and sparkline take: count, bounds, percentages and gaps. */
const COUNT = 14;
const PERCENT = 7;
const LIMITS = 8;
const SMALLEST_BAR = 5;
const LONGEST_BAR = 30;

/** Divides the width of the terminal: names first, then bars, the sparkline and the thresholds as there is room. */
export function divide(width: number, groups: readonly GroupView[]): Columns {
  const longest = Math.max(5, ...groups.map(({ id }) => id.length));
  const id = Math.min(longest, Math.max(8, Math.floor(width * 0.3)));
  const member = memberWidth(groups);
  const rest = width - id - COUNT - (member > 0 ? 2 * member + 1 : 0);
  const bars = needsMemory(groups) ? 2 : 1;
  const hasLimits = rest >= bars * (PERCENT + LIMITS) + 60;
  const perBar = PERCENT + (hasLimits ? LIMITS : 0);
  const history = rest >= 44 ? Math.min(40, Math.floor(rest / 4)) : 0;
  const forBars = rest - (history > 0 ? history + 2 : 0);
  const barFor = (count: number): number => Math.min(LONGEST_BAR, Math.floor(forBars / count) - perBar);
  const hasMemory = bars === 2 && barFor(2) >= SMALLEST_BAR;
  const cpu = Math.max(SMALLEST_BAR, barFor(hasMemory ? 2 : 1));
  return { id, cpu, mem: hasMemory ? cpu : 0, history, member, hasLimits };
}

/** Some group is judged by its memory, or none has been judged yet. */
function needsMemory(groups: readonly GroupView[]): boolean {
  return groups.some(({ mem }) => mem !== undefined) || groups.every(({ verdict }) => verdict === '');
}

/** Room for a name and a gap; 0 where the agent stands alone. */
function memberWidth(groups: readonly GroupView[]): number {
  const names = groups.flatMap(({ holder, lastChange }) =>
    holder === undefined ? [] : [holder, lastChange?.by ?? ''],
  );
  return names.length === 0 ? 0 : Math.max(8, ...names.map((name) => name.length)) + 1;
}

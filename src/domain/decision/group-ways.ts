import type { GroupDecision, GroupGates, GroupNumbers } from './group-decision.ts';
import { closedWay, type Condition, switchConditions, waitCondition, type Way } from './way.ts';

/** What would have to change for a held group to be scaled; nothing for one that is, or that nobody could evaluate. */
export function groupWays({ verdict, wish, numbers, gates }: GroupDecision): readonly Way[] {
  if (!numbers || !gates || verdict.kind === 'scale') return [];
  const wished = wish.kind === 'scale' ? wish.direction : undefined;
  const out = wished === 'in' ? [] : waysOut(numbers, wished === undefined);
  const inwards = wished === 'out' ? [] : [wayIn(numbers)];
  return [...out, ...inwards].map((way) => throughGates(way, numbers, gates));
}

type Metric = 'cpu' | 'mem';
const METRICS: readonly Metric[] = ['cpu', 'mem'];

function waysOut(numbers: GroupNumbers, isOpen: boolean): readonly Way[] {
  const count = Math.max(numbers.count, 1);
  if (count > numbers.max) {
    return isOpen ? [closedWay('out', `the count is above its maximum, ${numbers.max}`)] : [];
  }
  const alive = aliveConditions(numbers);
  if (count < numbers.min) return [{ direction: 'out', to: numbers.min, conditions: alive, never: '' }];
  const seen = [...alive, ...measuredConditions(numbers, 'half'), ...settledConditions(numbers)];
  const way = (usage: readonly Condition[]): Way => ({
    direction: 'out',
    to: count + 1,
    conditions: [...seen, ...usage],
    never: '',
  });
  const judged = METRICS.filter((metric) => limitsOf(numbers, metric));
  const isAbove = judged.some((metric) => aboveCondition(numbers, metric) === undefined);
  return isAbove ? [way([])] : judged.map((metric) => way(listOf(aboveCondition(numbers, metric))));
}

function wayIn(numbers: GroupNumbers): Way {
  const { count, min, max } = numbers;
  if (count === 0) return closedWay('in', 'the count is 0 already');
  if (count < min) return closedWay('in', `the count is below its minimum, ${min}`);
  const seen = [...aliveConditions(numbers), ...measuredConditions(numbers, 'all')];
  if (count > max) {
    return { direction: 'in', to: max, conditions: [...seen, ...lateCondition(numbers)], never: '' };
  }
  if (count === 1) return closedWay('in', 'thresholds never scale below 1');
  const floor: readonly Condition[] =
    count <= min ? [{ fact: 'min', is: min, must: 'at-most', than: count - 1 }] : [];
  const usage = METRICS.flatMap((metric) => listOf(belowCondition(numbers, metric)));
  const conditions = [...seen, ...settledConditions(numbers), ...usage, ...floor];
  return { direction: 'in', to: count - 1, conditions, never: '' };
}

/** The gates that hold, as conditions more. */
function throughGates(way: Way, numbers: GroupNumbers, gates: GroupGates): Way {
  if (way.to === undefined) return way;
  const { to } = way;
  const ceiling: readonly Condition[] =
    to > numbers.max ? [{ fact: 'max', is: numbers.max, must: 'at-least', than: to }] : [];
  const held = [
    ...switchConditions({ ...gates, disabled: !gates.enabled }),
    ...waitCondition('backoff_left_ms', gates.backoffLeftMs),
    ...waitCondition('cooldown_left_ms', gates.cooldownLeftMs),
    ...ceiling,
  ];
  return { ...way, conditions: [...way.conditions, ...held] };
}

function aliveConditions({ count, running }: GroupNumbers): readonly Condition[] {
  return [...atLeast('count', count, 1), ...atLeast('running', running, 1)];
}

/** So many of the running allocations must be measured, one at the least. */
function measuredConditions(
  { running, measured }: GroupNumbers,
  share: 'half' | 'all',
): readonly Condition[] {
  const expected = Math.max(running, 1);
  return atLeast('measured', measured, share === 'half' ? Math.ceil(expected / 2) : expected);
}

function settledConditions(numbers: GroupNumbers): readonly Condition[] {
  const { starting } = numbers;
  const young: readonly Condition[] =
    starting > 0 ? [{ fact: 'starting', is: starting, must: 'at-most', than: 0 }] : [];
  return [...lateCondition(numbers), ...young];
}

function lateCondition({ isLate }: GroupNumbers): readonly Condition[] {
  return isLate ? [{ fact: 'late', is: true, must: 'be', than: false }] : [];
}

function atLeast(fact: 'count' | 'running' | 'measured', is: number, than: number): readonly Condition[] {
  return is < than ? [{ fact, is, must: 'at-least', than }] : [];
}

function limitsOf(numbers: GroupNumbers, metric: Metric): GroupNumbers['cpuThresholds'] {
  return numbers[`${metric}Thresholds`];
}

/** Undefined where the metric is above its scale-out threshold, or is not judged. */
function aboveCondition(numbers: GroupNumbers, metric: Metric): Condition | undefined {
  const limits = limitsOf(numbers, metric);
  const is = numbers[metric];
  if (!limits || (is !== undefined && is > limits.scaleOut)) return undefined;
  return { fact: metric, is, must: 'above', than: limits.scaleOut };
}

/** Undefined where the metric lets one allocation fewer be, or is not judged. */
function belowCondition(numbers: GroupNumbers, metric: Metric): Condition | undefined {
  const limits = limitsOf(numbers, metric);
  const is = numbers[metric];
  if (!limits) return undefined;
  const than = metric === 'cpu' ? Math.min(limits.scaleIn, headroomLimit(numbers)) : limits.scaleIn;
  return is !== undefined && is < than ? undefined : { fact: metric, is, must: 'below', than };
}

/** CPU percent below which one allocation fewer stays below the scale-out threshold. */
function headroomLimit({ count, cpuThresholds }: GroupNumbers): number {
  return cpuThresholds && count > 1
    ? (cpuThresholds.scaleOut * (count - 1)) / count
    : Number.POSITIVE_INFINITY;
}

function listOf(condition: Condition | undefined): readonly Condition[] {
  return condition ? [condition] : [];
}

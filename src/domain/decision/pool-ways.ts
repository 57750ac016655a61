import { amountOf, HEADROOM } from '../capacity/measure-pool.ts';
import { targetOf } from './pool-decision.ts';
import type { PoolDecision, PoolNumbers, PoolSwitches } from './pool-judgement.ts';
import { closedWay, type Condition, type Fact, switchConditions, waitCondition, type Way } from './way.ts';

/** What would have to change for a held pool to be scaled; nothing for one that is, or that nobody could evaluate. */
export function poolWays(decision: PoolDecision): readonly Way[] {
  const { verdict, ask, numbers, gates } = decision;
  if (!numbers || !gates || verdict.kind !== 'hold') return [];
  const out = ask.kind === 'in' ? [] : waysOut(decision, numbers);
  const inwards = ask.kind === 'out' ? [] : [wayIn(decision, numbers)];
  return [...out, ...inwards].map((way) => throughGates(way, decision, { numbers, gates }));
}

const METRICS = ['cpu', 'memory', 'disk'] as const;
const USED = {
  cpu: 'used.cpu_mhz',
  memory: 'used.memory_mb',
  disk: 'used.disk_mb',
} as const satisfies Record<(typeof METRICS)[number], Fact>;

function waysOut({ ask }: PoolDecision, numbers: PoolNumbers): readonly Way[] {
  const { nodes, metric, maxAllowed, used } = numbers;
  if (ask.kind === 'out') return [outBy(numbers, ask.nodes, [])];
  const pending: Condition = { fact: 'pending_nodes', is: 0, must: 'at-least', than: 1 };
  const byPending = outBy(numbers, 1, [pending]);
  if (metric === 'none' || nodes === 0) return [byPending];
  const above: Condition = {
    fact: USED[metric],
    is: amountOf(used, metric),
    must: 'at-least',
    than: maxAllowed,
  };
  return [outBy(numbers, 1, [above]), byPending];
}

function outBy({ desired }: PoolNumbers, nodes: number, conditions: readonly Condition[]): Way {
  return { direction: 'out', to: desired + nodes, conditions, never: '' };
}

function wayIn({ ask }: PoolDecision, numbers: PoolNumbers): Way {
  const { nodes, desired } = numbers;
  if (nodes === 0 || desired === 0) return closedWay('in', 'no ready node is there to go');
  if (ask.kind === 'in') return { direction: 'in', to: desired - 1, conditions: [], never: '' };
  const used = METRICS.map((metric) => roomCondition(numbers, metric));
  const closed = used.find((one) => typeof one === 'string');
  if (closed !== undefined) return closedWay('in', closed);
  const conditions = used.filter((one) => typeof one === 'object');
  return {
    direction: 'in',
    to: desired - 1,
    conditions: [...conditions, ...choiceConditions(numbers)],
    never: '',
  };
}

/** Undefined where the metric lets one node fewer be; a text where it never would. */
function roomCondition(
  numbers: PoolNumbers,
  metric: (typeof METRICS)[number],
): Condition | string | undefined {
  const capacity = amountOf(numbers.capacity, metric);
  if (capacity <= 0) return undefined;
  const allowed = allowedWithout(numbers, metric);
  const is = amountOf(numbers.used, metric);
  if (is * HEADROOM.in < allowed * HEADROOM.of) return undefined;
  if (allowed <= 0) {
    return `with one node less, reserve and fault tolerance would leave no ${metric} that may be used`;
  }
  return { fact: USED[metric], is, must: 'below', than: allowed * (HEADROOM.of / HEADROOM.in) };
}

/** (capacity − reserve) − average node × fault tolerance with one average node less, in that metric. */
function allowedWithout(
  { capacity, nodes, reserve, faultTolerance }: PoolNumbers,
  metric: (typeof METRICS)[number],
): number {
  const whole = amountOf(capacity, metric);
  const average = whole / Math.max(nodes, 1);
  return whole - average - amountOf(reserve, metric) - average * faultTolerance;
}

function choiceConditions({ unjoined, unbound, candidates }: PoolNumbers): readonly Condition[] {
  const unknown: readonly Condition[] =
    unjoined > 0 && unbound > 0 ? [{ fact: 'unbound', is: unbound, must: 'at-most', than: 0 }] : [];
  const is = candidates.length > 0 ? candidates.filter(({ against }) => against === '').length : undefined;
  return [...unknown, { fact: 'candidates', is, must: 'at-least', than: 1 }];
}

interface Facing {
  readonly numbers: PoolNumbers;
  readonly gates: PoolSwitches;
}

/** The gates that hold, as conditions more. */
function throughGates(way: Way, decision: PoolDecision, { numbers, gates }: Facing): Way {
  if (way.to === undefined) return way;
  const { asked, threshold } = decision;
  const often: readonly Condition[] =
    asked < threshold ? [{ fact: 'asked', is: asked, must: 'at-least', than: threshold }] : [];
  const held = [
    ...switchConditions({ ...gates }),
    ...waitCondition('backoff_left_ms', decision.backoffLeftMs),
    ...movingCondition(way, numbers),
    ...boundCondition(way, numbers),
    ...waitCondition('cooldown_left_ms', decision.cooldownLeftMs),
    ...often,
  ];
  return { ...way, to: reachedBy(way.direction, way.to, numbers), conditions: [...way.conditions, ...held] };
}

/** Out goes to the maximum at the most; where that is in the way, one more is what the bound must let through. */
function reachedBy(direction: Way['direction'], to: number, { desired, max }: PoolNumbers): number {
  if (direction === 'in') return to;
  const reached = targetOf({ kind: 'out', nodes: to - desired, because: 'pending' }, { desired, max });
  return Math.max(reached, desired + 1);
}

function movingCondition({ direction }: Way, numbers: PoolNumbers): readonly Condition[] {
  const { readyMembers, desired, joining } = numbers;
  if (direction === 'in') {
    return readyMembers === desired
      ? []
      : [{ fact: 'ready_members', is: readyMembers, must: 'be', than: desired }];
  }
  return joining.length === 0 ? [] : [{ fact: 'joining', is: joining.length, must: 'at-most', than: 0 }];
}

function boundCondition({ direction }: Way, { desired, min, max }: PoolNumbers): readonly Condition[] {
  if (direction === 'in') {
    return desired - 1 < min ? [{ fact: 'min', is: min, must: 'at-most', than: desired - 1 }] : [];
  }
  return max <= desired ? [{ fact: 'max', is: max, must: 'at-least', than: desired + 1 }] : [];
}

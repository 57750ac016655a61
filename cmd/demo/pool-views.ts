import { describePoolDecision } from '../../src/domain/decision/describe-pool.ts';
import type {
  PendingReport,
  PoolDecision,
  PoolNumbers,
  ScalingMetric,
} from '../../src/domain/decision/pool-judgement.ts';
import { groupId } from '../../src/domain/snapshot.ts';
import { amountOf } from '../../src/domain/capacity/measure-pool.ts';
import type { PoolOperation } from '../../src/domain/pool-operation.ts';
import type { Mood, NodeView, OperationView, PoolView } from './frame-model.ts';
import type { PoolStory } from './pool-journal.ts';
import type { Room } from './room-bar.ts';
import type { WorldInstance, WorldPool } from './world-pools.ts';

/** What Consul's KV holds of a pool. */
export interface PoolRecord {
  readonly failures: number;
  readonly isFailsafe: boolean;
  readonly operation: PoolOperation | undefined;
}

/** A pool as the view shows it: its nodes from the world, everything else as the agent saw and recorded it. */
export function viewPool(pool: WorldPool, story: PoolStory | undefined, record: PoolRecord): PoolView {
  const decision = story?.decision;
  const numbers = decision?.numbers;
  const { operation, failures, isFailsafe } = record;
  return {
    id: pool.name,
    ready: pool.instances.filter((one) => stateOf(one) === '').length,
    desired: pool.desired,
    bounds: numbers ? { low: numbers.min, high: numbers.max } : { low: pool.min, high: pool.max },
    room: numbers && roomOf(numbers),
    nodes: pool.instances.map((one) => viewNode(pool.name, one, numbers?.metric ?? 'cpu')),
    verdict: decision ? sentenceOf(decision) : '',
    mood: decision ? moodOf(decision) : 'none',
    asked:
      decision && decision.ask.kind !== 'none'
        ? { count: decision.asked, of: decision.threshold }
        : undefined,
    operation: operation && viewOperation(operation, story?.step ?? ''),
    failures,
    isFailsafe,
    lastChange: story?.lastChange,
  };
}

/** Undefined for a pool without capacity. */
function roomOf({
  metric,
  capacity,
  used,
  overhead,
  faultTolerance,
  averageNode,
}: PoolNumbers): Room | undefined {
  const whole = amountOf(capacity, metric);
  if (whole <= 0) return undefined;
  const percent = (amount: number): number => (amount / whole) * 100;
  return {
    metric,
    used: percent(amountOf(used, metric)),
    reserve: percent(overhead),
    tolerance: percent(averageNode * faultTolerance),
  };
}

function viewNode(pool: string, instance: WorldInstance, metric: ScalingMetric): NodeView {
  const { id, node } = instance;
  const whole = node ? amountOf(node.capacity, metric) : 0;
  return {
    label: node ? node.name.replace(`${pool}-`, '') : id.slice(-4),
    share: node && whole > 0 ? amountOf(node.used, metric) / whole : undefined,
    state: stateOf(instance),
  };
}

/** '' for a node that takes work. */
function stateOf({ state, lifecycle, node }: WorldInstance): string {
  if (state === 'pending') return 'launches';
  if (state !== 'running') return 'ends';
  if (lifecycle === 'Detaching') return 'leaves';
  if (lifecycle === '') return 'detached';
  if (!node) return 'no node yet';
  if (node.isDraining) return 'drains';
  if (node.status !== 'ready') return node.status;
  return node.isEligible ? '' : 'ineligible';
}

function viewOperation(operation: PoolOperation, step: string): OperationView {
  const { direction, phase, phaseMs, frozen } = operation;
  const [from, to] =
    operation.direction === 'out' ? [String(operation.from), String(operation.to)] : [operation.nodeName, ''];
  return { direction, from, to, phase, phaseMs, step, isFrozen: frozen !== '' };
}

/** What waits for room comes first; the bar shows the other numbers. */
function sentenceOf({ numbers, ...decision }: PoolDecision): string {
  const leftMs = waitOf(decision);
  const left = leftMs > 0 ? `, ${Math.ceil(leftMs / 1000)} s left` : '';
  return [...(numbers?.pending ?? []).map(describePending), describePoolDecision(decision) + left].join('; ');
}

function describePending(report: PendingReport): string {
  const why = report.why === '' ? '' : ` (${report.why})`;
  return `${report.queued} of ${groupId(report)} wait${why}`;
}

function waitOf({ verdict, cooldownLeftMs, backoffLeftMs }: PoolDecision): number {
  if (verdict.kind !== 'hold') return 0;
  if (verdict.reason === 'cooldown') return cooldownLeftMs;
  return verdict.reason === 'backoff' ? backoffLeftMs : 0;
}

const TROUBLE = new Set([
  'policy',
  'state',
  'unread',
  'failsafe',
  'backoff',
  'unknown-instance',
  'unidentified-node',
]);

function moodOf({ verdict }: PoolDecision): Mood {
  if (verdict.kind !== 'hold') return verdict.kind;
  return TROUBLE.has(verdict.reason) ? 'trouble' : 'hold';
}

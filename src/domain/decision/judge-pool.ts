import { selectCandidate, type Selection } from '../capacity/candidates.ts';
import { measurePool, type PoolMeasure, amountOf } from '../capacity/measure-pool.ts';
import { countPending, modelOf, type ModelNode, type PendingCount } from '../capacity/pending.ts';
import type { PoolPolicy } from '../policy/pool-policy.ts';
import type { PoolSnapshot } from '../pool-snapshot.ts';
import type { PoolGroup } from '../worker-pool.ts';
import type {
  CandidateReport,
  PoolAsk,
  PoolHoldReason,
  PoolJudgement,
  PoolNumbers,
} from './pool-judgement.ts';

/** An instance younger than this may still become a node. */
export const JOINING_MS = 8 * 60_000;

/** A pool that is to shrink must stay below this share of what is then allowed. */
const HEADROOM = 0.9;

/** The judgement, or why there can be none: unknown is not zero. */
export type PoolJudging =
  { readonly ok: true; readonly judgement: PoolJudgement } | { readonly ok: false; readonly why: string };

/** The rules of cluster scaling in their order, for a pool with nodes. */
export function judgePool(snapshot: PoolSnapshot): PoolJudging {
  const measuring = measurePool(snapshot);
  if (!measuring.ok) return measuring;
  const { measure } = measuring;
  const model = modelOf(snapshot.nodes.map(({ node }) => node));
  const pending = model ? countFor(snapshot, model) : NOTHING_PENDING;
  const base = askOfNumbers(measure, pending);
  const selection = base === 'in' ? selectCandidate(snapshot, measure.metric) : NOBODY;
  const ask = base === 'in' ? askIn(selection) : base;
  const found = { pending, candidates: selection.reports };
  return { ok: true, judgement: { ask, numbers: numbersOf(snapshot, measure, found) } };
}

/** A pool without ready nodes, of whose nodes only the last average is known: out by one for work that fits it. */
export function judgeEmpty(snapshot: PoolSnapshot, last: ModelNode): PoolJudging {
  const measuring = measurePool(snapshot);
  if (!measuring.ok) return measuring;
  const pending = countFor(snapshot, last);
  const ask: PoolAsk =
    pending.nodes > 0 ? { kind: 'out', nodes: 1, because: 'pending' } : { kind: 'none', reason: 'empty' };
  const found = { pending, candidates: [] };
  return { ok: true, judgement: { ask, numbers: numbersOf(snapshot, measuring.measure, found) } };
}

/** The tighter of the group's own bounds and the policy's. */
export function poolBounds(
  group: PoolGroup,
  policy: PoolPolicy,
): { readonly min: number; readonly max: number } {
  return {
    min: Math.max(group.min, policy.min ?? 0),
    max: Math.min(group.max, policy.max ?? Number.POSITIVE_INFINITY),
  };
}

const NOTHING_PENDING: PendingCount = { reports: [], nodes: 0 };
const NOBODY: Selection = { chosen: undefined, reports: [] };

function countFor(snapshot: PoolSnapshot, model: ModelNode): PendingCount {
  const { group, policy, taken } = snapshot;
  const most = Math.max(1, poolBounds(group, policy).max);
  return countPending(snapshot, model, { taken, most });
}

/** Everything but the choice of a node. */
function askOfNumbers(measure: PoolMeasure, pending: PendingCount): PoolAsk | 'in' {
  const { metric, maxAllowed, maxAllowedWithout } = measure;
  const used = amountOf(measure.used, metric);
  if (pending.nodes > 0) return { kind: 'out', nodes: pending.nodes, because: 'pending' };
  if (used >= maxAllowed)
    return metric === 'none' ? none('steady') : { kind: 'out', nodes: 1, because: 'above' };
  const hasHeadroom = used < maxAllowedWithout && used < HEADROOM * maxAllowedWithout;
  return hasHeadroom ? 'in' : none('headroom');
}

function askIn({ chosen, reports }: Selection): PoolAsk {
  if (!chosen) return none(refusalOf(reports));
  return { kind: 'in', because: 'below', node: chosen.node, instanceId: chosen.instanceId };
}

/** What most candidates could be helped with: work that does not fit, else protection, else their instance. */
function refusalOf(reports: readonly CandidateReport[]): PoolHoldReason {
  const against = new Set(reports.map((one) => one.against));
  if (against.has('placement') || against.has('failed-drain')) return 'placement';
  return against.has('protected') ? 'protected' : 'unknown-instance';
}

function none(reason: PoolHoldReason): PoolAsk {
  return { kind: 'none', reason };
}

function numbersOf(
  snapshot: PoolSnapshot,
  measure: PoolMeasure,
  found: { readonly pending: PendingCount; readonly candidates: readonly CandidateReport[] },
): PoolNumbers {
  const { nodes, group, policy, unjoined, nowMs } = snapshot;
  const { metric, capacity, used, percent, averageNode, overhead, maxAllowed, maxAllowedWithout } = measure;
  return {
    nodes: nodes.length,
    desired: group.desired,
    ...poolBounds(group, policy),
    metric,
    capacity,
    used,
    percent,
    averageNode: amountOf(averageNode, metric),
    overhead,
    faultTolerance: policy.faultTolerance,
    maxAllowed,
    maxAllowedWithout,
    unjoined: unjoined.length,
    lost: unjoined.filter((one) => nowMs - one.launchedMs >= JOINING_MS).map((one) => one.instanceId),
    pending: found.pending.reports,
    candidates: found.candidates,
  };
}

import { selectCandidate, type Selection } from '../capacity/candidates.ts';
import { amountOf, measurePool, type PoolMeasure } from '../capacity/measure-pool.ts';
import { countPending, modelOf, type ModelNode, type PendingCount } from '../capacity/pending.ts';
import type { PoolPolicy } from '../policy/pool-policy.ts';
import type { PoolSnapshot } from '../pool-snapshot.ts';
import type { PoolGroup } from '../worker-pool.ts';
import { joiningOf, lostOf, readyMembers, unboundNodes } from './pool-detail.ts';
import type {
  CandidateReport,
  PoolAsk,
  PoolHoldReason,
  PoolJudgement,
  PoolNumbers,
} from './pool-judgement.ts';

/** The judgement, or why there can be none: unknown is not zero. */
export type PoolJudging =
  { readonly ok: true; readonly judgement: PoolJudgement } | { readonly ok: false; readonly why: string };

/** The rules of cluster scaling in their order, for a pool with nodes. */
export function judgePool(snapshot: PoolSnapshot): PoolJudging {
  const measuring = measurePool(snapshot);
  if (!measuring.ok) return measuring;
  const { measure } = measuring;
  const model = modelOf(
    snapshot.nodes.map(({ node }) => node),
    measure.averageSystem,
  );
  const pending = model ? countFor(snapshot, model) : NOTHING_PENDING;
  const base = askOfNumbers(measure, pending);
  const isLooked = base === 'in' && !hasUnidentified(snapshot);
  const selection = isLooked ? selectCandidate(snapshot, measure) : NOBODY;
  const ask = base === 'in' ? askIn(selection, isLooked) : base;
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
  const { metric, maxAllowed, hasHeadroom } = measure;
  const used = amountOf(measure.used, metric);
  if (pending.nodes > 0) return { kind: 'out', nodes: pending.nodes, because: 'pending' };
  if (used >= maxAllowed)
    return metric === 'none' ? none('steady') : { kind: 'out', nodes: 1, because: 'above' };
  return hasHeadroom ? 'in' : none('headroom');
}

/** A ready node without an instance, and an instance without a node: they may be one another's. */
export function hasUnidentified({ nodes, unjoined }: PoolSnapshot): boolean {
  return unjoined.length > 0 && unboundNodes(nodes).length > 0;
}

function askIn({ chosen, reports }: Selection, isLooked: boolean): PoolAsk {
  if (!isLooked) return none('unidentified-node');
  if (!chosen) return none(refusalOf(reports));
  const { id, name } = chosen.node;
  return { kind: 'in', because: 'below', node: { id, name }, instanceId: chosen.instanceId };
}

/** What a person can do most about: work that does not fit, else unknown instances, else protection. */
function refusalOf(reports: readonly CandidateReport[]): PoolHoldReason {
  const against = new Set(reports.map((one) => one.against));
  if (against.has('placement') || against.has('failed-drain')) return 'placement';
  return against.has('unknown-instance') ? 'unknown-instance' : 'protected';
}

function none(reason: PoolHoldReason): PoolAsk {
  return { kind: 'none', reason };
}

function numbersOf(
  snapshot: PoolSnapshot,
  measure: PoolMeasure,
  found: { readonly pending: PendingCount; readonly candidates: readonly CandidateReport[] },
): PoolNumbers {
  const { nodes, group, policy, unjoined } = snapshot;
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
    reserve: measure.reserve,
    overhead,
    faultTolerance: policy.faultTolerance,
    maxAllowed,
    maxAllowedWithout,
    unjoined: unjoined.length,
    unbound: unboundNodes(nodes).length,
    readyMembers: readyMembers(snapshot).size,
    joining: joiningOf(snapshot).map((one) => one.instanceId),
    lost: lostOf(snapshot).map((one) => one.instanceId),
    pending: found.pending.reports,
    pendingNodes: found.pending.nodes,
    candidates: found.candidates,
  };
}

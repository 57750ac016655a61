import type { PendingReport } from '../decision/pool-judgement.ts';
import { fitsInto, resourcesText } from '../resources.ts';
import {
  type EvaluationFacts,
  groupId,
  type GroupRef,
  type PlacementFailure,
  type QueuedGroup,
  type TaskGroupFacts,
} from '../snapshot.ts';
import { openGroupBook, type GroupBook, type KnownGroup } from './group-book.ts';
import type { ModelNode } from './model-node.ts';
import { packNodes } from './pack.ts';

export { lastNodeOf, modelOf, modelOfLast, type ModelNode } from './model-node.ts';

/** What is known about the work that waits. */
export interface PendingWork {
  readonly queued: readonly QueuedGroup[];
  readonly evaluations: readonly EvaluationFacts[];
  readonly groupFacts: (ref: GroupRef) => TaskGroupFacts | undefined;
}

/** How the work counts for a pool with such nodes, and how many of them it needs. */
export interface PendingCount {
  readonly reports: readonly PendingReport[];
  readonly nodes: number;
}

export interface PendingLimits {
  /** Ids of the groups whose queued work counts for another pool. */
  readonly taken: ReadonlySet<string>;
  /** More nodes than that are never asked for: counting ends there. */
  readonly most: number;
}

/** Counts the work that waits for a pool. It is known to fit nowhere now: only new nodes would hold it. */
export function countPending(work: PendingWork, model: ModelNode, limits: PendingLimits): PendingCount {
  const book = openGroupBook(work.groupFacts);
  const reports = waitingOf(work).map((one): PendingReport => {
    const isTaken = limits.taken.has(groupId(one));
    const why = isTaken ? 'counts for another pool' : uncountedBy(work, book(one), model);
    return { ...one, counted: why === '' ? one.queued : 0, why };
  });
  const counted = reports.map((report) => ({ group: book(report), count: report.counted }));
  return { reports, nodes: packNodes(counted, model.capacity, limits.most) };
}

/** A pool, and an empty node of it. */
export interface PendingPool {
  readonly pool: string;
  readonly model: ModelNode | undefined;
}

/** By id of a group, the pool that its queued work counts for: the first by name whose empty node holds it. */
export function assignPending(work: PendingWork, pools: readonly PendingPool[]): ReadonlyMap<string, string> {
  const owner = new Map<string, string>();
  const book: GroupBook = openGroupBook(work.groupFacts);
  const ordered = pools.toSorted((one, other) => (one.pool < other.pool ? -1 : 1));
  for (const queued of waitingOf(work)) {
    const first = ordered.find(({ model }) => model && uncountedBy(work, book(queued), model) === '');
    if (first) owner.set(groupId(queued), first.pool);
  }
  return owner;
}

function waitingOf({ queued }: PendingWork): readonly QueuedGroup[] {
  return queued.filter((one) => one.queued > 0);
}

/** Why queued allocations would not be placed by one more such node; '' when they would. */
function uncountedBy({ evaluations }: PendingWork, group: KnownGroup, model: ModelNode): string {
  const failure = failureOf(evaluations, group.ref);
  if (!failure) return 'the scheduler has not said why it waits';
  const cause = causeAgainst(failure, model);
  if (cause !== '') return cause;
  const { needs, test } = group;
  if (!needs || !test) return 'its job is not known';
  const against = test.against(model);
  if (against !== '') return against;
  if (fitsInto(needs.resources, model.capacity)) return '';
  return `${resourcesText(needs.resources)} is more than an empty node has (${resourcesText(model.capacity)})`;
}

const DIMENSIONS: readonly string[] = ['cpu', 'memory', 'disk'];

/** Only room helps against exhausted dimensions. Where no node was tried, a pool without nodes may be why. */
function causeAgainst({ exhausted, quotas, nodesExhausted }: PlacementFailure, model: ModelNode): string {
  if (quotas.length > 0) return `a quota is used up: ${quotas.join(', ')}`;
  if (exhausted.some((dimension) => DIMENSIONS.includes(dimension))) return '';
  if (exhausted.length > 0) return `it waits for ${exhausted.join(', ')}, not for cpu, memory or disk`;
  return model.isRemembered && nodesExhausted === 0 ? '' : 'it does not wait for cpu, memory or disk';
}

/** What the newest evaluation found that could not place the group and left a blocked one behind. */
function failureOf(evaluations: readonly EvaluationFacts[], ref: GroupRef): PlacementFailure | undefined {
  let newest: EvaluationFacts | undefined;
  for (const one of evaluations) {
    if (one.namespace !== ref.namespace || one.jobId !== ref.jobId || one.blockedId === '') continue;
    if (!Object.hasOwn(one.failures, ref.group)) continue;
    if (!newest || one.modifyIndex > newest.modifyIndex) newest = one;
  }
  return newest?.failures[ref.group];
}

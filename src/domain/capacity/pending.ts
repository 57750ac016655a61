import type { PendingReport } from '../decision/pool-judgement.ts';
import type { NodeFacts } from '../node.ts';
import type { LastNode } from '../pool-snapshot.ts';
import { addResources, fitsInto, type Resources, scaleResources } from '../resources.ts';
import {
  type EvaluationFacts,
  groupId,
  type GroupRef,
  type PlacementFailure,
  type PlacementNeeds,
  type QueuedGroup,
  type TaskGroupFacts,
} from '../snapshot.ts';
import { unfitFor } from './fits.ts';
import { copyRoom, emptyRoom, occupy, type Room, weightOf, whyNot } from './room.ts';

/** An empty node as a pool would get it: what pending work is tried on. */
export type ModelNode = NodeFacts;

/** What is known about the work that waits. */
export interface PendingWork {
  readonly queued: readonly QueuedGroup[];
  readonly evaluations: readonly EvaluationFacts[];
  readonly groupFacts: (ref: GroupRef) => TaskGroupFacts | undefined;
}

/** The newest node of a pool with an average node's resources; undefined for a pool without nodes. */
export function modelOf(nodes: readonly NodeFacts[]): ModelNode | undefined {
  const [newest] = nodes.toSorted((one, other) => other.createIndex - one.createIndex);
  if (!newest) return undefined;
  const capacity = addResources(...nodes.map((node) => node.capacity));
  return { ...newest, capacity: scaleResources(capacity, 1 / nodes.length) };
}

/** The node that a pool without nodes last had on average. */
export function modelOfLast({ capacity, datacenter, nodeClass, drivers }: LastNode): ModelNode {
  return {
    id: '',
    name: '',
    datacenter,
    nodeClass,
    nodePool: 'default',
    status: 'ready',
    eligible: true,
    draining: false,
    createIndex: 0,
    modifyIndex: 0,
    meta: {},
    attributes: {},
    drivers,
    capacity,
    instanceId: '',
    addresses: [],
    zone: '',
  };
}

/** What a pool remembers of its nodes. */
export function lastNodeOf({ capacity, datacenter, nodeClass, drivers }: ModelNode): LastNode {
  const whole = (amount: number): number => Math.round(amount);
  const { cpuMhz, memoryMb, diskMb } = capacity;
  const rounded: Resources = { cpuMhz: whole(cpuMhz), memoryMb: whole(memoryMb), diskMb: whole(diskMb) };
  return { capacity: rounded, datacenter, nodeClass, drivers };
}

/** How the work counts for a pool with such nodes, and how many of them it needs. */
export interface PendingCount {
  readonly reports: readonly PendingReport[];
  readonly nodes: number;
}

export interface PendingLimits {
  /** Groups whose queued work counts for another pool. */
  readonly taken: ReadonlySet<string>;
  /** More nodes than that are never asked for: counting ends there. */
  readonly most: number;
}

/** Counts the work that waits for a pool. */
export function countPending(work: PendingWork, model: ModelNode, limits: PendingLimits): PendingCount {
  const reports = work.queued.map((one) => judgeQueued(work, one, { model, taken: limits.taken }));
  return { reports, nodes: nodesFor(work, reports, { model, most: limits.most }) };
}

function judgeQueued(
  work: PendingWork,
  queued: QueuedGroup,
  by: { readonly model: ModelNode; readonly taken: ReadonlySet<string> },
): PendingReport {
  const why = by.taken.has(groupId(queued)) ? 'counts for another pool' : uncountedBy(work, queued, by.model);
  return { ...queued, counted: why === '' ? queued.queued : 0, why };
}

/** Why queued allocations would not be placed by one more node of the pool; '' when they would. */
function uncountedBy(work: PendingWork, queued: QueuedGroup, model: ModelNode): string {
  const failure = failureOf(work.evaluations, queued);
  if (!failure) return 'the scheduler has not said why it waits';
  if (failure.quotas.length > 0) return `a quota is used up: ${failure.quotas.join(', ')}`;
  if (!failure.exhausted.some((dimension) => DIMENSIONS.includes(dimension))) {
    return 'it does not wait for cpu, memory or disk';
  }
  const needs = work.groupFacts(queued)?.needs;
  if (!needs) return 'its job is not known';
  const unfit = unfitFor(model, needs);
  if (unfit !== '') return unfit;
  return fitsInto(needs.resources, model.capacity) ? '' : `${sizeText(needs)} is more than an empty node has`;
}

const DIMENSIONS: readonly string[] = ['cpu', 'memory', 'disk'];

/** What the newest evaluation that could not place the group found. */
function failureOf(evaluations: readonly EvaluationFacts[], ref: GroupRef): PlacementFailure | undefined {
  const [newest] = evaluations
    .filter((one) => one.namespace === ref.namespace && one.jobId === ref.jobId)
    .filter((one) => one.failures[ref.group] !== undefined)
    .toSorted((one, other) => other.modifyIndex - one.modifyIndex);
  return newest?.failures[ref.group];
}

interface Waiting {
  readonly ref: GroupRef;
  readonly needs: PlacementNeeds;
}

/** Empty nodes that first-fit decreasing fills. */
function nodesFor(
  work: PendingWork,
  reports: readonly PendingReport[],
  { model, most }: { readonly model: ModelNode; readonly most: number },
): number {
  const waiting = reports.flatMap((report): Waiting[] => {
    const needs = work.groupFacts(report)?.needs;
    return needs ? Array.from({ length: report.counted }, () => ({ ref: report, needs })) : [];
  });
  const weight = ({ needs }: Waiting): number => weightOf(needs.resources, model.capacity);
  const rooms: Room[] = [];
  for (const { ref, needs } of waiting.toSorted((one, other) => weight(other) - weight(one))) {
    let room = rooms.find((one) => whyNot(one, ref, needs) === '');
    if (!room) {
      if (rooms.length >= most) break;
      room = copyRoom(emptyRoom(model));
      rooms.push(room);
    }
    occupy(room, ref, { resources: needs.resources, ports: needs.staticPorts });
  }
  return rooms.length;
}

/** A pool, and an empty node of it. */
export interface PendingPool {
  readonly pool: string;
  readonly model: ModelNode | undefined;
}

/** Ids of the groups whose queued work counts for each pool: the first by name that it fits. */
export function assignPending(work: PendingWork, pools: readonly PendingPool[]): ReadonlyMap<string, string> {
  const owner = new Map<string, string>();
  const ordered = pools.toSorted((one, other) => (one.pool < other.pool ? -1 : 1));
  for (const queued of work.queued) {
    const first = ordered.find(({ model }) => model && uncountedBy(work, queued, model) === '');
    if (first) owner.set(groupId(queued), first.pool);
  }
  return owner;
}

function sizeText({ resources }: PlacementNeeds): string {
  const { cpuMhz, memoryMb, diskMb } = resources;
  return `${cpuMhz} MHz, ${memoryMb} MB, disk ${diskMb} MB`;
}

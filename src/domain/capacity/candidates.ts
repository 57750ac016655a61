import type { CandidateReport, ScalingMetric } from '../decision/pool-judgement.ts';
import type { PoolNode, PoolSnapshot } from '../pool-snapshot.ts';
import { isTakingRoom } from '../snapshot.ts';
import { amountOf, resourcesOf } from './measure-pool.ts';
import { isWork, provePlacement } from './placement.ts';
import { type Room, roomOn } from './room.ts';

/** What was looked at, in order, and the one that passes; undefined when none does. */
export interface Selection {
  readonly chosen: PoolNode | undefined;
  readonly reports: readonly CandidateReport[];
}

/** So many placements are proved in one evaluation at the most: the first candidates are the likeliest. */
const MOST_PROOFS = 50;

interface Ranked {
  readonly node: PoolNode;
  readonly usedPercent: number;
  readonly isIdle: boolean;
  /** 0, 1 for nodes with batch work, 2 for nodes of other agents of the group. */
  readonly rank: number;
  /** Nodes of the pool in its zone. */
  readonly neighbours: number;
}

/** Chooses the node to remove: the first in order that nothing speaks against. */
export function selectCandidate(snapshot: PoolSnapshot, metric: ScalingMetric): Selection {
  const reports: CandidateReport[] = [];
  const rooms = lazyRooms(snapshot);
  let proofs = 0;
  for (const ranked of rankNodes(snapshot, metric)) {
    const barred = barredBy(snapshot, ranked.node);
    if (barred) {
      reports.push(report(ranked, barred.against, barred.detail));
      continue;
    }
    proofs += 1;
    if (proofs > MOST_PROOFS) break;
    const why = placementFault(snapshot, ranked.node, rooms());
    reports.push(report(ranked, why === '' ? '' : 'placement', why));
    if (why === '') return { chosen: ranked.node, reports };
  }
  return { chosen: undefined, reports };
}

function placementFault(
  snapshot: PoolSnapshot,
  { node }: PoolNode,
  rooms: readonly Room[] | undefined,
): string {
  if (!rooms) return 'what an allocation takes is not known';
  const others = rooms.filter((room) => room.node.id !== node.id);
  const proof = provePlacement(node.id, others, snapshot);
  return proof.ok ? '' : proof.why;
}

/** The rooms of all nodes, worked out when first needed. */
function lazyRooms(snapshot: PoolSnapshot): () => readonly Room[] | undefined {
  const known: { rooms?: readonly Room[] | undefined; isMade: boolean } = { isMade: false };
  return () => {
    if (known.isMade) return known.rooms;
    const rooms = snapshot.nodes.map(({ node }) => roomOn(node, snapshot));
    known.rooms = rooms.every((room) => room !== undefined) ? rooms : undefined;
    known.isMade = true;
    return known.rooms;
  };
}

type Barred = Pick<CandidateReport, 'against' | 'detail'>;

function barredBy(snapshot: PoolSnapshot, { node, instanceId, member }: PoolNode): Barred | undefined {
  const { own, failedDrains } = snapshot;
  if (own.kind === 'unknown') {
    return {
      against: 'protected',
      detail: `the node of this agent (allocation ${own.allocationId}) is not known`,
    };
  }
  if (own.kind === 'node' && own.nodeId === node.id) {
    return { against: 'protected', detail: 'this agent runs on it' };
  }
  if (instanceId === '') return { against: 'unknown-instance', detail: 'its instance is not known' };
  if (!member) return { against: 'unknown-instance', detail: `${instanceId} is not in the group` };
  if (member.isProtected) return { against: 'protected', detail: 'protected from scale-in' };
  if (member.lifecycle !== 'InService') return { against: 'protected', detail: `is ${member.lifecycle}` };
  return failedDrains.has(node.id)
    ? { against: 'failed-drain', detail: 'its drain failed within the last hour' }
    : undefined;
}

function report(
  { node, usedPercent }: Ranked,
  against: CandidateReport['against'],
  detail: string,
): CandidateReport {
  const { node: facts, instanceId } = node;
  return { nodeId: facts.id, nodeName: facts.name, instanceId, usedPercent, against, detail };
}

function rankNodes(snapshot: PoolSnapshot, metric: ScalingMetric): readonly Ranked[] {
  const zones = new Map<string, number>();
  for (const one of snapshot.nodes) zones.set(zoneOf(one), (zones.get(zoneOf(one)) ?? 0) + 1);
  return snapshot.nodes.map((node) => rank(snapshot, node, { metric, zones })).toSorted(byOrder);
}

function rank(
  snapshot: PoolSnapshot,
  node: PoolNode,
  by: { readonly metric: ScalingMetric; readonly zones: ReadonlyMap<string, number> },
): Ranked {
  const allocations = snapshot.allocationsOn(node.node.id);
  const taking = allocations.filter(isTakingRoom);
  const used = taking.map((one) => {
    const resources = resourcesOf(snapshot, one);
    return resources ? amountOf(resources, by.metric) : Number.POSITIVE_INFINITY;
  });
  const whole = amountOf(node.node.capacity, by.metric);
  const sum = used.reduce((total, one) => total + one, 0);
  const hasBatch = allocations.some((one) => one.jobType === 'batch' && isWork(one));
  return {
    node,
    usedPercent: whole > 0 ? (sum / whole) * 100 : 0,
    isIdle: !allocations.some(isWork),
    rank: snapshot.memberNodes.has(node.node.id) ? 2 : Number(hasBatch),
    neighbours: by.zones.get(zoneOf(node)) ?? 0,
  };
}

function byOrder(one: Ranked, other: Ranked): number {
  return (
    one.rank - other.rank ||
    Number(other.isIdle) - Number(one.isIdle) ||
    compare(one.usedPercent, other.usedPercent) ||
    other.neighbours - one.neighbours ||
    one.node.node.createIndex - other.node.node.createIndex
  );
}

/** Infinity equals itself. */
function compare(one: number, other: number): number {
  return one === other ? 0 : one - other;
}

function zoneOf({ member, node }: PoolNode): string {
  return member?.zone ?? node.zone;
}

import type { CandidateReport, ScalingMetric } from '../decision/pool-judgement.ts';
import type { PoolNode, PoolSnapshot } from '../pool-snapshot.ts';
import { isLivingMember } from '../worker-pool.ts';
import { type Board, openBoard } from './board.ts';
import type { NodeLoad } from './load.ts';
import { amountOf, type PoolMeasure } from './measure-pool.ts';
import { provePlacement } from './placement.ts';

/** What was looked at, in order, and the one that passes; undefined when none does. */
export interface Selection {
  readonly chosen: PoolNode | undefined;
  readonly reports: readonly CandidateReport[];
}

/** Chooses the node to remove: the first in order that nothing speaks against. */
export function selectCandidate(
  snapshot: PoolSnapshot,
  { loads, metric }: Pick<PoolMeasure, 'loads' | 'metric'>,
): Selection {
  const board = openBoard(loads);
  const owners = ownersOf(snapshot.nodes);
  const reports: CandidateReport[] = [];
  for (const ranked of rankNodes(snapshot, loads, metric)) {
    const barred = barredBy(snapshot, ranked.node, owners) ?? misfitOf(board, ranked.at);
    reports.push(report(ranked, barred ?? { against: '', detail: '' }));
    if (!barred) return { chosen: ranked.node, reports };
  }
  return { chosen: undefined, reports };
}

type Barred = Pick<CandidateReport, 'against' | 'detail'>;

function misfitOf(board: Board, at: number): Barred | undefined {
  const proof = provePlacement(board, at);
  return proof.ok ? undefined : { against: 'placement', detail: `${proof.what}: ${proof.why}` };
}

/** By instance, how many ready nodes claim it. */
function ownersOf(nodes: readonly PoolNode[]): ReadonlyMap<string, number> {
  const owners = new Map<string, number>();
  for (const { instanceId } of nodes) owners.set(instanceId, (owners.get(instanceId) ?? 0) + 1);
  return owners;
}

function barredBy(
  { own, failedDrains }: PoolSnapshot,
  { node, instanceId, member }: PoolNode,
  owners: ReadonlyMap<string, number>,
): Barred | undefined {
  if (own.kind === 'unknown') {
    return isProtected(`the node of this agent (allocation ${own.allocationId}) is not known`);
  }
  if (own.kind === 'node' && own.nodeId === node.id) return isProtected('this agent runs on it');
  if (instanceId === '') return isUnknown('its instance is not known');
  if (!member) return isUnknown(`${instanceId} is not in the group`);
  if ((owners.get(instanceId) ?? 0) > 1) return isUnknown(`another ready node claims ${instanceId} too`);
  if (member.isProtected) return isProtected(`${instanceId} is protected from scale-in`);
  if (member.lifecycle !== 'InService') return isProtected(`${instanceId} is ${member.lifecycle}`);
  if (!failedDrains.has(node.id)) return undefined;
  return { against: 'failed-drain', detail: 'its drain failed within the last hour' };
}

function isProtected(detail: string): Barred {
  return { against: 'protected', detail };
}

function isUnknown(detail: string): Barred {
  return { against: 'unknown-instance', detail };
}

interface Ranked {
  readonly node: PoolNode;
  /** Its place among the pool's nodes. */
  readonly at: number;
  /** 0, 1 for nodes with batch work, 2 for nodes of other agents of the group. */
  readonly rank: number;
  readonly isIdle: boolean;
  readonly usedPercent: number;
  /** Instances of the group in its zone. */
  readonly neighbours: number;
}

function report({ node, usedPercent }: Ranked, { against, detail }: Barred): CandidateReport {
  const { node: facts, instanceId } = node;
  return { nodeId: facts.id, nodeName: facts.name, instanceId, usedPercent, against, detail };
}

function rankNodes(
  snapshot: PoolSnapshot,
  loads: readonly NodeLoad[],
  metric: ScalingMetric,
): readonly Ranked[] {
  const zones = new Map<string, number>();
  for (const { zone } of snapshot.group.members.filter(isLivingMember)) {
    zones.set(zone, (zones.get(zone) ?? 0) + 1);
  }
  return loads
    .map((load, at): Ranked => {
      const { node, used, isIdle } = load;
      const whole = amountOf(node.node.capacity, metric);
      return {
        node,
        at,
        rank: snapshot.memberNodes.has(node.node.id) ? 2 : Number(load.runsBatch),
        isIdle,
        usedPercent: whole > 0 ? (amountOf(used, metric) / whole) * 100 : 0,
        neighbours: zones.get(node.member?.zone ?? node.node.zone) ?? 0,
      };
    })
    .toSorted(byOrder);
}

function byOrder(one: Ranked, other: Ranked): number {
  return (
    one.rank - other.rank ||
    Number(other.isIdle) - Number(one.isIdle) ||
    one.usedPercent - other.usedPercent ||
    other.neighbours - one.neighbours ||
    one.node.node.createIndex - other.node.node.createIndex
  );
}

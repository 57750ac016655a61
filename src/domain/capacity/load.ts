import type { PoolNode, PoolSnapshot } from '../pool-snapshot.ts';
import { NO_RESOURCES, type Resources } from '../resources.ts';
import { type AllocationFacts, groupId, isTakingRoom } from '../snapshot.ts';
import { type GroupBook, type KnownGroup, openGroupBook } from './group-book.ts';
import { isSystemWork, isWork } from './work.ts';

/** An allocation that takes room on its node, and how much. */
export interface Placed {
  readonly group: KnownGroup;
  readonly resources: Resources;
  readonly isSystem: boolean;
}

/** A node of the pool and what is on it. */
export interface NodeLoad {
  readonly node: PoolNode;
  readonly placed: readonly Placed[];
  readonly used: Resources;
  /** The part of `used` that system jobs take. */
  readonly systemUsed: Resources;
  /** No work on it, not even some that is about to stop. */
  readonly isIdle: boolean;
  readonly runsBatch: boolean;
}

export type PoolLoading =
  | { readonly ok: true; readonly loads: readonly NodeLoad[]; readonly book: GroupBook }
  /** What an allocation takes cannot be told: unknown is not zero. */
  | { readonly ok: false; readonly why: string };

/** Reads what is on each of the pool's nodes, once. */
export function loadPool(snapshot: PoolSnapshot): PoolLoading {
  const book = openGroupBook(snapshot.groupFacts);
  const loads: NodeLoad[] = [];
  for (const node of snapshot.nodes) {
    const load = loadNode(node, snapshot.allocationsOn(node.node.id), book);
    if (typeof load === 'string') return { ok: false, why: load };
    loads.push(load);
  }
  return { ok: true, loads, book };
}

function loadNode(
  node: PoolNode,
  allocations: readonly AllocationFacts[],
  book: GroupBook,
): NodeLoad | string {
  const placed: Placed[] = [];
  let isIdle = true;
  let runsBatch = false;
  for (const one of allocations) {
    if (isWork(one)) {
      isIdle = false;
      runsBatch ||= one.jobType === 'batch';
    }
    if (!isTakingRoom(one)) continue;
    const group = book(one);
    const resources = one.resources ?? group.needs?.resources;
    if (!resources) return `what allocation ${one.id} of ${groupId(one)} takes is not known`;
    placed.push({ group, resources, isSystem: isSystemWork(one) });
  }
  const systemUsed = sumOf(placed.filter(({ isSystem }) => isSystem));
  return { node, placed, used: sumOf(placed), systemUsed, isIdle, runsBatch };
}

/** Sums in place: there may be hundreds of thousands. */
export function sumOf(all: readonly { readonly resources: Resources }[]): Resources {
  let { cpuMhz, memoryMb, diskMb } = NO_RESOURCES;
  for (const { resources } of all) {
    cpuMhz += resources.cpuMhz;
    memoryMb += resources.memoryMb;
    diskMb += resources.diskMb;
  }
  return { cpuMhz, memoryMb, diskMb };
}

import { isClientTerminal } from '../world/types.ts';
import type { Allocation, Node } from '../world/types.ts';
import type { World } from '../world/world.ts';

/** An allocation that was on an instance when it was shut down. */
export interface LostAllocation {
  readonly id: string;
  readonly namespace: string;
  readonly jobId: string;
  readonly group: string;
  readonly type: string;
  readonly clientStatus: string;
  readonly desiredStatus: string;
}

/** An instance that was shut down, and what was there. */
export interface Termination {
  /** Monotonic. */
  readonly atMs: number;
  readonly instanceId: string;
  readonly region: string;
  /** The pool it came from; '' for an instance of none. */
  readonly pool: string;
  /** The call that did it, `group` for the group itself, else who it was. */
  readonly by: string;
  /** '' where no client ever came. */
  readonly node: string;
  readonly nodeStatus: string;
  readonly isEligible: boolean;
  /** Running or pending, system jobs left out. */
  readonly allocations: readonly LostAllocation[];
}

/** What is on an instance now, at its end. */
export function terminationOf(
  world: World,
  of: Pick<Termination, 'instanceId' | 'region' | 'pool' | 'by'> & { readonly node: Node | undefined },
): Termination {
  const { node, ...rest } = of;
  const allocations = node ? world.store.tables.allocations.grouped('node', node.id) : [];
  return {
    ...rest,
    atMs: world.clock.monotonicMs(),
    node: node?.name ?? '',
    nodeStatus: node?.status ?? '',
    isEligible: node?.eligible ?? false,
    allocations: allocations.filter(isWork).map(lost),
  };
}

function isWork(allocation: Allocation): boolean {
  return !isClientTerminal(allocation) && allocation.job.spec.type !== 'system';
}

function lost(allocation: Allocation): LostAllocation {
  const { id, namespace, jobId, group, clientStatus, desiredStatus, job } = allocation;
  return { id, namespace, jobId, group, type: job.spec.type, clientStatus, desiredStatus };
}

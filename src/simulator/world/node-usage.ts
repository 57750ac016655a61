import { isTerminal } from './types.ts';
import { findGroup, jobKey } from './job-types.ts';
import type { Store } from './store.ts';
import type { Allocation } from './types.ts';

/** What is placed on a node. */
export interface Usage {
  cpuMhz: number;
  memoryMb: number;
  diskMb: number;
  /** Allocations by job, by job and group, and by static port. */
  readonly counts: Map<string, number>;
}

/** The name under which allocations of one group are counted. */
export function groupKey(key: string, group: string): string {
  return `${key}\u0000${group}`;
}

/** The name under which allocations with a static port are counted. */
export function portKey(port: number): string {
  return `port ${port}`;
}

/** Adds an allocation to a usage, or takes it away with sign −1. */
export function addToUsage(usage: Usage, allocation: Allocation, sign: 1 | -1): void {
  const group = findGroup(allocation.job, allocation.group);
  const key = jobKey(allocation.namespace, allocation.jobId);
  usage.cpuMhz += sign * (group?.cpuMhz ?? 0);
  usage.memoryMb += sign * (group?.memoryMb ?? 0);
  usage.diskMb += sign * (group?.diskMb ?? 0);
  const ports = (group?.staticPorts ?? []).map(({ port }) => portKey(port));
  for (const counted of [key, groupKey(key, allocation.group), ...ports]) {
    usage.counts.set(counted, (usage.counts.get(counted) ?? 0) + sign);
  }
}

export function emptyUsage(): Usage {
  return { cpuMhz: 0, memoryMb: 0, diskMb: 0, counts: new Map() };
}

/** Keeps, for each node, the sum of what is placed on it, and forgets it when an allocation there changes. */
export class NodeUsage {
  private readonly known = new Map<string, Usage>();
  private readonly store: Store;

  constructor(store: Store) {
    this.store = store;
    store.onChange((changes) => {
      for (const change of changes) {
        const row = change.table === 'allocations' ? (change.after ?? change.before) : undefined;
        if (row) this.known.delete(row.nodeId);
      }
    });
  }

  of(nodeId: string): Usage {
    const known = this.known.get(nodeId);
    if (known) return known;
    const usage = emptyUsage();
    for (const allocation of this.store.tables.allocations.members('node', nodeId)) {
      if (!isTerminal(allocation)) addToUsage(usage, allocation, 1);
    }
    this.known.set(nodeId, usage);
    return usage;
  }
}

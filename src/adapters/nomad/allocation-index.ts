import type { AllocationFacts, GroupRef } from '../../domain/snapshot.ts';
import type { FeedEvent } from './list-feed.ts';

/** Allocations by group. A value: `with` answers a new one. */
export class AllocationIndex {
  static readonly empty = new AllocationIndex(new Map());
  private readonly groups: ReadonlyMap<string, readonly AllocationFacts[]>;

  private constructor(groups: ReadonlyMap<string, readonly AllocationFacts[]>) {
    this.groups = groups;
  }

  /** A group's allocations as listed. */
  of(ref: GroupRef): readonly AllocationFacts[] {
    return this.groups.get(keyOfGroup(ref)) ?? [];
  }

  /** After a feed's event; removals are ids. Itself when nothing changes. */
  with(event: FeedEvent<AllocationFacts>): AllocationIndex {
    if (event.kind === 'list') return new AllocationIndex(byGroup(event.items));
    if (event.upserts.length === 0 && event.removals.length === 0) return this;
    const gone = new Set([...event.removals, ...event.upserts.map((allocation) => allocation.id)]);
    const kept = [...this.groups.values()].flat().filter((allocation) => !gone.has(allocation.id));
    return new AllocationIndex(byGroup([...kept, ...event.upserts]));
  }
}

function byGroup(allocations: readonly AllocationFacts[]): Map<string, AllocationFacts[]> {
  const groups = new Map<string, AllocationFacts[]>();
  for (const allocation of allocations) {
    const key = keyOfGroup(allocation);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [allocation]);
    else group.push(allocation);
  }
  return groups;
}

function keyOfGroup(ref: GroupRef): string {
  return JSON.stringify([ref.namespace, ref.jobId, ref.group]);
}

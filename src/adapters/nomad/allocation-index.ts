import type { AllocationFacts, GroupRef } from '../../domain/snapshot.ts';
import { groupKey } from '../../domain/snapshot.ts';
import { isQuiet } from './list-feed.ts';
import type { FeedEvent } from './list-feed.ts';

type Grouped = ReadonlyMap<string, readonly AllocationFacts[]>;

/** Allocations by id, group and node; each index is made when it is first asked. A value: `with` answers a new one. */
export class AllocationIndex {
  static readonly empty = new AllocationIndex([]);
  private readonly all: readonly AllocationFacts[];
  private ids: ReadonlyMap<string, AllocationFacts> | undefined;
  private groups: Grouped | undefined;
  private nodes: Grouped | undefined;

  private constructor(all: readonly AllocationFacts[]) {
    this.all = all;
  }

  /** A group's allocations as listed. */
  of(ref: GroupRef): readonly AllocationFacts[] {
    this.groups ??= groupedBy(this.all, groupKey);
    return this.groups.get(groupKey(ref)) ?? [];
  }

  /** A node's allocations as listed. */
  on(nodeId: string): readonly AllocationFacts[] {
    this.nodes ??= groupedBy(this.all, (allocation) => allocation.nodeId);
    return this.nodes.get(nodeId) ?? [];
  }

  /** One allocation by its id. */
  get(id: string): AllocationFacts | undefined {
    this.ids ??= new Map(this.all.map((allocation) => [allocation.id, allocation]));
    return this.ids.get(id);
  }

  /** After a feed's event; removals are ids. Itself when nothing changes. */
  with(event: FeedEvent<AllocationFacts>): AllocationIndex {
    if (isQuiet(event)) return this;
    if (event.kind === 'list') return new AllocationIndex(event.items);
    const gone = new Set([...event.removals, ...event.upserts.map((allocation) => allocation.id)]);
    return new AllocationIndex([...this.all.filter(({ id }) => !gone.has(id)), ...event.upserts]);
  }
}

function groupedBy(all: readonly AllocationFacts[], keyOf: (one: AllocationFacts) => string): Grouped {
  const groups = new Map<string, AllocationFacts[]>();
  for (const allocation of all) {
    const key = keyOf(allocation);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [allocation]);
    else group.push(allocation);
  }
  return groups;
}

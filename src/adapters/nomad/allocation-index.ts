import type { AllocationFacts, GroupRef } from '../../domain/snapshot.ts';
import { groupKey } from '../../domain/snapshot.ts';
import { isQuiet } from './list-feed.ts';
import type { FeedEvent } from './list-feed.ts';

type ById = ReadonlyMap<string, AllocationFacts>;
type Grouped = ReadonlyMap<string, readonly AllocationFacts[]>;
type KeyOf = (one: AllocationFacts) => string;

/** Allocations by id, group and node; the last two are made when they are first asked. A value: `with` answers a new one. */
export class AllocationIndex {
  static readonly empty = new AllocationIndex(new Map());
  private readonly ids: ById;
  private groups: Grouped | undefined;
  private nodes: Grouped | undefined;

  private constructor(ids: ById) {
    this.ids = ids;
  }

  /** A group's allocations. */
  of(ref: GroupRef): readonly AllocationFacts[] {
    this.groups ??= groupedBy(this.ids.values(), groupKey);
    return this.groups.get(groupKey(ref)) ?? [];
  }

  /** A node's allocations. */
  on(nodeId: string): readonly AllocationFacts[] {
    this.nodes ??= groupedBy(this.ids.values(), nodeOf);
    return this.nodes.get(nodeId) ?? [];
  }

  /** One allocation by its id. */
  get(id: string): AllocationFacts | undefined {
    return this.ids.get(id);
  }

  /** After a feed's event; removals are ids. Itself when nothing changes. */
  with(event: FeedEvent<AllocationFacts>): AllocationIndex {
    if (isQuiet(event)) return this;
    if (event.kind === 'list') return new AllocationIndex(byId(event.items));
    const ids = new Map(this.ids);
    const gone = [...event.removals, ...event.upserts.map(({ id }) => id)].flatMap((id) => ids.get(id) ?? []);
    for (const { id } of gone) ids.delete(id);
    for (const one of event.upserts) ids.set(one.id, one);
    const next = new AllocationIndex(ids);
    const changes = { gone, upserts: event.upserts };
    next.groups = this.groups && regrouped(this.groups, changes, groupKey);
    next.nodes = this.nodes && regrouped(this.nodes, changes, nodeOf);
    return next;
  }
}

interface Changes {
  readonly gone: readonly AllocationFacts[];
  readonly upserts: readonly AllocationFacts[];
}

function nodeOf({ nodeId }: AllocationFacts): string {
  return nodeId;
}

function byId(all: readonly AllocationFacts[]): ById {
  return new Map(all.map((allocation) => [allocation.id, allocation]));
}

function groupedBy(all: Iterable<AllocationFacts>, keyOf: KeyOf): Grouped {
  const groups = new Map<string, AllocationFacts[]>();
  for (const allocation of all) {
    const key = keyOf(allocation);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [allocation]);
    else group.push(allocation);
  }
  return groups;
}

/** Only the groups that change are made anew. */
function regrouped(before: Grouped, { gone, upserts }: Changes, keyOf: KeyOf): Grouped {
  const after = new Map(before);
  const [left, joined] = [groupedBy(gone, keyOf), groupedBy(upserts, keyOf)];
  for (const key of new Set([...left.keys(), ...joined.keys()])) {
    const out = new Set((left.get(key) ?? []).map(({ id }) => id));
    const kept = (before.get(key) ?? []).filter(({ id }) => !out.has(id));
    const now = [...kept, ...(joined.get(key) ?? [])];
    if (now.length > 0) after.set(key, now);
    else after.delete(key);
  }
  return after;
}

import type { AllocationFacts, JobRef } from '../../domain/snapshot.ts';
import type { ClusterView } from '../../ports/nomad.ts';
import { AllocationIndex } from './allocation-index.ts';
import type { FeedEvent } from './list-feed.ts';

/** What the allocations give to a view. */
export type AllocationsView = Pick<
  ClusterView,
  'allocationsIndex' | 'allocations' | 'allocationsOn' | 'allocation'
>;

/** What following allocations needs to know of jobs, and tells of them. */
export interface AllocationTools {
  /** The type of a job, '' where it is not listed: events do not tell it of their allocations. */
  readonly typeOf: (ref: JobRef) => string;
  /** Nothing is listed any more in this namespace: its jobs, and whether they may be read, are to be looked at anew. */
  readonly vanished: (namespace: string) => void;
}

/**
 * The allocations of lists and events. A token that may listen to all namespaces is told of those too that are
 * kept from it everywhere else: half of what runs there would be shown. Such events are withheld until something
 * of the namespace has been listed or read.
 */
export class FollowedAllocations {
  private readonly tools: AllocationTools;
  private index = AllocationIndex.empty;
  private nomadIndex = 0;
  private readable = new Set<string>();
  private listed: ReadonlySet<string> = new Set();
  private withheld = new Map<string, AllocationFacts>();

  constructor(tools: AllocationTools) {
    this.tools = tools;
  }

  /** True for a namespace of which something has been listed or read. */
  isReadable(namespace: string): boolean {
    return this.readable.has(namespace);
  }

  take(event: FeedEvent<AllocationFacts>): void {
    this.nomadIndex = event.index;
    if (event.kind === 'list') this.takeList(event);
    else this.takeChanges(event);
  }

  /** Something of the namespace has been read. True when allocations were withheld until now. */
  proved(namespace: string): boolean {
    if (this.readable.has(namespace)) return false;
    this.readable.add(namespace);
    const upserts = [...this.withheld.values()].filter((one) => one.namespace === namespace);
    for (const { id } of upserts) this.withheld.delete(id);
    this.takeChanges({ kind: 'changes', upserts, removals: [], index: this.nomadIndex });
    return upserts.length > 0;
  }

  view(): AllocationsView {
    const { index, nomadIndex } = this;
    return {
      allocationsIndex: nomadIndex,
      allocations: (ref) => index.of(ref),
      allocationsOn: (nodeId) => index.on(nodeId),
      allocation: (id) => index.get(id),
    };
  }

  private takeList(event: Extract<FeedEvent<AllocationFacts>, { readonly kind: 'list' }>): void {
    const before = this.listed;
    this.index = this.index.with({ ...event, items: event.items.map((one) => this.typed(one)) });
    this.listed = new Set(event.items.map(({ namespace }) => namespace));
    this.withheld = new Map();
    for (const namespace of this.listed) this.readable.add(namespace);
    for (const namespace of before) {
      if (this.listed.has(namespace)) continue;
      this.readable.delete(namespace);
      this.tools.vanished(namespace);
    }
  }

  private takeChanges(event: Extract<FeedEvent<AllocationFacts>, { readonly kind: 'changes' }>): void {
    const upserts: AllocationFacts[] = [];
    for (const one of event.upserts) {
      if (this.readable.has(one.namespace)) upserts.push(this.typed(one));
      else this.withheld.set(one.id, one);
    }
    this.index = this.index.with({ ...event, upserts });
  }

  private typed(one: AllocationFacts): AllocationFacts {
    if (one.jobType !== '') return one;
    const known = this.index.get(one.id)?.jobType ?? '';
    return { ...one, jobType: known === '' ? this.tools.typeOf(one) : known };
  }
}

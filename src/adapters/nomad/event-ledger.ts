import type { AllocationFacts } from '../../domain/snapshot.ts';

/** An allocation, and Nomad's ModifyIndex of what is told of it. */
export interface IndexedAllocation {
  readonly facts: AllocationFacts;
  readonly modifyIndex: number;
}

interface Told extends IndexedAllocation {
  /** Of the write that told it. */
  readonly index: number;
}

/** What is known of the allocations, from a list and from what was told since; nothing older replaces newer. */
export class EventLedger {
  /** Of the last list. */
  listIndex = 0;
  /** The highest of any write that was told. */
  streamIndex = 0;
  private allocationIndex = 0;
  private known = new Map<string, number>();
  private fresh = new Map<string, AllocationFacts>();
  /** What was told while a list is being read. */
  private meanwhile: Told[] | undefined;
  private atLeast = 0;
  private takenIndex = 0;

  /** Everything up to here is known: a write that is not has a higher index. */
  get reached(): number {
    return Math.max(this.listIndex, this.streamIndex);
  }

  /** Everything up to here has been taken, or was in the list: what is told while a list is being read waits for it. */
  get shown(): number {
    return this.meanwhile === undefined ? this.reached : this.takenIndex;
  }

  /** The leader's list of allocations cannot be of a lower index, unless the servers have started over. */
  get floor(): number {
    return Math.max(this.listIndex, this.allocationIndex);
  }

  /** Takes what a write told of an allocation. */
  told(index: number, one: IndexedAllocation): void {
    this.allocationIndex = Math.max(this.allocationIndex, index);
    if (this.meanwhile) this.meanwhile.push({ ...one, index });
    else this.note(one);
  }

  /** A list is asked for now: what is told until it comes may be newer than it. */
  begin(): void {
    this.takenIndex = this.reached;
    this.meanwhile = [];
    this.atLeast = this.allocationIndex;
  }

  /** The list asked for does not come. */
  giveUp(): void {
    const meanwhile = this.meanwhile ?? [];
    this.meanwhile = undefined;
    for (const one of meanwhile) this.note(one);
  }

  /** True for a list that lacks what had been told before it was asked for. */
  isBehind(index: number): boolean {
    return index < this.atLeast;
  }

  /** Takes the list that was asked for; what was told meanwhile, and is newer, is left to be taken. */
  list(index: number, items: readonly IndexedAllocation[]): void {
    const newer = (this.meanwhile ?? []).filter((one) => one.index >= index);
    this.known = new Map(items.map(({ facts, modifyIndex }) => [facts.id, modifyIndex]));
    this.fresh = new Map();
    this.meanwhile = undefined;
    this.listIndex = index;
    for (const one of newer) this.note(one);
  }

  /** What has become known since it was last asked for. */
  take(): readonly AllocationFacts[] {
    const taken = [...this.fresh.values()];
    if (taken.length > 0) this.fresh = new Map();
    return taken;
  }

  /** The servers have started over: indexes mean something else. */
  forget(): void {
    this.giveUp();
    this.fresh = new Map();
    this.known = new Map();
    this.listIndex = 0;
    this.streamIndex = 0;
    this.allocationIndex = 0;
  }

  private note({ facts, modifyIndex }: IndexedAllocation): void {
    if (modifyIndex < (this.known.get(facts.id) ?? 0)) return;
    this.known.set(facts.id, modifyIndex);
    this.fresh.set(facts.id, facts);
  }
}

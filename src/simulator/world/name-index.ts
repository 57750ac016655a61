import type { Allocation } from './types.ts';

/** The name of a group's allocation. */
export function allocationName(jobId: string, group: string, index: number): string {
  return `${jobId}.${group}[${index}]`;
}

/** The number in an allocation's name. */
export function indexOfName(name: string): number {
  return Number(/\[(\d+)\]$/.exec(name)?.[1] ?? 0);
}

/** Which numbers of a group's names are taken. */
export class NameIndex {
  private readonly jobId: string;
  private readonly group: string;
  private readonly count: number;
  private readonly taken: Set<number>;

  constructor(scope: { jobId: string; group: string; count: number }, taken: readonly Allocation[]) {
    this.jobId = scope.jobId;
    this.group = scope.group;
    this.count = scope.count;
    this.taken = new Set(taken.map((allocation) => indexOfName(allocation.name)));
  }

  /** Takes and answers free names, lowest first; when all are taken, names are used twice. */
  next(amount: number): readonly string[] {
    const names: string[] = [];
    for (let index = 0; index < this.count && names.length < amount; index += 1) {
      if (this.taken.has(index)) continue;
      this.taken.add(index);
      names.push(allocationName(this.jobId, this.group, index));
    }
    for (let index = 0; names.length < amount; index += 1) {
      names.push(allocationName(this.jobId, this.group, index));
    }
    return names;
  }

  /** Frees and answers the highest taken names. */
  highest(amount: number): ReadonlySet<string> {
    const highest = [...this.taken].toSorted((a, b) => b - a).slice(0, amount);
    for (const index of highest) this.taken.delete(index);
    return new Set(highest.map((index) => allocationName(this.jobId, this.group, index)));
  }

  free(name: string): void {
    this.taken.delete(indexOfName(name));
  }
}

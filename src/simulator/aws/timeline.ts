interface Version<Row> {
  readonly atMs: number;
  readonly row: Row | undefined;
}

/** How far back a read can be answered from. */
const KEPT_MS = 10 * 60_000;

/** Rows by key with their past, so that a read can be answered as of some seconds ago. Times are monotonic. */
export class Timeline<Row> {
  private readonly versions = new Map<string, Version<Row>[]>();

  /** Undefined takes the row away. */
  put(key: string, row: Row | undefined, atMs: number): void {
    const before = this.versions.get(key) ?? [];
    const firstKept = before.findLastIndex((version) => version.atMs <= atMs - KEPT_MS);
    this.versions.set(key, [...before.slice(Math.max(0, firstKept)), { atMs, row }]);
  }

  get(key: string): Row | undefined {
    return this.versions.get(key)?.at(-1)?.row;
  }

  /** Every row in the order in which their keys came; `asOfMs`: as they were then. */
  all(asOfMs = Infinity): readonly Row[] {
    return [...this.versions.keys()].flatMap((key) => this.at(key, asOfMs) ?? []);
  }

  /** The row as it was then. */
  at(key: string, asOfMs: number): Row | undefined {
    return this.versions.get(key)?.findLast((version) => version.atMs <= asOfMs)?.row;
  }

  /** Forgets the row and its past. */
  forget(key: string): void {
    this.versions.delete(key);
  }
}

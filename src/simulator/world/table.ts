type Groups<Row> = Map<string, Map<string, Row>>;

/** Rows by key, listed in order of key, with the index of the last write to any of them. */
export class Table<Row> {
  /** Raft index of the last write. */
  index = 0;
  private readonly rows = new Map<string, Row>();
  private readonly groupings: readonly { groupOf: (row: Row) => string; groups: Groups<Row> }[];
  private readonly byName: ReadonlyMap<string, Groups<Row>>;
  private orderedKeys: readonly string[] | null = null;
  private orderedRows: readonly Row[] | null = null;

  constructor(groupings: Readonly<Record<string, (row: Row) => string>> = {}) {
    const named = Object.entries(groupings).map(([name, groupOf]) => ({
      name,
      groupOf,
      groups: new Map<string, Map<string, Row>>(),
    }));
    this.groupings = named;
    this.byName = new Map(named.map(({ name, groups }) => [name, groups]));
  }

  get size(): number {
    return this.rows.size;
  }

  get(key: string): Row | undefined {
    return this.rows.get(key);
  }

  /** All rows in order of their key. */
  all(): readonly Row[] {
    this.orderedKeys ??= [...this.rows.keys()].toSorted();
    this.orderedRows ??= inOrder(this.orderedKeys, this.rows);
    return this.orderedRows;
  }

  /** Rows of one group in order of their key. */
  grouped(grouping: string, value: string): readonly Row[] {
    const members = this.byName.get(grouping)?.get(value);
    if (!members) return [];
    return inOrder([...members.keys()].toSorted(), members);
  }

  /** Rows of one group in order of insertion: cheaper than `grouped`. */
  members(grouping: string, value: string): Iterable<Row> {
    return this.byName.get(grouping)?.get(value)?.values() ?? [];
  }

  put(key: string, row: Row): void {
    const before = this.rows.get(key);
    if (before === undefined) this.orderedKeys = null;
    this.orderedRows = null;
    this.rows.set(key, row);
    for (const { groupOf, groups } of this.groupings) {
      const value = groupOf(row);
      if (before !== undefined && groupOf(before) !== value) leave(groups, groupOf(before), key);
      const members = groups.get(value);
      if (members) members.set(key, row);
      else groups.set(value, new Map([[key, row]]));
    }
  }

  /** Changes every row at once, for servers that were restored. */
  replaceAll(change: (row: Row) => Row): void {
    for (const [key, row] of this.rows.entries()) this.put(key, change(row));
  }

  delete(key: string): void {
    const before = this.rows.get(key);
    if (before === undefined) return;
    this.rows.delete(key);
    this.orderedKeys = null;
    this.orderedRows = null;
    for (const { groupOf, groups } of this.groupings) leave(groups, groupOf(before), key);
  }
}

function leave<Row>(groups: Groups<Row>, value: string, key: string): void {
  const members = groups.get(value);
  members?.delete(key);
  if (members?.size === 0) groups.delete(value);
}

function inOrder<Row>(keys: readonly string[], rows: ReadonlyMap<string, Row>): readonly Row[] {
  const ordered: Row[] = [];
  for (const key of keys) {
    const row = rows.get(key);
    if (row !== undefined) ordered.push(row);
  }
  return ordered;
}

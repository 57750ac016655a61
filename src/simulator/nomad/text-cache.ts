/** Remembers the text made of a row for as long as the row lives: rows never change, they are replaced. */
export function cachedText<Row extends object>(make: (row: Row) => string): (row: Row) => string {
  const texts = new WeakMap<Row, string>();
  return (row) => {
    const known = texts.get(row);
    if (known !== undefined) return known;
    const text = make(row);
    texts.set(row, text);
    return text;
  };
}

/** Remembers the text of a few whole lists, each by what was asked and the index it stands for. */
export class ListCache {
  private readonly lists = new Map<string, { readonly index: number; readonly text: string }>();
  private readonly kept: number;

  constructor(kept = 16) {
    this.kept = kept;
  }

  get(key: string, index: number, make: () => string): string {
    const known = this.lists.get(key);
    if (known?.index === index) return known.text;
    const text = make();
    this.lists.delete(key);
    this.lists.set(key, { index, text });
    const oldest = this.lists.keys().next().value;
    if (this.lists.size > this.kept && oldest !== undefined) this.lists.delete(oldest);
    return text;
  }

  /** Forgets everything: the servers were restored and an index may stand for something else. */
  clear(): void {
    this.lists.clear();
  }
}

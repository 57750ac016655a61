type Labels = Readonly<Record<string, string>>;

/** Which series there are of each resource, so that they can be found when it goes. */
export interface SeriesIndex {
  add(name: string, labels: Labels): void;
  drop(name: string, labels: Labels): void;
  /** Takes out all series of a metric. */
  clear(name: string): void;
  valuesOf(label: string): readonly string[];
  /** Takes out all series with that value of a label, and answers them. */
  take(label: string, value: string): readonly Series[];
}

export interface Series {
  readonly name: string;
  readonly labels: Labels;
}

/** Starts empty. Only series that have one of these labels are kept. */
export function createSeriesIndex(resourceLabels: readonly string[]): SeriesIndex {
  const bags = new Map(resourceLabels.map((label) => [label, new Map<string, Map<string, Series>>()]));
  const drop = (name: string, labels: Labels): void => {
    for (const [label, bag] of bags) {
      const value = labels[label];
      const series = value === undefined ? undefined : bag.get(value);
      series?.delete(keyOf(name, labels));
      if (value !== undefined && series?.size === 0) bag.delete(value);
    }
  };
  return {
    drop,
    add: (name, labels) => {
      for (const [label, bag] of bags) {
        const value = labels[label];
        if (value === undefined) continue;
        const series = bag.get(value) ?? new Map<string, Series>();
        bag.set(value, series.set(keyOf(name, labels), { name, labels }));
      }
    },
    clear: (name) => {
      const all = [...bags.values()].flatMap((bag) => [...bag.values()]);
      const found = all.flatMap((series) => [...series.values()]).filter((one) => one.name === name);
      for (const one of found) drop(name, one.labels);
    },
    valuesOf: (label) => [...(bags.get(label)?.keys() ?? [])],
    take: (label, value) => {
      const found = [...(bags.get(label)?.get(value)?.values() ?? [])];
      for (const { name, labels } of found) drop(name, labels);
      return found;
    },
  };
}

function keyOf(name: string, labels: Labels): string {
  return JSON.stringify([name, ...Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
}

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
  const bags = new Map(resourceLabels.map((label) => [label, new Bag(label)]));
  return {
    add: (name, labels) => bags.forEach((bag) => bag.add(name, labels)),
    drop: (name, labels) => bags.forEach((bag) => bag.drop(name, labels)),
    clear: (name) => bags.forEach((bag) => bag.clear(name)),
    valuesOf: (label) => bags.get(label)?.values() ?? [],
    take: (label, value) => bags.get(label)?.take(value) ?? [],
  };
}

/**
 * The series of all resources of one label. Thousands of resources have the same dozen series: each is noted as what it
 * has beside its resource, which there is once.
 */
class Bag {
  private readonly label: string;
  private readonly shapes = new Map<string, Series>();
  private readonly bag = new Map<string, Set<Series>>();

  constructor(label: string) {
    this.label = label;
  }

  add(name: string, labels: Labels): void {
    const value = labels[this.label];
    if (value === undefined) return;
    const key = this.keyOf(name, labels);
    const shape = this.shapes.get(key) ?? this.newShape(key, name, labels);
    const series = this.bag.get(value);
    if (series) series.add(shape);
    else this.bag.set(value, new Set([shape]));
  }

  drop(name: string, labels: Labels): void {
    const value = labels[this.label];
    const series = value === undefined ? undefined : this.bag.get(value);
    const shape = series && this.shapes.get(this.keyOf(name, labels));
    if (value === undefined || !shape) return;
    series.delete(shape);
    if (series.size === 0) this.bag.delete(value);
  }

  clear(name: string): void {
    for (const [value, series] of this.bag) {
      for (const shape of series) if (shape.name === name) series.delete(shape);
      if (series.size === 0) this.bag.delete(value);
    }
  }

  values(): readonly string[] {
    return [...this.bag.keys()];
  }

  take(value: string): readonly Series[] {
    const series = [...(this.bag.get(value) ?? [])];
    this.bag.delete(value);
    return series.map(({ name, labels }) => ({ name, labels: { ...labels, [this.label]: value } }));
  }

  private newShape(key: string, name: string, labels: Labels): Series {
    const others = Object.entries(labels).filter(([label]) => label !== this.label);
    const shape = { name, labels: Object.fromEntries(others) };
    this.shapes.set(key, shape);
    return shape;
  }

  /** The name, and the labels beside the resource's in their order. */
  private keyOf(name: string, labels: Labels): string {
    let key = name;
    for (const label of Object.keys(labels).toSorted())
      if (label !== this.label) key += `\n${label}\n${labels[label]}`;
    return key;
  }
}

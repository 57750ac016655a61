import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { METRIC_PREFIX } from '../../domain/metric-doc.ts';
import { METRICS, type MetricRow } from '../../domain/metric-table.ts';
import type { Metrics, MetricsPage, ResourceLabel } from '../../ports/metrics.ts';
import { createSeriesIndex } from './series-index.ts';

type Labels = Readonly<Record<string, string>>;

/** One metric of the table, whatever its kind. */
interface Entry {
  put(labels: Labels, value: number): void;
  remove(labels: Labels): void;
  /** Removes all series; a gauge without labels is absent then. */
  reset(): void;
}

/** Metrics in a registry of their own, read in the text format of Prometheus. */
export interface Prometheus {
  readonly metrics: Metrics;
  readonly page: MetricsPage;
}

const RESOURCE_LABELS: readonly ResourceLabel[] = ['group', 'pool'];

const isOfResource = ({ labels }: MetricRow): boolean =>
  RESOURCE_LABELS.some((label) => labels.includes(label));
const OF_RESOURCES: ReadonlySet<string> = new Set(METRICS.filter(isOfResource).map(({ name }) => name));

/** Starts with no series but the counters without labels, which begin at 0. */
export function createPrometheus(): Prometheus {
  const registry = new Registry();
  const entries = new Map(METRICS.map((row: MetricRow) => [row.name, register(registry, row)]));
  const index = createSeriesIndex(RESOURCE_LABELS);
  const updates: (() => void)[] = [];
  const put = (name: string, labels: Labels, value: number): void => {
    entries.get(name)?.put(labels, value);
    index.add(name, labels);
  };
  const metrics: Metrics = {
    add: (name, labels) => put(name, labels, 1),
    set: put,
    observe: put,
    drop: (name, labels) => {
      entries.get(name)?.remove(labels);
      index.drop(name, labels);
    },
    clear: (name) => {
      entries.get(name)?.reset();
      if (OF_RESOURCES.has(name)) index.clear(name);
    },
    valuesOf: (label) => index.valuesOf(label),
    forget: (label, value) => {
      for (const { name, labels } of index.take(label, value)) entries.get(name)?.remove(labels);
    },
    beforeReading: (run) => void updates.push(run),
  };
  return { metrics, page: pageOf(registry, updates) };
}

function pageOf(registry: Registry, updates: readonly (() => void)[]): MetricsPage {
  return {
    contentType: registry.contentType,
    text: () => {
      for (const update of updates) update();
      return registry.metrics();
    },
  };
}

function register(registry: Registry, row: MetricRow): Entry {
  const common = {
    name: `${METRIC_PREFIX}${row.name}`,
    help: row.meaning,
    labelNames: [...row.labels],
    registers: [registry],
  };
  switch (row.kind) {
    case 'gauge':
      return gaugeEntry(new Gauge(common), row.labels.length === 0);
    case 'counter': {
      const counter = new Counter(common);
      const put = (labels: Labels, value: number): void => counter.inc(labels, value);
      return { put, remove: (labels) => counter.remove(labels), reset: () => counter.reset() };
    }
    case 'histogram': {
      const histogram = new Histogram({ ...common, buckets: [...(row.buckets ?? [])] });
      const put = (labels: Labels, value: number): void => histogram.observe(labels, value);
      return { put, remove: (labels) => histogram.remove(labels), reset: () => histogram.reset() };
    }
  }
}

function gaugeEntry(gauge: Gauge, isBare: boolean): Entry {
  const reset = (): void => {
    gauge.reset();
    if (isBare) gauge.remove({});
  };
  reset();
  return {
    put: (labels, value) => gauge.set(labels, value),
    remove: (labels) => gauge.remove(labels),
    reset,
  };
}

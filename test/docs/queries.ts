import { POOL_REASON_TEXT } from '../../src/domain/decision/pool-reason.ts';
import { REASON_TEXT } from '../../src/domain/decision/reason.ts';
import { METRIC_PREFIX } from '../../src/domain/metric-doc.ts';
import { METRICS, type MetricRow } from '../../src/domain/metric-table.ts';

const ROWS: ReadonlyMap<string, MetricRow> = new Map(METRICS.map((row: MetricRow) => [row.name, row]));
const OF_HISTOGRAM = /_(?:bucket|sum|count)$/;
const REASONS: Readonly<Record<string, object>> = { group: REASON_TEXT, pool: POOL_REASON_TEXT };

/** The row of a series by its name in a query; a histogram's series are named after it. */
export function rowOf(series: string): MetricRow {
  const name = series.slice(METRIC_PREFIX.length);
  const ofHistogram = ROWS.get(name.replace(OF_HISTOGRAM, ''));
  const row = ofHistogram?.kind === 'histogram' ? ofHistogram : ROWS.get(name);
  if (!row || (row.kind === 'histogram') !== OF_HISTOGRAM.test(series)) {
    throw new Error(`no metric of the table: ${series}`);
  }
  return row;
}

/** The labels that a query groups by. */
export function groupedBy(query: string): readonly string[] {
  return [...query.matchAll(/by \(([^)]*)\)/g)].flatMap(([, names = '']) => names.split(', '));
}

/** What is wrong with a query as far as the tables can tell. */
export function faultsOf(query: string): readonly string[] {
  const uses = [...query.matchAll(/(replicator_\w+)(?:\{([^}]*)\})?/g)];
  const labels = new Set(['le', ...uses.flatMap(([, series = '']) => rowOf(series).labels)]);
  const strange = groupedBy(query).filter((label) => !labels.has(label));
  return [
    ...(uses.length === 0 ? ['asks for no metric'] : []),
    ...unclosed(query),
    ...strange.map((label) => `by ${label}, which is no label`),
    ...uses.flatMap(([, series = '', matchers = '']) => faultsOfUse(query, series, matchers)),
  ];
}

function unclosed(query: string): readonly string[] {
  const pairs = [
    ['(', ')'],
    ['{', '}'],
    ['[', ']'],
  ] as const;
  return pairs
    .filter(([open, close]) => query.split(open).length !== query.split(close).length)
    .map(([open]) => `${open} is not closed`);
}

function faultsOfUse(query: string, series: string, matchers: string): readonly string[] {
  const row = rowOf(series);
  const faults: string[] = [];
  const isRated = new RegExp(`(?:increase|rate|changes)\\(${series}|unless`).test(query);
  if (row.kind !== 'gauge' && !isRated) faults.push(`${series} only ever grows`);
  for (const [, label = '', operator, value = ''] of matchers.matchAll(/(\w+)(=~|!=|=)"([^"]*)"/g)) {
    if (!row.labels.includes(label)) faults.push(`${series} has no label ${label}`);
    if (label === 'reason' && operator === '=') faults.push(...reasonFaults(row, value));
  }
  return faults;
}

function reasonFaults(row: MetricRow, reason: string): readonly string[] {
  const known = REASONS[row.labels[0] ?? ''] ?? {};
  return reason in known ? [] : [`${row.name} has no reason ${reason}`];
}

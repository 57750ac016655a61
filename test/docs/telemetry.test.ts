import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { metricDoc, METRIC_PREFIX, noticeDoc, statsdDoc } from '../../src/domain/metric-doc.ts';
import { METRICS } from '../../src/domain/metric-table.ts';
import { type AlertRule, parseAlertRules } from './alert-rules.ts';
import { readTables } from './fill.ts';
import { faultsOf, groupedBy, rowOf } from './queries.ts';

const read = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../docs/${name}`, import.meta.url)), 'utf8');

test('the tables of docs/telemetry.md are those of metrics, statsd counters and notifications', () => {
  const tables = { metrics: metricDoc(), statsd: statsdDoc(), notices: noticeDoc() };
  expect(Object.keys(tables)).toHaveLength(3);
  const { is, wanted } = readTables('telemetry.md', tables);
  expect(is).toBe(wanted);
});

describe('docs/alerts.yml', () => {
  const rules = parseAlertRules(read('alerts.yml'));
  const cases = rules.map((rule) => [rule.alert, rule] as [string, AlertRule]);

  test('has rules, each of a name of its own', () => {
    expect(rules.length).toBeGreaterThan(15);
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  });

  test.each(cases)('%s asks for metrics that there are', (_name, { expr }) => {
    expect(faultsOf(expr)).toEqual([]);
  });

  test.each(cases)('%s says what is wrong and how bad it is', (_name, rule) => {
    expect(Object.keys(rule.labels)).toEqual(['severity']);
    expect(['info', 'warning', 'critical']).toContain(rule.labels['severity']);
    expect(Object.keys(rule.annotations)).toEqual(['summary', 'description']);
    expect(rule.for ?? '0m').toMatch(/^\d+[mh]$/);
    const named = Object.values(rule.annotations).flatMap((text) =>
      [...text.matchAll(/\{\{ \$labels\.(\w+) \}\}/g)].map(([, label = '']) => label),
    );
    for (const label of named) expect(groupedBy(rule.expr)).toContain(label);
  });
});

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

interface Dashboard {
  readonly title: string;
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; readonly definition?: string }[];
  };
}

describe('docs/grafana-dashboard.json', () => {
  const dashboard = JSON.parse(read('grafana-dashboard.json')) as Dashboard;
  const graphs = dashboard.panels.filter(({ type }) => type !== 'row');
  const targets = graphs.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr, legendFormat }) => [title, expr, legendFormat] as const),
  );

  test('has panels that do not cover each other, each with something to show', () => {
    expect(dashboard.uid).toBe('replicator');
    expect(graphs.length).toBeGreaterThan(10);
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_none, at) => `${x + (at % w)} ${y + Math.floor(at / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(graphs.filter(({ targets = [] }) => targets.length === 0)).toEqual([]);
    for (const { gridPos } of dashboard.panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
  });

  test.each(targets)('%s: %s asks for metrics that there are', (_title, expr, legend) => {
    expect(faultsOf(expr)).toEqual([]);
    const named = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
    for (const label of named) expect([...groupedBy(expr), 'instance']).toContain(label);
    const variables = dashboard.templating.list.map(({ name }) => name);
    for (const [, variable = ''] of expr.matchAll(/\$(\w+)/g)) expect(variables).toContain(variable);
  });

  test('its variables are labels of metrics that there are', () => {
    const queries = dashboard.templating.list.filter(({ type }) => type === 'query');
    expect(queries.map(({ name }) => name)).toEqual(['group', 'pool']);
    for (const { name, definition = '' } of queries) {
      const [, series = '', label] = /^label_values\((\w+), (\w+)\)$/.exec(definition) ?? [];
      expect(rowOf(series).labels).toContain(label);
      expect(label).toBe(name);
    }
  });

  test('every metric is shown, or alerted on', () => {
    const shown =
      targets.map(([, expr]) => expr).join(' ') +
      parseAlertRules(read('alerts.yml'))
        .map(({ expr }) => expr)
        .join(' ');
    const missing = METRICS.filter(({ name }) => !shown.includes(`${METRIC_PREFIX}${name}`)).map(
      ({ name }) => name,
    );
    // The dashboard has these as marks.
    expect(missing).toEqual(['leadership_terms_total']);
  });
});

import { describe, expect, test } from 'vitest';
import { createPrometheus, type Prometheus } from '../../../src/adapters/telemetry/prometheus.ts';
import { METRIC_PREFIX } from '../../../src/domain/metric-doc.ts';
import { METRICS } from '../../../src/domain/metric-table.ts';
import { parsePrometheus, type PrometheusPage, valueOf } from './prometheus-text.ts';

async function pageOf({ page }: Prometheus): Promise<PrometheusPage> {
  return parsePrometheus(await page.text());
}

test('every metric of the table is declared with its kind and meaning', async () => {
  const { types, helps } = await pageOf(createPrometheus());
  for (const { name, kind, meaning } of METRICS) {
    expect([types.get(`${METRIC_PREFIX}${name}`), helps.get(`${METRIC_PREFIX}${name}`)]).toEqual([
      kind,
      meaning,
    ]);
  }
  expect(types.size).toBe(METRICS.length);
});

test('names of the table follow the rules of Prometheus', () => {
  for (const { name, kind, labels } of METRICS) {
    expect(name).toMatch(/^[a-z]+(?:_[a-z]+)*$/);
    expect(name.endsWith('_total')).toBe(kind === 'counter');
    for (const label of labels) expect(label).toMatch(/^[a-z]+$/);
    // These labels are the scraper's own.
    expect(labels).not.toContain('job');
    expect(labels).not.toContain('instance');
  }
  expect(new Set(METRICS.map(({ name }) => name)).size).toBe(METRICS.length);
});

test('before anything is told, only counters without labels have a value', async () => {
  const { samples } = await pageOf(createPrometheus());
  expect(samples).toEqual([{ name: 'replicator_leadership_terms_total', labels: {}, value: 0 }]);
});

test('gauges, counters and histograms come out as they went in, whatever names contain', async () => {
  const prometheus = createPrometheus();
  const { metrics } = prometheus;
  const group = 'team:a/"b"\\c\nd/api';
  metrics.set('group_desired', { group }, 4);
  metrics.set('group_desired', { group }, 5);
  metrics.add('group_decisions_total', { group, reason: 'steady' });
  metrics.add('group_decisions_total', { group, reason: 'steady' });
  metrics.observe('round_lateness_seconds', { type: 'job_group' }, 0.3);
  const page = await pageOf(prometheus);
  expect(valueOf(page, 'replicator_group_desired', { group })).toBe(5);
  expect(valueOf(page, 'replicator_group_decisions_total', { group, reason: 'steady' })).toBe(2);
  const bucket = (le: string) => valueOf(page, 'replicator_round_lateness_seconds_bucket', { le });
  expect([bucket('0.25'), bucket('1'), bucket('+Inf')]).toEqual([0, 1, 1]);
  expect(valueOf(page, 'replicator_round_lateness_seconds_sum')).toBe(0.3);
  expect(prometheus.page.contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
});

test('two registries know nothing of each other', async () => {
  const [one, two] = [createPrometheus(), createPrometheus()];
  one.metrics.set('leader', {}, 1);
  expect(valueOf(await pageOf(two), 'replicator_leader')).toBeUndefined();
});

describe('what goes away', () => {
  function filled(): Prometheus {
    const prometheus = createPrometheus();
    const { metrics } = prometheus;
    for (const group of ['web/api', 'web/db']) {
      metrics.set('group_desired', { group }, 2);
      metrics.set('group_used_percent', { group, metric: 'cpu' }, 50);
      metrics.add('group_decisions_total', { group, reason: 'steady' });
    }
    metrics.set('pool_desired', { pool: 'web/api' }, 3);
    metrics.set('leader', {}, 1);
    return prometheus;
  }

  test('all series of a resource go with it, and no other', async () => {
    const prometheus = filled();
    prometheus.metrics.forget('group', 'web/api');
    const { samples } = await pageOf(prometheus);
    expect(samples.filter(({ labels }) => labels['group'] === 'web/api')).toEqual([]);
    expect(samples.filter(({ labels }) => labels['group'] === 'web/db')).toHaveLength(3);
    expect(samples.filter(({ labels }) => labels['pool'] === 'web/api')).toHaveLength(1);
    expect(prometheus.metrics.valuesOf('group')).toEqual(['web/db']);
    expect(prometheus.metrics.valuesOf('pool')).toEqual(['web/api']);
  });

  test('one series, or all of a metric', async () => {
    const prometheus = filled();
    const { metrics } = prometheus;
    metrics.drop('group_used_percent', { metric: 'cpu', group: 'web/api' });
    metrics.drop('group_used_percent', { metric: 'mem', group: 'web/api' });
    metrics.clear('group_desired');
    metrics.clear('leader');
    const page = await pageOf(prometheus);
    expect(page.samples.filter(({ name }) => name === 'replicator_group_used_percent')).toHaveLength(1);
    expect(page.samples.filter(({ name }) => name === 'replicator_group_desired')).toEqual([]);
    expect(valueOf(page, 'replicator_leader')).toBeUndefined();
    metrics.drop('group_decisions_total', { group: 'web/api', reason: 'steady' });
    expect(metrics.valuesOf('group')).toEqual(['web/db']);
  });

  test('a resource that comes and goes two thousand times leaves nothing', async () => {
    const prometheus = createPrometheus();
    const { metrics } = prometheus;
    const before = (await prometheus.page.text()).length;
    for (let count = 0; count < 2_000; count += 1) {
      const group = `job-${count}/api`;
      metrics.set('group_desired', { group }, 1);
      metrics.add('group_decisions_total', { group, reason: 'steady' });
      metrics.forget('group', group);
    }
    expect((await prometheus.page.text()).length).toBe(before);
    expect(metrics.valuesOf('group')).toEqual([]);
  });
});

test('figures are brought up to date before each reading', async () => {
  const prometheus = createPrometheus();
  let readings = 0;
  prometheus.metrics.beforeReading(() => prometheus.metrics.set('leader', {}, (readings += 1)));
  expect(valueOf(await pageOf(prometheus), 'replicator_leader')).toBe(1);
  expect(valueOf(await pageOf(prometheus), 'replicator_leader')).toBe(2);
});

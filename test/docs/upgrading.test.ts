import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { OPTIONS } from '../../src/config/options.ts';

const page = readFileSync(fileURLToPath(new URL('../../docs/upgrading.md', import.meta.url)), 'utf8');

/** Keys that a configuration file of the Go releases may have. */
const GO_KEYS = [
  'bind_address',
  'cluster_identifier',
  'cluster_scaling_disable',
  'cluster_scaling_interval',
  'consul',
  'consul_key_root',
  'consul_token',
  'http_port',
  'job_scaling_disable',
  'job_scaling_interval',
  'log_level',
  'nomad',
  'nomad_tls_server_name',
  'nomad_token',
  'opsgenie_service_key',
  'pagerduty_service_key',
  'rpc_port',
  'scaling_concurrency',
  'statsd_address',
];

test('docs/upgrading.md has one row for each of the 23 deliberate differences', () => {
  const table = /<!-- differences -->([\s\S]*?)<!-- end -->/.exec(page)?.[1] ?? '';
  const rows = table
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(2);
  expect(rows).toHaveLength(23);
  expect(rows.every((row) => row.split(' | ').length === 2)).toBe(true);
});

test('it names every key of a configuration file that the Go releases refuse', () => {
  const keys = OPTIONS.filter(({ place }) => place === 'everywhere').map(({ key }) => key);
  const added = keys.filter((key) => !GO_KEYS.includes(key));
  expect(GO_KEYS.filter((key) => !keys.includes(key))).toEqual([]);
  expect(added.filter((key) => !page.includes(`\`${key}\``))).toEqual([]);
});

import { expect, test } from 'vitest';
import { formatFault } from '../../src/config/fault.ts';
import { parseConfigDocument } from '../../src/config/parse.ts';
import { resolveConfig } from '../../src/config/resolve.ts';
import type { Config } from '../../src/config/config.ts';

function load(...documents: readonly string[]): Config {
  const parsed = documents.map((text, index) => parseConfigDocument(text, `${index}.hcl`));
  expect(parsed.flatMap(({ faults }) => faults.map(formatFault))).toEqual([]);
  const resolved = resolveConfig({
    flags: [],
    documents: parsed.map(({ settings }) => settings),
    environment: [],
  });
  if (resolved.kind === 'faults') throw new Error(resolved.faults.map(formatFault).join('\n'));
  return resolved.config;
}

const everyGoKey = `
  # every key that the Go releases know
  bind_address             = "0.0.0.0"
  http_port                = "1414"
  rpc_port                 = 1415
  consul                   = "consul.internal:8500"
  consul_key_root          = "ops/replicator"
  consul_token             = "consul-token"
  nomad                    = "http://nomad.internal:4646"
  nomad_token              = "nomad-token"
  nomad_tls_server_name    = "server.global.nomad"
  log_level                = "debug"
  job_scaling_interval     = 1
  cluster_scaling_interval = 2
  job_scaling_disable      = true
  cluster_scaling_disable  = true
  scaling_concurrency      = 5

  telemetry {
    statsd_address = "10.0.0.10:8125"
  }

  notification {
    pagerduty_service_key = "pagerduty-key"
    opsgenie_service_key  = "opsgenie-key"
    cluster_identifier    = "nomad-prod"
  }
`;

const sameAsJson = `{
  "bind_address": "0.0.0.0", "http_port": "1414", "rpc_port": 1415,
  "consul": "consul.internal:8500", "consul_key_root": "ops/replicator", "consul_token": "consul-token",
  "nomad": "http://nomad.internal:4646", "nomad_token": "nomad-token",
  "nomad_tls_server_name": "server.global.nomad", "log_level": "debug",
  "job_scaling_interval": 1, "cluster_scaling_interval": 2,
  "job_scaling_disable": true, "cluster_scaling_disable": true, "scaling_concurrency": 5,
  "telemetry": { "statsd_address": "10.0.0.10:8125" },
  "notification": [{
    "pagerduty_service_key": "pagerduty-key", "opsgenie_service_key": "opsgenie-key",
    "cluster_identifier": "nomad-prod"
  }]
}`;

const onOneLine = everyGoKey.replace(/#.*/, '').replaceAll('\n', ' ');
const withQuotedKeys = everyGoKey.replaceAll(/^(\s+)(\w+)( +)=/gm, '$1"$2"$3=');
const withAssignedBlocks = everyGoKey
  .replace('telemetry {', 'telemetry = {')
  .replace('notification {', 'notification = {');
const withText = everyGoKey.replaceAll(/= (\d+|true)$/gm, '= "$1"');

test.each([
  ['as HCL', everyGoKey],
  ['as JSON', sameAsJson],
  ['as HCL on one line', onOneLine],
  ['as HCL with quoted keys', withQuotedKeys],
  ['as HCL with blocks that are assigned', withAssignedBlocks],
  ['as HCL with every value in quotes', withText],
  ['as HCL with CRLF and a byte order mark', `\uFEFF${everyGoKey.replaceAll('\n', '\r\n')}`],
])('every key of the Go releases is read %s', (_name, text) => {
  const config = load(text);
  expect(config).toMatchObject({
    bindAddress: '0.0.0.0',
    httpPort: 1414,
    rpcPort: 1415,
    logLevel: 'debug',
    jobScalingIntervalMs: 1000,
    clusterScalingIntervalMs: 2000,
    jobScalingDisabled: true,
    clusterScalingDisabled: true,
    scalingConcurrency: 5,
    consul: { url: 'http://consul.internal:8500', keyRoot: 'ops/replicator' },
    nomad: { url: 'http://nomad.internal:4646', tls: { serverName: 'server.global.nomad' } },
    telemetry: { statsd: { host: '10.0.0.10', port: 8125 } },
    notification: { clusterIdentifier: 'nomad-prod' },
  });
  expect(config.consul.token?.reveal()).toBe('consul-token');
  expect(config.nomad.token?.reveal()).toBe('nomad-token');
  expect(config.notification.pagerdutyServiceKey?.reveal()).toBe('pagerduty-key');
  expect(config.notification.opsgenieServiceKey?.reveal()).toBe('opsgenie-key');
});

test('a configuration that leaves everything empty is the default one', () => {
  const text =
    'consul_token = ""\nnomad_token = ""\nhttp_port = ""\nnotification { pagerduty_service_key = "" }';
  expect(load(text)).toEqual(load());
});

test('files add up, and of two that give the same key the later one wins', () => {
  const config = load(
    'log_level = "debug"\nnotification { cluster_identifier = "a" }',
    'log_level = "error"\nnotification { pagerduty_service_key = "k" }',
  );
  expect(config.logLevel).toBe('error');
  expect(config.notification.clusterIdentifier).toBe('a');
  expect(config.notification.pagerdutyServiceKey?.reveal()).toBe('k');
});

import { parseAddress, parseEndpoint } from './address.ts';
import type { Config, ConsulConfig, NomadConfig, NotificationConfig } from './config.ts';
import { readContents } from './contents.ts';
import type { FileContent, GivenValue } from './contents.ts';
import type { ConfigFault } from './fault.ts';
import { mergeLayers } from './merge.ts';
import type { Layers } from './merge.ts';
import { checkRules } from './rules.ts';
import { Values } from './values.ts';

/** The configuration and what was given to make it, or everything that is wrong with it. */
export type ResolvedConfig =
  | { readonly kind: 'ok'; readonly config: Config; readonly given: ReadonlyMap<string, GivenValue> }
  | { readonly kind: 'faults'; readonly faults: readonly ConfigFault[] };

/** Merges the layers by precedence and checks the whole. `contents` has what stands at `pathsToRead`. */
export function resolveConfig(
  layers: Layers,
  contents: ReadonlyMap<string, FileContent> = new Map(),
): ResolvedConfig {
  const { values: given, faults } = readContents(mergeLayers(layers), contents);
  const all = [...faults, ...checkRules(given)];
  if (all.length > 0) return { kind: 'faults', faults: all };
  return { kind: 'ok', config: buildConfig(new Values(given)), given };
}

function buildConfig(values: Values): Config {
  return {
    bindAddress: values.get('bind_address'),
    httpPort: values.get('http_port'),
    httpToken: values.get('http_token'),
    rpcPort: values.get('rpc_port'),
    logLevel: values.get('dev') && !values.isGiven('log_level') ? 'debug' : values.get('log_level'),
    logFormat: values.get('log_format') ?? 'auto',
    jobScalingIntervalMs: values.get('job_scaling_interval') * 1000,
    clusterScalingIntervalMs: values.get('cluster_scaling_interval') * 1000,
    jobScalingDisabled: values.get('job_scaling_disable'),
    clusterScalingDisabled: values.get('cluster_scaling_disable'),
    scalingConcurrency: values.get('scaling_concurrency'),
    drainDeadlineMs: values.get('drain_deadline') * 1000,
    usageSource: values.get('usage_source'),
    nomad: buildNomad(values),
    consul: buildConsul(values),
    group: buildGroup(values),
    partitions: values.get('partitions'),
    telemetry: { statsd: parseEndpoint(values.get('statsd_address') ?? '') },
    notification: buildNotification(values),
  };
}

function buildNomad(values: Values): NomadConfig {
  return {
    url: urlOf(values.get('nomad'), 'http'),
    token: values.get('nomad_token'),
    namespace: values.get('nomad_namespace'),
    region: values.get('nomad_region'),
    tls: {
      caCert: values.pem('nomad_ca_cert')?.reveal(),
      clientCert: values.pem('nomad_client_cert')?.reveal(),
      clientKey: values.pem('nomad_client_key'),
      serverName: values.get('nomad_tls_server_name'),
      skipVerify: values.get('nomad_skip_verify'),
    },
  };
}

function buildConsul(values: Values): ConsulConfig {
  return {
    url: urlOf(values.get('consul'), values.get('consul_ssl') ? 'https' : 'http'),
    token: values.get('consul_token'),
    keyRoot: values.get('consul_key_root').replaceAll(/^\/+|\/+$/g, ''),
    tls: {
      caCert: values.pem('consul_ca_cert')?.reveal(),
      clientCert: values.pem('consul_client_cert')?.reveal(),
      clientKey: values.pem('consul_client_key'),
      serverName: undefined,
      skipVerify: false,
    },
  };
}

/** The address was checked when it was read; only its scheme may still be open. */
function urlOf(address: string, scheme: 'http' | 'https'): string {
  const parsed = parseAddress(address, scheme);
  return parsed.kind === 'ok' ? parsed.url : address;
}

function buildGroup(values: Values): Config['group'] {
  const name = values.get('group');
  return name === undefined ? undefined : { name, serviceId: values.get('service_id') ?? name };
}

function buildNotification(values: Values): NotificationConfig {
  return {
    clusterIdentifier: values.get('cluster_identifier'),
    pagerdutyServiceKey: values.get('pagerduty_service_key'),
    opsgenieServiceKey: values.get('opsgenie_service_key'),
    slackWebhookUrl: values.get('slack_webhook_url'),
    webhookUrl: values.get('webhook_url'),
    events: values.get('events'),
  };
}

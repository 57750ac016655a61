import type { Endpoint } from './address.ts';
import type { ValueOf } from './options.ts';
import type { Secret } from './secret.ts';

/** PEM texts, not paths. `skipVerify`: accept any certificate of the server. */
export interface TlsConfig {
  readonly caCert: string | undefined;
  readonly clientCert: string | undefined;
  readonly clientKey: Secret | undefined;
  readonly serverName: string | undefined;
  readonly skipVerify: boolean;
}

export interface NomadConfig {
  /** `http://host:port`, no slash at its end. */
  readonly url: string;
  readonly token: Secret | undefined;
  /** `*` is every namespace that the token can see. */
  readonly namespace: string;
  /** Undefined: the region of the Nomad agent. */
  readonly region: string | undefined;
  readonly tls: TlsConfig;
}

export interface ConsulConfig {
  /** `http://host:port`, no slash at its end. */
  readonly url: string;
  readonly token: Secret | undefined;
  /** Without a slash at either end. */
  readonly keyRoot: string;
  readonly tls: TlsConfig;
}

export interface NotificationConfig {
  readonly clusterIdentifier: string | undefined;
  readonly pagerdutyServiceKey: Secret | undefined;
  readonly opsgenieServiceKey: Secret | undefined;
  readonly slackWebhookUrl: Secret | undefined;
  readonly webhookUrl: Secret | undefined;
  /** Undefined: all events. */
  readonly events: readonly string[] | undefined;
}

/** The whole configuration, checked and with its defaults. Safe to print: secrets show as `(redacted)`. */
export interface Config {
  readonly bindAddress: string;
  /** −1: no HTTP server. 0: a free port. */
  readonly httpPort: number;
  readonly httpToken: Secret | undefined;
  /** Accepted, not used. */
  readonly rpcPort: number;
  readonly logLevel: ValueOf<'log_level'>;
  /** `auto`: text on a terminal, else json. */
  readonly logFormat: 'text' | 'json' | 'auto';
  readonly jobScalingIntervalMs: number;
  readonly clusterScalingIntervalMs: number;
  readonly jobScalingDisabled: boolean;
  readonly clusterScalingDisabled: boolean;
  readonly scalingConcurrency: number;
  readonly drainDeadlineMs: number;
  readonly usageSource: ValueOf<'usage_source'>;
  readonly nomad: NomadConfig;
  readonly consul: ConsulConfig;
  /** Undefined: standalone. */
  readonly group: { readonly name: string; readonly serviceId: string } | undefined;
  readonly partitions: number;
  readonly telemetry: { readonly statsd: Endpoint | undefined };
  readonly notification: NotificationConfig;
}

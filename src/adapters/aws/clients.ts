import * as http from 'node:http';
import * as https from 'node:https';
import type { TlsOptions } from '../../ports/tls.ts';
import type { AwsOptions, SdkRequestHandler } from './options.ts';
import { makeClient } from './sdk.ts';
import type { SdkClients, SdkConfig, ServiceName } from './sdk.ts';

const CONNECT_MS = 2_000;
const READ_ATTEMPT_MS = 8_000;
const READ_ATTEMPTS = 3;
/** Connections to one service of one region. */
const MOST_SOCKETS = 16;

/** Whatever the SDK takes for its request handler. */
export type Transport = NonNullable<SdkConfig['requestHandler']>;

/** The SDK's clients, made when they are first asked for: one a service and region for reads, one for each write. */
export class Clients {
  private readonly options: AwsOptions;
  private readonly agents: { readonly http: http.Agent; readonly https: https.Agent };
  private readonly readers: { readonly [Service in ServiceName]: Map<string, SdkClients[Service]> } = {
    autoscaling: new Map(),
    ec2: new Map(),
  };
  private credentials: SdkConfig['credentials'];

  constructor(options: AwsOptions) {
    this.options = options;
    const kept = { keepAlive: true, maxSockets: MOST_SOCKETS, maxFreeSockets: MOST_SOCKETS };
    this.agents = {
      http: new http.Agent(kept),
      https: new https.Agent({ ...kept, ...agentTls(options.tls ?? {}) }),
    };
  }

  /** For reads: up to three attempts, paced by the SDK. */
  reader<Service extends ServiceName>(service: Service, region: string): SdkClients[Service] {
    const known = this.readers[service].get(region);
    if (known !== undefined) return known;
    const { requestHandler } = this.options;
    const client = makeClient(
      service,
      requestHandler === undefined ? this.overSockets(region) : inMemory(service, region, requestHandler),
    );
    this.readers[service].set(region, client);
    this.credentials ??= client.config.credentials;
    return client;
  }

  /** For one mutating call: one attempt over `transport`, with the credentials and the clock of the reads. */
  writer<Service extends ServiceName>(
    service: Service,
    region: string,
    transport: Transport,
  ): SdkClients[Service] {
    const { config } = this.reader(service, region);
    const { requestHandler } = this.options;
    return makeClient(service, {
      ...(requestHandler === undefined ? { region } : inMemory(service, region, requestHandler)),
      credentials: config.credentials,
      systemClockOffset: config.systemClockOffset,
      retryMode: 'standard',
      maxAttempts: 1,
      requestHandler: transport,
    });
  }

  /** Closes the connections that are kept. */
  destroy(): void {
    this.agents.http.destroy();
    this.agents.https.destroy();
  }

  private overSockets(region: string): SdkConfig {
    return {
      region,
      ...(this.credentials !== undefined && { credentials: this.credentials }),
      retryMode: 'adaptive',
      maxAttempts: READ_ATTEMPTS,
      requestHandler: {
        connectionTimeout: CONNECT_MS,
        requestTimeout: this.options.readAttemptMs ?? READ_ATTEMPT_MS,
        throwOnRequestTimeout: true,
        httpAgent: this.agents.http,
        httpsAgent: this.agents.https,
        logger: SILENT,
      },
    };
  }
}

/** Nothing is read of the machine, so that a call takes no more than promises to settle. */
function inMemory(service: ServiceName, region: string, handler: SdkRequestHandler): SdkConfig {
  return {
    region,
    endpoint: `https://${service}.${region}.amazonaws.com`,
    credentials: { accessKeyId: 'simulated', secretAccessKey: 'simulated' },
    retryMode: 'standard',
    maxAttempts: 1,
    defaultsMode: 'standard',
    userAgentAppId: 'replicator',
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    authSchemePreference: [],
    disableClockSkewCorrection: false,
    requestHandler: { handle: handler.handle.bind(handler) },
  };
}

const silence = (): void => undefined;
const SILENT = { trace: silence, debug: silence, info: silence, warn: silence, error: silence };

function agentTls(tls: TlsOptions): https.AgentOptions {
  return {
    ...(tls.caCert !== undefined && { ca: tls.caCert }),
    ...(tls.clientCert !== undefined && { cert: tls.clientCert }),
    ...(tls.clientKey !== undefined && { key: tls.clientKey }),
    ...(tls.serverName !== undefined && { servername: tls.serverName }),
    rejectUnauthorized: tls.skipVerify !== true,
  };
}

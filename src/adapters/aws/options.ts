import type * as http from 'node:http';
import type { Clock } from '../../ports/clock.ts';
import type { ObserveRequest } from '../../ports/metrics.ts';
import type { TlsOptions } from '../../ports/tls.ts';
import type { WritePermit } from '../../ports/write-permit.ts';

/** One mutating request's connection, which asks the permit where the first byte is written. */
export interface GuardedAgent {
  readonly agent: http.Agent;
  /** True once the first byte was let pass. */
  begun(): boolean;
  /** What the permit threw instead, if it did. */
  refusal(): unknown;
  close(): Promise<void>;
}

/** A request as the SDK hands it over, signed. */
export interface SdkRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An answer as the SDK takes it; header names in lower case. */
export interface SdkResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Carries requests instead of sockets. */
export interface SdkRequestHandler {
  handle(
    request: SdkRequest,
    options?: { readonly abortSignal?: AbortSignal },
  ): Promise<{ readonly response: SdkResponse }>;
}

/** What the AWS adapter is made from. Credentials and endpoints are the SDK's own affair. */
export interface AwsOptions {
  readonly clock: Clock;
  /** Makes the connection of one mutating request; TLS options are undefined for plain HTTP. */
  readonly writeAgent: (permit: WritePermit, tls: TlsOptions | undefined) => GuardedAgent;
  /** Told of every call; the SDK's further attempts at a read are one. */
  readonly observe?: ObserveRequest | undefined;
  /** How endpoints are met over TLS; Node's defaults otherwise. */
  readonly tls?: TlsOptions | undefined;
  /** Carries requests: nothing is read of the machine then, no credentials are needed, nothing is tried twice. */
  readonly requestHandler?: SdkRequestHandler | undefined;
  /** Time for one attempt of a read, 8 s if not given. */
  readonly readAttemptMs?: number | undefined;
}

import type * as http from 'node:http';
import type { AxiosAdapter } from 'axios';
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

/** What the Nomad adapter is made from. */
export interface NomadOptions {
  /** `http://127.0.0.1:4646`; a path in it is put before every request's. */
  readonly address: string;
  readonly token?: string | undefined;
  /** `*` for all that the token can see. */
  readonly namespace: string;
  readonly region?: string | undefined;
  /** `node`: clients are asked for what they publish of their allocations, and Nomad only for the rest. */
  readonly usageSource?: 'allocation' | 'node' | undefined;
  readonly tls: TlsOptions;
  readonly clock: Clock;
  /** 0 ≤ value < 1: jitter of waits and backoffs. */
  readonly random: () => number;
  /** Makes the connection of one mutating request; TLS options are undefined for plain HTTP. */
  readonly writeAgent: (permit: WritePermit, tls: TlsOptions | undefined) => GuardedAgent;
  /** Told of every request. */
  readonly observe?: ObserveRequest | undefined;
  /** Carries requests instead of sockets. */
  readonly adapter?: AxiosAdapter | undefined;
  /** A stale answer from a server longer out of touch with its leader is refused. */
  readonly staleLimitMs?: number | undefined;
}

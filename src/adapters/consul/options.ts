import type { Agent } from 'node:http';
import type { Clock } from '../../ports/clock.ts';
import type { ObserveRequest } from '../../ports/metrics.ts';
import type { TlsOptions } from '../../ports/tls.ts';
import type { WritePermit } from '../../ports/write-permit.ts';

/** The connection of one fenced write, which asks the permit in the turn that writes its first byte. */
export interface GuardedAgent {
  readonly agent: Agent;
  /** True once the first byte was let pass. */
  begun(): boolean;
  /** What the permit threw instead, if it did. */
  refusal(): unknown;
  close(): Promise<void>;
}

/** Makes the connection of one fenced write; `tls` is undefined for an http address. */
export type WriteAgentFactory = (permit: WritePermit, tls: TlsOptions | undefined) => GuardedAgent;

/** How connections are made. An `agent` replaces all of them, but those of writes where both are given. */
type Carrier =
  | { readonly writeAgent: WriteAgentFactory; readonly agent?: Agent | undefined }
  | { readonly writeAgent?: undefined; readonly agent: Agent };

/** What the Consul adapter is made from. */
export type CoordinationOptions = Carrier & {
  /** `http://host:port` or `https://host:port`, a path in front of `/v1` allowed. */
  readonly address: string;
  readonly token?: string | undefined;
  readonly tls?: TlsOptions | undefined;
  readonly clock: Clock;
  /** Told of every request. */
  readonly observe?: ObserveRequest | undefined;
  /** How long a blocking read asks Consul to wait, milliseconds; 30,000 unless told. */
  readonly waitMs?: number | undefined;
  /** 0 ≤ value < 1: spreads `waitMs` by a tenth each way; `Math.random` unless told. */
  readonly random?: (() => number) | undefined;
};

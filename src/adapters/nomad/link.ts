import type { Clock } from '../../ports/clock.ts';
import type { TlsOptions } from '../../ports/tls.ts';
import { openConnections, READ_CONNECTIONS, SHORT_CONNECTIONS, WRITE_CONNECTIONS } from './connections.ts';
import type { Connections } from './connections.ts';
import { createExchange } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import { FairQueue } from './fair-queue.ts';
import type { NomadOptions } from './options.ts';

/** What reading and writing share: one server, its connections, and their end. */
export interface Link {
  readonly clock: Clock;
  readonly random: () => number;
  readonly options: NomadOptions;
  readonly exchange: Exchange;
  readonly connections: Connections;
  /** TLS options of an https address; undefined for plain HTTP. */
  readonly secure: TlsOptions | undefined;
  /** Host and port, for error texts. */
  readonly host: string;
  /** Turns of ordinary reads (`read`, among them `retry`) and of mutating requests (`write`). */
  readonly short: FairQueue;
  /** Aborted when the adapter is closed. */
  readonly closing: AbortController;
}

/** Makes the link; throws TypeError when the address is no URL. */
export function createLink(options: NomadOptions): Link {
  const address = new URL(options.address);
  const secure = address.protocol === 'https:' ? options.tls : undefined;
  const limits: Readonly<Record<string, number>> = {
    read: READ_CONNECTIONS,
    retry: 1,
    write: WRITE_CONNECTIONS,
  };
  return {
    clock: options.clock,
    random: options.random,
    options,
    exchange: createExchange(options),
    connections: openConnections(secure),
    secure,
    host: address.host,
    short: new FairQueue(SHORT_CONNECTIONS, (name) => limits[name] ?? SHORT_CONNECTIONS),
    closing: new AbortController(),
  };
}

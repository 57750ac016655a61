import type { Clock } from '../../ports/clock.ts';
import type { TlsOptions } from '../../ports/tls.ts';
import { openConnections, READ_CONNECTIONS, SHORT_CONNECTIONS } from './connections.ts';
import type { Connections } from './connections.ts';
import { createExchange } from './exchange.ts';
import type { Exchange, OpenExchange } from './exchange.ts';
import { FairQueue } from './fair-queue.ts';
import { Interruptions } from './interruptions.ts';
import type { NomadOptions } from './options.ts';

/** What reading and writing share: one server, its connections, and their end. */
export interface Link {
  readonly clock: Clock;
  readonly random: () => number;
  readonly options: NomadOptions;
  readonly exchange: Exchange;
  readonly open: OpenExchange;
  readonly connections: Connections;
  /** TLS options of an https address; undefined for plain HTTP. */
  readonly secure: TlsOptions | undefined;
  /** Host and port, for error texts. */
  readonly host: string;
  /** Turns of ordinary reads (`read`; among them `node`, `retry`), mutating requests (`write`), the list of nodes (`list`). */
  readonly short: FairQueue;
  /** The ordinary reads under way. */
  readonly reads: Interruptions;
  /** Aborted when the adapter is closed. */
  readonly closing: AbortController;
}

/** Makes the link; throws TypeError when the address is no URL. */
export function createLink(options: NomadOptions): Link {
  const address = new URL(options.address);
  const secure = address.protocol === 'https:' ? options.tls : undefined;
  return {
    clock: options.clock,
    random: options.random,
    options,
    ...createExchange(options),
    connections: openConnections(secure),
    secure,
    host: address.host,
    short: createTurns(),
    reads: new Interruptions(),
    closing: new AbortController(),
  };
}

/** Reads always find a connection that writes leave; the list of nodes takes one of the writes'. */
function createTurns(): FairQueue {
  const turns: FairQueue = new FairQueue(SHORT_CONNECTIONS, (name) => {
    if (name === 'read') return READ_CONNECTIONS;
    return name === 'write' ? SHORT_CONNECTIONS - 1 - turns.underWay('list') : 1;
  });
  return turns;
}

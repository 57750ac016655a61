import { StatsD } from 'hot-shots';
import type { CounterPath } from '../../domain/statsd-counters.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Counters } from '../../ports/metrics.ts';
import { createLookup, type Resolve } from './lookup.ts';

/** Where a statsd listens, and whom to tell that it cannot be reached. */
export interface StatsdOptions {
  readonly host: string;
  readonly port: number;
  readonly clock: Clock;
  /** Told once. */
  readonly failed: (error: Error) => void;
  /** How long counters are gathered before they are sent, milliseconds; 500 if not given. */
  readonly gatherMs?: number | undefined;
  /** Looks names up instead of the system. */
  readonly resolve?: Resolve | undefined;
}

/** Counters over UDP, and their end: `close` sends what is gathered and takes at most 0.6 s. */
export interface Statsd extends Counters {
  close(): Promise<void>;
}

/** Fits into one packet of any network. */
const PACKET_BYTES = 1_400;

/** Sends plain statsd, as the Go releases do: no tags, whatever the environment says. */
export function createStatsd(options: StatsdOptions): Statsd {
  const lookup = createLookup(options.clock, options.resolve);
  const tell = tellOnce(options);
  const client = new StatsD({
    host: options.host,
    port: options.port,
    prefix: 'replicator.',
    maxBufferSize: PACKET_BYTES,
    bufferFlushInterval: options.gatherMs ?? 500,
    udpSocketOptions: { type: options.host.includes(':') ? 'udp6' : 'udp4', lookup: lookup.lookup },
    includeDataDogTags: false,
    datadog: false,
    errorHandler: tell,
  });
  return {
    count: (path) => client.increment(nameOf(path), ONE, 1, undefined),
    close: async () => {
      const closed = close(client);
      lookup.close();
      await closed;
    },
  };
}

/** Where what is gathered cannot be sent any more hot-shots leaves its socket open: then it is closed once more. */
function close(client: StatsD): Promise<void> {
  return new Promise((resolve) => {
    client.close((error) => (error ? client.close(() => resolve()) : resolve()));
  });
}

/** hot-shots writes a value as it gets it; the Go releases write six places after the point. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its types want a number, its code takes any value
const ONE = '1.000000' as unknown as number;

/** Separators of the protocol cannot stand in a name. */
function nameOf(path: CounterPath): string {
  return path.join('.').replaceAll(/[:|\s]/g, '_');
}

function tellOnce({ host, port, failed }: StatsdOptions): (error: Error) => void {
  let isTold = false;
  return (error) => {
    if (isTold) return;
    isTold = true;
    failed(new Error(`statsd at ${host}:${port} cannot be reached: ${codeOf(error)}; telemetry is lost`));
  };
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}

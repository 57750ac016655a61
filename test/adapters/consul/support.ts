import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { type ConsulAdapter, createCoordination } from '../../../src/adapters/consul/coordination.ts';
import type { CoordinationOptions } from '../../../src/adapters/consul/options.ts';
import { systemClock } from '../../../src/adapters/system/clock.ts';
import { createWriteAgent } from '../../../src/adapters/system/write-agent.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import { isPortError, type PortError } from '../../../src/ports/port-error.ts';
import type { WritePermit } from '../../../src/ports/write-permit.ts';

export type Adapter = ConsulAdapter;

/** One call and its answer as recorded. */
export interface Exchange {
  readonly note?: string;
  readonly method: string;
  readonly path: string;
  readonly requestBody?: unknown;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly bodyText?: string;
}

/** The exchanges of one recording of a real Consul. */
export function recording(name: string): readonly Exchange[] {
  const url = new URL(`../../recordings/consul-1.8.7/${name}.json`, import.meta.url);
  const { exchanges } = JSON.parse(readFileSync(url, 'utf8')) as { exchanges: readonly Exchange[] };
  return exchanges;
}

/** Writes a recorded answer as it was sent. */
export function replay(exchange: Exchange, response: ServerResponse): void {
  const { 'Content-Length': _length, Connection: _connection, ...headers } = exchange.headers;
  const text = exchange.body === undefined ? (exchange.bodyText ?? '') : JSON.stringify(exchange.body);
  response.writeHead(exchange.status, headers).end(text);
}

/** An HTTP server on loopback that is closed, with its connections, at the end of the test. */
export async function startFake(
  answer: (request: IncomingMessage, response: ServerResponse) => unknown,
  host = '127.0.0.1',
): Promise<{ address: string; connections: () => Promise<number> }> {
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, host, resolve);
  });
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    connections: () =>
      new Promise((resolve, reject) => {
        server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
      }),
  };
}

/** An adapter that its maker closes. */
export function open(address: string, options: Partial<CoordinationOptions> = {}): Adapter {
  const settings = { clock: systemClock(), writeAgent: createWriteAgent, ...options, address };
  return createCoordination(settings as CoordinationOptions);
}

/** An adapter that is closed at the end of the test. */
export function connect(address: string, options: Partial<CoordinationOptions> = {}): Adapter {
  const adapter = open(address, options);
  onTestFinished(() => adapter.close());
  return adapter;
}

/** A signal that nobody aborts. */
export function never(): AbortSignal {
  return new AbortController().signal;
}

export function permit(assertHeld: () => void = () => {}, signal = never()): WritePermit {
  return { assertHeld, signal };
}

/** What a call failed with; fails itself when the call succeeds or throws anything else. */
export async function failureOf(call: Promise<unknown>): Promise<PortError> {
  const outcome = await call.then(
    (value: unknown) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in outcome && isPortError(outcome.error)) return outcome.error;
  throw new Error('no PortError', { cause: outcome });
}

/** A clock that only `advance` moves. */
export interface HandClock extends Clock {
  advance(ms: number): void;
  readonly pending: () => number;
}

export function handClock(): HandClock {
  let time = 0;
  const timers = new Set<{ at: number; run: () => void }>();
  const after = (ms: number, run: () => void) => {
    const timer = { at: time + ms, run };
    timers.add(timer);
    return () => void timers.delete(timer);
  };
  return {
    now: () => time,
    monotonicMs: () => time,
    sleep: (ms) => new Promise((resolve) => void after(ms, resolve)),
    after,
    advance: (ms) => {
      time += ms;
      for (const timer of [...timers].filter(({ at }) => at <= time)) {
        timers.delete(timer);
        timer.run();
      }
    },
    pending: () => timers.size,
  };
}

import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { createDecisionRing } from '../../src/agent/decision-ring.ts';
import type { AgentEvent } from '../../src/agent/events.ts';
import { createOperatorDesk } from '../../src/agent/operator/desk.ts';
import { startPulse } from '../../src/agent/pulse.ts';
import { createStatusView, hearForView } from '../../src/agent/status-view.ts';
import type { Served } from '../../src/http/route.ts';
import { type HttpServer, type RequestSeen, startHttp } from '../../src/http/server.ts';
import type { SelfStatus, StatusView } from '../../src/ports/status-view.ts';
import type { VirtualAgent } from '../support/virtual-agent.ts';
import { VirtualCluster, type VirtualClusterOptions } from '../support/virtual-cluster.ts';
import { drive } from '../support/virtual-agent.ts';

export const TOKEN = 'planted-http-token';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly json: unknown;
}

export interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A server under test and what it has told. */
export interface ServerRoom {
  readonly server: HttpServer;
  readonly seen: readonly RequestSeen[];
  readonly failures: readonly unknown[];
  readonly audits: readonly string[];
  ask(path: string, asking?: Asking): Promise<HttpAnswer>;
  /** Sends bytes as they are; resolves with everything that came back once the connection is closed. */
  raw(bytes: string | Buffer, limitMs?: number): Promise<string>;
}

/** A server that answers what is given; it ends with the test. */
export async function openServer(
  served: () => Pick<Served, 'view' | 'desk'> | undefined,
  part: { readonly bindAddress?: string; readonly token?: string | undefined } = {},
): Promise<ServerRoom> {
  const seen: RequestSeen[] = [];
  const failures: unknown[] = [];
  const audits: string[] = [];
  const page = {
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
    text: () => Promise.resolve('up 1\n'),
  };
  const server = await startHttp({
    bindAddress: part.bindAddress ?? '127.0.0.1',
    port: 0,
    token: 'token' in part ? part.token : TOKEN,
    clock: systemClock(),
    served: () => {
      const given = served();
      return given && { ...given, page, audit: (line) => void audits.push(line) };
    },
    seen: (one) => void seen.push(one),
    failed: (error) => void failures.push(error),
  });
  onTestFinished(() => server.close());
  return {
    server,
    seen,
    failures,
    audits,
    ask: (path, asking) => ask(server.address, path, asking),
    raw: (bytes, limitMs) => sendRaw(server.address, bytes, limitMs),
  };
}

function ask(
  address: string,
  path: string,
  { method = 'GET', headers = {}, body }: Asking = {},
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(`http://${address}`, { path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => void chunks.push(chunk));
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const isJson = response.headers['content-type'] === 'application/json';
        const json: unknown = isJson ? JSON.parse(text) : undefined;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json });
      });
      response.once('error', reject);
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

function sendRaw(address: string, bytes: string | Buffer, limitMs = 15_000): Promise<string> {
  const [host = '', port = ''] = address.split(':');
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect({ host, port: Number(port) });
    const timer = setTimeout(() => socket.destroy(new Error(`not closed within ${limitMs} ms`)), limitMs);
    socket.on('data', (chunk: Buffer) => void chunks.push(chunk));
    socket.once('connect', () => socket.write(bytes));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks).toString('utf8'));
    });
  });
}

/** A cluster in virtual time, an agent in it, and its API on a real port. */
export interface ApiRoom extends ServerRoom {
  readonly cluster: VirtualCluster;
  readonly agent: VirtualAgent;
  readonly view: StatusView;
}

export const SELF: SelfStatus = {
  id: 'agent-1',
  group: undefined,
  version: '2.0.0',
  startedMs: 0,
  uptimeMs: 1,
  servers: { nomad: '1.0.18', consul: undefined },
  off: ['no statsd'],
  settings: [
    { key: 'http_port', value: 1313, from: 'default', where: '' },
    { key: 'events', value: ['all'], from: 'file', where: 'a.hcl:3' },
    { key: 'http_token', value: '(redacted)', from: 'flag', where: '-http-token' },
    { key: 'group', value: undefined, from: 'default', where: '' },
    { key: 'dev', value: false, from: 'env', where: 'X' },
  ],
  pending: [],
};

export interface ApiOptions extends VirtualClusterOptions {
  /** True: another agent, which has the API of nobody, leads. */
  readonly follows?: boolean;
  /** True: the agent is a member of the group `blue`. */
  readonly isMember?: boolean;
  /** What differs in what it says of itself. */
  readonly self?: Partial<SelfStatus>;
  /** Told of the agent before anything has happened. */
  readonly begun?: (agent: VirtualAgent) => void;
}

/** Starts the agent and leaves it to the test to let time pass. */
export async function openApi(options: ApiOptions = {}): Promise<ApiRoom> {
  const cluster = new VirtualCluster(options);
  const { clock } = cluster;
  if (options.follows === true) {
    cluster.startAgent('leader');
    await cluster.until(/leadership lock obtained/);
  }
  const ring = createDecisionRing(() => clock.now());
  const started: { agent?: VirtualAgent } = {};
  const settings = () => started.agent?.settings ?? SETTINGS;
  const pulse = startPulse({ clock, machineClock: clock, settings });
  const heard = (event: AgentEvent): void => hearForView({ ring, pulse }, event, started.agent?.sources);
  const group = options.isMember === true ? { name: 'blue', serviceId: 'agent-1' } : undefined;
  const ear = { heard, observe: pulse.observe, ...(group && { group }) };
  const agent = cluster.startAgent('agent-1', '', ear);
  started.agent = agent;
  options.begun?.(agent);
  const { sources, coordination } = agent;
  pulse.attach(sources);
  onTestFinished(async () => {
    pulse.stop();
    await cluster.stop();
  });
  const view = createStatusView(sources, {
    ring,
    pulse,
    clock,
    nodeOf: () => 'consul-1',
    self: () => ({ ...SELF, group: group?.name, ...options.self }),
    name: 'host-1',
    address: () => '127.0.0.1:1313',
  });
  const inner = createOperatorDesk({ coordination, clock, keys: cluster.keys });
  const desk = {
    carryOut: (...of: Parameters<typeof inner.carryOut>) => drive(clock, inner.carryOut(...of)),
  };
  const room = await openServer(() => ({ view, desk }));
  return { ...room, cluster, agent, view };
}

/** For servers that nothing is changed at. */
export const NO_DESK = { carryOut: () => Promise.reject(new Error('nothing is to be changed')) };

const SETTINGS = {
  jobScalingIntervalMs: 10_000,
  jobScalingDisabled: false,
  clusterScalingIntervalMs: 10_000,
  clusterScalingDisabled: true,
  drainDeadlineMs: 900_000,
  scalingConcurrency: 10,
  usageDeadlineMs: 8_000,
};

import { request } from 'node:http';
import { connect } from 'node:net';
import { type RunningCli, spawnCli } from '../../support/processes.ts';
import { startAgentProcess } from './agents.ts';

export interface Answered {
  readonly status: number;
  readonly text: string;
  readonly json: unknown;
}

/** An agent whose HTTP API is asked. */
export interface HttpAgent extends RunningCli {
  /** `127.0.0.1:<port>` */
  readonly address: string;
  get(path: string): Promise<Answered>;
  put(path: string, body: unknown, token: string): Promise<Answered>;
  /** Sends bytes and answers what came back until the connection was closed, or `limitMs` had passed. */
  raw(bytes: Buffer, limitMs?: number): Promise<string>;
}

/** Starts an agent with its API on a free port. */
export async function startHttpAgent(place: Parameters<typeof startAgentProcess>[0]): Promise<HttpAgent> {
  const agent = startAgentProcess({ ...place, flags: ['-http-port=0', ...(place.flags ?? [])] });
  const line = await agent.waitForLine(/the HTTP API listens at (\S+)$/, 20_000);
  const address = /listens at (\S+)$/.exec(line.text)?.[1] ?? '';
  return Object.assign(agent, {
    address,
    get: (path: string) => ask(address, { path, method: 'GET' }),
    put: (path: string, body: unknown, token: string) =>
      ask(address, { path, method: 'PUT', headers: { 'X-Replicator-Token': token } }, JSON.stringify(body)),
    raw: (bytes: Buffer, limitMs = 5_000) => sendRaw(address, bytes, limitMs),
  });
}

function ask(
  address: string,
  options: {
    readonly path: string;
    readonly method: string;
    readonly headers?: Readonly<Record<string, string>>;
  },
  body?: string,
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const sent = request(`http://${address}`, { ...options, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.once('end', () => {
        const isJson = response.headers['content-type'] === 'application/json';
        const json: unknown = isJson ? JSON.parse(text) : undefined;
        resolve({ status: response.statusCode ?? 0, text, json });
      });
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

function sendRaw(address: string, bytes: Buffer, limitMs: number): Promise<string> {
  const [host = '', port = ''] = address.split(':');
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect({ host, port: Number(port) });
    const timer = setTimeout(() => socket.destroy(), limitMs);
    socket.on('data', (chunk: Buffer) => void chunks.push(chunk));
    socket.once('connect', () => socket.write(bytes));
    socket.on('error', () => undefined);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks).toString('utf8'));
    });
  });
}

/** A simulated server that can be stopped and started again at the same port. */
export interface Returning {
  readonly url: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** A simulated Nomad, or Consul, at that port. */
export function simulated(server: 'nomad' | 'consul', port: number, more: readonly string[] = []): Returning {
  const other = server === 'nomad' ? '--consul-port=-1' : '--nomad-port=0';
  let running: RunningCli | undefined;
  return {
    url: `http://127.0.0.1:${port}`,
    start: async () => {
      running = spawnCli(['simulate', `--${server}-port=${port}`, other, '--aws-port=-1', ...more]);
      await running.waitForLine(/"nomad":/, 20_000);
    },
    stop: async () => {
      await running?.stop('SIGKILL');
      running = undefined;
    },
  };
}

import * as http from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** One request as the proxy saw it. Times are Date.now(); `forwardedMs` is absent while it is held. */
export interface ProxiedRequest {
  readonly seq: number;
  readonly arrivedMs: number;
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  readonly body: string;
  forwardedMs?: number;
  status?: number;
}

/**
 * What the proxy does with a request: pass it on, or after `until`; or pass it on and keep the answer, told of by
 * `answered`; or answer by itself; or cut it.
 */
export type Fault =
  | { readonly kind: 'hold'; readonly until: Promise<unknown> }
  | { readonly kind: 'keep-answer'; readonly answered: () => void }
  | { readonly kind: 'answer'; readonly status: number; readonly body: string }
  | { readonly kind: 'reset' }
  | { readonly kind: 'silence' };

/** A reverse proxy on loopback that logs every request and can do faults to it. */
export interface FaultProxy {
  readonly url: string;
  readonly address: string;
  readonly log: readonly ProxiedRequest[];
  /** Asked for each request before it is forwarded; undefined passes it on. */
  rule: (request: ProxiedRequest) => Fault | undefined;
  /** The most sockets open at once that carried anything but requests for statistics. */
  maxOpenBesideStatistics(): number;
  /** Told of each request when it arrives. */
  arrived: (request: ProxiedRequest) => void;
  stop(): Promise<void>;
}

/** Requests that change something, as servers of this kind see it. */
export function isMutating({ method }: Pick<ProxiedRequest, 'method'>): boolean {
  return method !== 'GET' && method !== 'HEAD';
}

/** Starts a proxy in front of `target` (a URL). */
export async function startProxy(target: string): Promise<FaultProxy> {
  const log: ProxiedRequest[] = [];
  const upstream = new http.Agent({ keepAlive: true });
  const server = http.createServer((incoming, answer) => {
    void serve(incoming, answer).catch(() => answer.destroy());
  });
  const beside = new Set<unknown>();
  let most = 0;
  const countSocket = ({ socket, url }: http.IncomingMessage): void => {
    if (beside.has(socket) || (url ?? '').startsWith('/v1/client/allocation/')) return;
    beside.add(socket);
    most = Math.max(most, beside.size);
    socket.once('close', () => beside.delete(socket));
  };
  const proxy: { -readonly [K in keyof FaultProxy]: FaultProxy[K] } = {
    url: '',
    address: '',
    log,
    maxOpenBesideStatistics: () => most,
    rule: () => undefined,
    arrived: () => undefined,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      upstream.destroy();
      await once(server, 'close');
    },
  };

  async function serve(incoming: http.IncomingMessage, answer: http.ServerResponse): Promise<void> {
    countSocket(incoming);
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const request: ProxiedRequest = {
      seq: log.length,
      arrivedMs: Date.now(),
      method: incoming.method ?? '',
      path: incoming.url ?? '',
      body: body.toString(),
    };
    log.push(request);
    proxy.arrived(request);
    const fault = proxy.rule(request);
    if (fault?.kind === 'silence') return;
    if (fault?.kind === 'reset') {
      incoming.socket.resetAndDestroy();
      return;
    }
    if (fault?.kind === 'answer') {
      request.status = fault.status;
      answer.writeHead(fault.status, { 'content-type': 'text/plain' }).end(fault.body);
      return;
    }
    if (fault?.kind === 'hold') await fault.until;
    const kept = fault?.kind === 'keep-answer' ? fault.answered : undefined;
    forward({ incoming, answer, body, request, kept });
  }

  function forward(of: {
    incoming: http.IncomingMessage;
    answer: http.ServerResponse;
    body: Buffer;
    request: ProxiedRequest;
    kept: (() => void) | undefined;
  }): void {
    const { incoming, answer, request, kept } = of;
    request.forwardedMs = Date.now();
    const out = http.request(new URL(request.path, target), {
      method: request.method,
      headers: incoming.headers,
      agent: upstream,
    });
    out.on('error', () => answer.destroy());
    out.on('response', (response) => {
      request.status = response.statusCode ?? 0;
      if (kept) {
        response.resume();
        response.on('end', kept);
        return;
      }
      answer.writeHead(request.status, response.headers);
      response.pipe(answer);
      response.on('error', () => answer.destroy());
    });
    answer.on('close', () => {
      if (!answer.writableFinished) out.destroy();
    });
    out.end(of.body);
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  proxy.address = `127.0.0.1:${port}`;
  proxy.url = `http://${proxy.address}`;
  return proxy;
}

import { createServer } from 'node:http';
import { faceHandler } from './http-handler.ts';
import type { AddressInfo } from 'node:net';
import type { Face } from './face.ts';
import type { HandlerOptions } from './http-handler.ts';

export type { RequestLogEntry } from './http-handler.ts';

export interface ServeOptions extends HandlerOptions {
  readonly host?: string;
  /** 0, the default: a free one. */
  readonly port?: number;
}

/** A face behind a socket. */
export interface FaceServer {
  readonly port: number;
  readonly url: string;
  /** Sockets open now. */
  connections(): number;
  /** The most sockets that were open at once. */
  maxConnections(): number;
  close(): Promise<void>;
}

/** Serves a face over HTTP. Rejects when the port cannot be had. */
export async function serveFace(face: Face, options: ServeOptions = {}): Promise<FaceServer> {
  const { host = '127.0.0.1', port = 0, ...rest } = options;
  const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, faceHandler(face, rest));
  let open = 0;
  let most = 0;
  server.on('connection', (socket) => {
    open += 1;
    most = Math.max(most, open);
    socket.on('close', () => {
      open -= 1;
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const bound = isAddress(address) ? address.port : port;
  return {
    port: bound,
    url: `http://${host}:${bound}`,
    connections: () => open,
    maxConnections: () => most,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function isAddress(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}

/** One face made of several: the first whose path beginning fits answers, in the order given. */
export function mountFaces(mounts: readonly (readonly [string, Face])[]): Face {
  return {
    async handle(request) {
      const face = mounts.find(([beginning]) => request.path.startsWith(beginning))?.[1];
      return face ? face.handle(request) : { status: 404, headers: {}, body: '' };
    },
  };
}

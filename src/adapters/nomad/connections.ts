import * as http from 'node:http';
import * as https from 'node:https';
import type { TlsOptions } from '../../ports/tls.ts';

/** Connections that blocking queries hold, one a list, and one for a stream that is tried beside them. */
const FOLLOW_CONNECTIONS = 4;
/** Connections for everything but statistics, jobs and allocations: reads, mutating requests, the list of nodes. */
export const SHORT_CONNECTIONS = 3;
/** Connections that reads may hold at once. */
export const READ_CONNECTIONS = 2;
/** Connections for statistics. */
export const USAGE_CONNECTIONS = 32;

/** The keep-alive connections, by what they are for. Mutating requests open their own. */
export interface Connections {
  readonly follow: http.Agent;
  readonly read: http.Agent;
  /** Closes read connections that nothing is read on, unless so many others still fit beside them. */
  makeRoom(others: number): Promise<void>;
  destroy(): void;
}

/** Agents for one server. Nothing is opened before the first request. */
export function openConnections(secure: TlsOptions | undefined): Connections {
  const follow = keepAlive(secure, FOLLOW_CONNECTIONS);
  const read = keepAlive(secure, READ_CONNECTIONS);
  return {
    follow,
    read,
    makeRoom: async (others) => {
      const idle = sockets(read.freeSockets);
      const busy = sockets(read.sockets);
      if (busy.length + idle.length + others <= SHORT_CONNECTIONS) return;
      await Promise.all([...idle, ...busy.filter((socket) => socket.destroyed)].map(closed));
    },
    destroy: () => [follow, read].forEach((agent) => agent.destroy()),
  };
}

function keepAlive(secure: TlsOptions | undefined, most: number): http.Agent {
  const options = { keepAlive: true, maxSockets: most, maxFreeSockets: most };
  if (secure === undefined) return new http.Agent(options);
  return new https.Agent({
    ...options,
    ...(secure.caCert !== undefined && { ca: secure.caCert }),
    ...(secure.clientCert !== undefined && { cert: secure.clientCert }),
    ...(secure.clientKey !== undefined && { key: secure.clientKey }),
    ...(secure.serverName !== undefined && { servername: secure.serverName }),
    rejectUnauthorized: secure.skipVerify !== true,
  });
}

type Socket = NonNullable<http.Agent['sockets'][string]>[number];

function sockets(byName: http.Agent['sockets']): readonly Socket[] {
  return Object.values(byName).flatMap((list) => list ?? []);
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) return resolve();
    socket.once('close', () => resolve());
    socket.destroy();
  });
}

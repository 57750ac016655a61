import type { Face, FaceRequest, FaceResponse } from '../face.ts';
import { textAnswer } from './answers.ts';
import type { CatalogService } from './catalog-table.ts';
import { ConsulRefusal } from './consul-error.ts';
import { ConsulServer } from './consul-server.ts';
import type { ConsulOptions } from './consul-server.ts';
import { setKey } from './kv-operations.ts';
import type { ConsulSession, KvEntry } from './records.ts';
import { routeOf } from './routes.ts';

/** What may be seen and done without asking over the wire. */
export interface ConsulInspection {
  /** Every key, in Consul's order; values are base64. */
  keys(): readonly KvEntry[];
  /** One key's text and holder, if it is there. */
  key(name: string): { readonly text: string; readonly entry: KvEntry } | undefined;
  /** Writes a key as a plain PUT does. */
  putKey(name: string, text: string): void;
  sessions(): readonly ConsulSession[];
  /** Ends a session as an operator's `destroy` does: its locks open after their lock-delay. */
  endSession(id: string): void;
  /** The services that the servers know, in the order of their ids. */
  services(): readonly CatalogService[];
  /** False: the agent registers services and passes checks, but the servers do not hear of it. */
  setSyncing(isSyncing: boolean): void;
  /** How many blocking reads wait. */
  waitingReads(): number;
  /** The server dies and comes back with nothing: waiting reads get 500, as from an agent whose server has died. */
  restartEmpty(): void;
  /** Without a leader everything but `?stale` reads is refused (500 after 7 s), and no session expires. */
  setNoLeader(isLost: boolean): void;
}

export type ConsulFace = Face & ConsulInspection;

async function handle(server: ConsulServer, request: FaceRequest): Promise<FaceResponse> {
  const route = routeOf(request);
  if ('status' in route) return route;
  try {
    return await route.endpoint({ request, query: request.query, rest: route.rest, server });
  } catch (error) {
    if (error instanceof ConsulRefusal) return textAnswer(error.status, error.message);
    throw error;
  }
}

function inspect(server: ConsulServer): ConsulInspection {
  return {
    keys: () => server.state.kv.list(''),
    key: (name) => {
      const entry = server.state.kv.get(name);
      return entry && { entry, text: Buffer.from(entry.value, 'base64').toString('utf8') };
    },
    putKey: (key, text) => {
      const { state } = server;
      const value = Buffer.from(text, 'utf8').toString('base64');
      state.apply((at) => setKey(state.kv, { key, value, flags: 0n, session: '', index: 0 }, at));
    },
    sessions: () => server.state.sessions.list(),
    endSession: (id) => {
      const session = server.state.sessions.get(id);
      if (session !== undefined) server.state.endSession(session);
    },
    services: () => server.state.catalog.all(),
    setSyncing: (isSyncing) => server.setSyncing(isSyncing),
    waitingReads: () => {
      const { kvWatchers, sessionWatchers, catalogWatchers } = server.state;
      return kvWatchers.size + sessionWatchers.size + catalogWatchers.size;
    },
    restartEmpty: () => server.restartEmpty(),
    setNoLeader: (isLost) => server.setNoLeader(isLost),
  };
}

/**
 * Consul 1.8.7's HTTP API as its development agent speaks it: status, agent/self and members, KV, transactions of KV
 * operations, sessions, services with TTL checks and their health; anything else is 404. Bodies are text (UTF-8). All timing comes from the clock.
 */
export function createConsulFace(options: ConsulOptions): ConsulFace {
  const server = new ConsulServer(options);
  return { handle: (request) => handle(server, request), ...inspect(server) };
}

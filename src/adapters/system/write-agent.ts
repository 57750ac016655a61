import * as http from 'node:http';
import * as net from 'node:net';
import type { Duplex } from 'node:stream';
import * as tls from 'node:tls';
import type { TlsOptions } from '../../ports/tls.ts';
import type { WritePermit } from '../../ports/write-permit.ts';

/** The connection of one mutating request, and what became of it. */
export interface GuardedAgent {
  /** For one request only: a new connection, closed after the answer. */
  readonly agent: http.Agent;
  /** True once the permit let the request's first byte pass: the server may carry it out. */
  begun(): boolean;
  /** What the permit threw instead; nothing was sent then. */
  refusal(): unknown;
  /** Closes the connection, however far it is. */
  close(): Promise<void>;
}

type Connected = (error: Error | null, socket?: Duplex) => void;
interface Target {
  readonly host?: string;
  readonly port?: number | string;
  readonly servername?: string;
}

/**
 * Connects first (TLS included), and calls `permit.assertHeld()` in the turn that writes the request's
 * first byte. When it throws, the connection is closed unused. `secure` undefined: plain HTTP.
 */
export function createWriteAgent(permit: WritePermit, secure: TlsOptions | undefined): GuardedAgent {
  const state: { socket?: net.Socket; begun: boolean; refusal?: unknown } = { begun: false };
  const check = (): void => {
    try {
      permit.assertHeld();
    } catch (error) {
      state.refusal = error;
      throw error;
    }
    state.begun = true;
  };
  const connect = (target: Target, connected: Connected): void => {
    state.socket = open(target, secure);
    const ready = secure === undefined ? 'connect' : 'secureConnect';
    whenReady(state.socket, ready, (error) => {
      if (error === null && state.socket !== undefined) guardFirstWrite(state.socket, check);
      connected(error, state.socket);
    });
  };
  return {
    agent: singleUse(connect, secure !== undefined),
    begun: () => state.begun,
    refusal: () => state.refusal,
    close: () => closed(state.socket),
  };
}

function singleUse(connect: (target: Target, connected: Connected) => void, secure: boolean): http.Agent {
  const agent = new http.Agent({ keepAlive: false });
  return Object.assign(agent, {
    protocol: secure ? 'https:' : 'http:',
    defaultPort: secure ? 443 : 80,
    createConnection: connect,
  });
}

function open(target: Target, secure: TlsOptions | undefined): net.Socket {
  const address = { host: target.host ?? 'localhost', port: Number(target.port) };
  if (secure === undefined) return net.connect(address);
  return tls.connect({
    ...address,
    servername: secure.serverName ?? target.servername ?? '',
    ca: secure.caCert,
    cert: secure.clientCert,
    key: secure.clientKey,
    rejectUnauthorized: secure.skipVerify !== true,
  });
}

function whenReady(socket: net.Socket, event: string, done: (error: Error | null) => void): void {
  const settle = (error: Error | null): void => {
    socket.off(event, succeed).off('error', settle).off('close', gone);
    done(error);
  };
  const succeed = (): void => settle(null);
  const gone = (): void => settle(new Error('closed while connecting'));
  socket.once(event, succeed).once('error', settle).once('close', gone);
}

/* oxlint-disable no-underscore-dangle -- the names Node gives to what puts bytes on a socket */
function guardFirstWrite(socket: net.Socket, check: () => void): void {
  const guarded =
    (pass: () => void) =>
    (refuse: (error: Error) => void): void => {
      try {
        check();
      } catch (error) {
        refuse(error instanceof Error ? error : new Error(String(error)));
        return;
      }
      Reflect.deleteProperty(socket, '_write');
      Reflect.deleteProperty(socket, '_writev');
      pass();
    };
  socket._write = (chunk, encoding, callback) =>
    guarded(() => socket._write(chunk, encoding, callback))(callback);
  socket._writev = (chunks, callback) => guarded(() => socket._writev?.(chunks, callback))(callback);
}

function closed(socket: net.Socket | undefined): Promise<void> {
  if (socket === undefined || socket.closed) return Promise.resolve();
  return new Promise((resolve) => {
    socket.once('close', () => resolve());
    socket.destroy();
  });
}

import { connect, isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import type { TlsOptions } from '../../ports/tls.ts';
import { type HttpReply, ReplyReader } from './http-reply.ts';
import { onAbort } from './on-abort.ts';

/** What a client is made from. */
export interface LeanOptions {
  /** `http://127.0.0.1:4646`; a path in it is put before every request's. */
  readonly address: string;
  /** Sent with every request. A name or value with a line break is refused when the client is made. */
  readonly headers: Readonly<Record<string, string>>;
  /** TLS options of an https address; undefined for plain HTTP. */
  readonly secure: TlsOptions | undefined;
}

/** GET over kept connections, one request at a time on each, with as little as possible around it. */
export interface LeanClient {
  /** `target`: path and query, percent-encoded. Rejects with what the connection met, or the signal's reason. */
  get(target: string, signal: AbortSignal): Promise<HttpReply>;
  /** Closes all connections; what is under way is rejected. */
  destroy(): void;
}

const KEEP_ALIVE_MS = 1_000;

/** Nothing is opened before the first request. There are as many connections as there were requests at once. */
export function createLeanClient(options: LeanOptions): LeanClient {
  const { hostname, port, host, pathname } = new URL(options.address);
  const base = pathname.replace(/\/+$/, '');
  const name = hostname.replace(/^\[(.*)\]$/, '$1');
  const end = `${headerText({ Host: host, Accept: 'application/json', ...options.headers })}\r\n`;
  const lines = new Set<Line>();
  const idle: Line[] = [];
  const open = (): Line => {
    const socket = openSocket({ host: name, port: Number(port), secure: options.secure });
    const line: Line = new Line(socket, () => {
      lines.delete(line);
      const at = idle.indexOf(line);
      if (at >= 0) idle.splice(at, 1);
    });
    lines.add(line);
    return line;
  };
  return {
    get: async (target, signal) => {
      if (signal.aborted) throw signal.reason;
      const line = idle.pop() ?? open();
      const reply = await line.send(`GET ${base}${target} HTTP/1.1\r\n${end}`, signal);
      if (!line.isClosed && reply.keepsOpen) idle.push(line);
      else line.close();
      return reply;
    },
    destroy: () => lines.forEach((line) => line.close()),
  };
}

interface Waiting {
  readonly reader: ReplyReader;
  readonly resolve: (reply: HttpReply) => void;
  readonly reject: (error: unknown) => void;
}

/** One connection. */
class Line {
  isClosed = false;
  private readonly socket: Socket;
  private readonly gone: () => void;
  private waiting: Waiting | undefined;

  constructor(socket: Socket, gone: () => void) {
    this.socket = socket;
    this.gone = gone;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.on('data', (chunk: Buffer) => this.hear(chunk));
    socket.on('end', () => this.ended());
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => this.fail(Object.assign(new Error('closed'), { code: 'ECONNRESET' })));
  }

  async send(text: string, signal: AbortSignal): Promise<HttpReply> {
    this.socket.ref();
    const letGo = onAbort(signal, () => this.fail(signal.reason));
    try {
      return await new Promise<HttpReply>((resolve, reject) => {
        this.waiting = { reader: new ReplyReader(), resolve, reject };
        this.socket.write(text, 'latin1');
      });
    } finally {
      letGo();
      this.socket.unref();
    }
  }

  close(): void {
    this.fail(Object.assign(new Error('closed'), { code: 'ECONNRESET' }));
  }

  private hear(chunk: Buffer): void {
    const { waiting } = this;
    if (waiting === undefined) return this.close();
    try {
      const reply = waiting.reader.take(chunk);
      if (reply !== undefined) this.answer(waiting, reply);
    } catch (error) {
      this.fail(error);
    }
  }

  private ended(): void {
    const reply = this.waiting?.reader.end();
    if (this.waiting && reply) this.answer(this.waiting, reply);
    else this.close();
  }

  private answer(waiting: Waiting, reply: HttpReply): void {
    this.waiting = undefined;
    waiting.resolve(reply);
  }

  private fail(error: unknown): void {
    const { waiting } = this;
    this.waiting = undefined;
    if (!this.isClosed) {
      this.isClosed = true;
      this.gone();
      this.socket.destroy();
    }
    waiting?.reject(error);
  }
}

function openSocket(to: {
  readonly host: string;
  readonly port: number;
  readonly secure: TlsOptions | undefined;
}): Socket {
  const { host, secure } = to;
  if (secure === undefined) return connect({ host, port: to.port || 80 });
  const { caCert, clientCert, clientKey, serverName = host, skipVerify } = secure;
  return connectSecurely({
    host,
    port: to.port || 443,
    servername: isIP(serverName) === 0 ? serverName : '',
    ...(caCert !== undefined && { ca: caCert }),
    ...(clientCert !== undefined && { cert: clientCert }),
    ...(clientKey !== undefined && { key: clientKey }),
    rejectUnauthorized: skipVerify !== true,
  });
}

/** Header lines, each with its end. Throws TypeError for what would be more than one line. */
function headerText(headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  if (lines.some((line) => /[^\t\x20-\x7e\x80-\xff]/.test(line)))
    throw new TypeError('a header of more than one line');
  return lines.map((line) => `${line}\r\n`).join('');
}

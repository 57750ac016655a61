import { once } from 'node:events';
import * as http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { Random } from '../../src/simulator/random.ts';
import type { ActiveFault, LinkFault } from './link-fault.ts';
import { isStream, passOn } from './link-stream.ts';
import { isMutating, type Passage, type ServerName } from './passage.ts';

/** The way from one agent to one server: logs every request, and does faults to it. */
export interface Link {
  readonly agent: number;
  readonly server: ServerName;
  readonly url: string;
  /** `127.0.0.1:port` */
  readonly address: string;
  readonly log: readonly Passage[];
  /** The agent's process, counted from 1; whoever starts it counts. */
  life: number;
  /** Told of each request when it has arrived whole, before any fault. */
  arrived: (passage: Passage) => void;
  /** Told of each request when the server's answer is there, before the agent has it. */
  answered: (passage: Passage) => void;
  begin(fault: LinkFault): ActiveFault;
  /** Sockets that the agent holds open. */
  open(): number;
  stop(): Promise<void>;
}

export interface LinkOptions {
  readonly agent: number;
  readonly server: ServerName;
  readonly target: string;
  readonly seed: string;
  /** Which answers' texts the rules need. */
  readonly keeps: (passage: Passage) => boolean;
}

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

interface Exchange {
  readonly passage: Passage;
  readonly incoming: http.IncomingMessage;
  readonly outgoing: http.ServerResponse;
}

const GATEWAY = [500, 502, 503, 504] as const;

/** Starts a link on a free loopback port. */
export async function startLink(options: LinkOptions): Promise<Link> {
  const link = new HttpLink(options);
  await link.listen();
  return link;
}

let passages = 0;

class HttpLink implements Link {
  readonly agent: number;
  readonly server: ServerName;
  readonly log: Passage[] = [];
  url = '';
  address = '';
  life = 1;
  arrived: (passage: Passage) => void = () => undefined;
  answered: (passage: Passage) => void = () => undefined;
  readonly #options: LinkOptions;
  readonly #random: Random;
  readonly #faults = new Set<ActiveFault>();
  readonly #sockets = new Set<Socket>();
  /** Half-open ones: the agent's side stands, nothing is behind it. */
  readonly #dead = new WeakSet<Socket>();
  readonly #healed = new Set<() => void>();
  readonly #reads = new http.Agent({ keepAlive: true });
  readonly #http: http.Server;
  #stopped = false;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.agent = options.agent;
    this.server = options.server;
    this.#random = new Random(`${options.seed}/${options.agent}/${options.server}`);
    const limits = { keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 };
    this.#http = http.createServer(limits, (incoming, outgoing) => {
      const passage = this.#note(incoming);
      void this.#serve({ passage, incoming, outgoing }).catch(() => outgoing.destroy());
    });
    this.#http.on('connection', (socket) => this.#accept(socket));
  }

  async listen(): Promise<void> {
    this.#http.listen(0, '127.0.0.1');
    await once(this.#http, 'listening');
    const { port } = this.#http.address() as AddressInfo;
    this.address = `127.0.0.1:${port}`;
    this.url = `http://${this.address}`;
  }

  open(): number {
    return this.#sockets.size;
  }

  begin(fault: LinkFault): ActiveFault {
    const active: ActiveFault = {
      ...fault,
      hits: 0,
      end: () => {
        this.#faults.delete(active);
        if (!this.#isCut()) for (const go of this.#healed) go();
      },
    };
    this.#faults.add(active);
    if (fault.kind === 'partition' && fault.refuses === true) {
      active.hits += this.#sockets.size;
      for (const socket of this.#sockets) socket.resetAndDestroy();
    }
    return active;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const go of this.#healed) go();
    this.#http.closeAllConnections();
    this.#http.close();
    this.#reads.destroy();
    if (this.#http.listening) await once(this.#http, 'close');
  }

  #accept(socket: Socket): void {
    const refusing = [...this.#faults].find((one) => one.kind === 'partition' && one.refuses === true);
    socket.on('error', () => socket.destroy());
    if (refusing) {
      refusing.hits += 1;
      socket.resetAndDestroy();
      return;
    }
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  #note(incoming: http.IncomingMessage): Passage {
    passages += 1;
    const { agent, server, life } = this;
    const passage: Passage = {
      seq: passages,
      agent,
      life,
      server,
      method: incoming.method ?? '',
      path: incoming.url ?? '',
      arrivedMs: performance.now(),
      body: '',
    };
    this.log.push(passage);
    return passage;
  }

  async #serve(exchange: Exchange): Promise<void> {
    const { passage, incoming } = exchange;
    passage.body = (await readAll(incoming)).toString();
    this.arrived(passage);
    await this.#pass(passage, incoming.socket);
    if (this.#dead.has(incoming.socket)) return;
    const fault = this.#draw(passage);
    if (fault) {
      fault.hits += 1;
      passage.fault = fault.kind;
    }
    return fault ? this.#disturb(exchange, fault) : this.#relay(exchange);
  }

  #draw(passage: Passage): ActiveFault | undefined {
    return [...this.#faults].find(
      ({ kind, meets, share }) =>
        kind !== 'partition' && (meets?.(passage) ?? true) && this.#random.next() < share,
    );
  }

  async #disturb(exchange: Exchange, fault: ActiveFault): Promise<void> {
    const { incoming, passage } = exchange;
    switch (fault.kind) {
      case 'half-open':
        this.#dead.add(incoming.socket);
        return this.#swallow(exchange, fault);
      case 'drop':
        return this.#swallow(exchange, fault);
      case 'reset':
        await this.#swallow(exchange, fault);
        incoming.socket.resetAndDestroy();
        return;
      case '5xx':
        return this.#spoil(exchange, fault);
      case 'slow-body':
        return this.#relay(exchange, this.#random.between(fault.holdMs));
      case 'late':
      case 'delay':
        await sleep(this.#random.between(fault.holdMs));
        if (this.#isPointless(exchange, passage)) return;
        return this.#relay(exchange);
      case 'partition':
        return this.#relay(exchange);
    }
  }

  /** The agent gets no answer; the server has carried the request out, or never seen it. */
  async #swallow(exchange: Exchange, { afterwards }: ActiveFault): Promise<void> {
    if (afterwards) await this.#forward(exchange);
  }

  /** Something in between answers for the server, which has carried the request out, or never seen it. */
  async #spoil(exchange: Exchange, { afterwards }: ActiveFault): Promise<void> {
    if (afterwards && (await this.#forward(exchange)) === undefined) return this.#hangUp(exchange);
    const status = GATEWAY[this.#random.int(0, GATEWAY.length - 1)] ?? 502;
    exchange.outgoing.writeHead(status, { 'content-type': 'text/plain' }).end('upstream trouble\n');
  }

  /** A read whose asker has gone is dropped; a write that is on its way arrives all the same. */
  #isPointless({ incoming }: Exchange, passage: Passage): boolean {
    return this.#stopped || (incoming.socket.destroyed && !isMutating(passage));
  }

  async #relay(exchange: Exchange, slowMs = 0): Promise<void> {
    const { passage, incoming, outgoing } = exchange;
    if (this.#isPointless(exchange, passage)) return;
    if (isStream(passage)) return this.#stream(exchange);
    const answer = await this.#forward(exchange);
    if (answer === undefined) return this.#hangUp(exchange);
    await this.#pass(passage, incoming.socket);
    if (incoming.socket.destroyed || this.#dead.has(incoming.socket)) return;
    outgoing.once('finish', () => {
      passage.deliveredMs = performance.now();
    });
    outgoing.writeHead(answer.status, { ...answer.headers, 'content-length': answer.body.length });
    if (slowMs === 0) outgoing.end(answer.body);
    else await trickle(outgoing, answer.body, slowMs);
  }

  async #stream(exchange: Exchange): Promise<void> {
    const { passage, incoming, outgoing } = exchange;
    passage.forwardedMs = performance.now();
    const response = await this.#open(passage, incoming).catch(() => undefined);
    if (response === undefined) return this.#hangUp(exchange);
    passage.answeredMs = performance.now();
    passage.status = response.statusCode ?? 0;
    outgoing.writeHead(passage.status, plain(response));
    outgoing.flushHeaders();
    await passOn(
      {
        ...exchange,
        draw: (piece) => this.#draw(piece),
        pass: () => this.#pass(passage, incoming.socket),
        holdMs: ({ holdMs }) => this.#random.between(holdMs),
      },
      response,
    );
  }

  #hangUp({ incoming }: Exchange): void {
    incoming.socket.destroy();
  }

  /** Waits while the link is cut. */
  async #pass(passage: Passage, socket: Socket): Promise<void> {
    while (this.#isCut() && !this.#stopped) {
      if (passage.fault === undefined) {
        passage.fault = 'partition';
        for (const fault of this.#faults) if (fault.kind === 'partition') fault.hits += 1;
      }
      await new Promise<void>((resolve) => {
        const go = (): void => {
          this.#healed.delete(go);
          resolve();
        };
        this.#healed.add(go);
      });
    }
    if (this.#stopped) socket.destroy();
  }

  #isCut(): boolean {
    return [...this.#faults].some(({ kind }) => kind === 'partition');
  }

  /** Asks the server and notes what it says; undefined when there was no answer. */
  async #forward(exchange: Exchange): Promise<Answer | undefined> {
    const { passage, incoming } = exchange;
    passage.forwardedMs = performance.now();
    const answer = await this.#ask(passage, incoming).catch(() => undefined);
    if (answer === undefined) return undefined;
    passage.answeredMs = performance.now();
    passage.status = answer.status;
    const index = answer.headers['x-consul-index'];
    if (index !== undefined) passage.index = Number(index);
    if (this.#options.keeps(passage)) passage.reply = textOf(answer);
    this.answered(passage);
    return answer;
  }

  async #ask(passage: Passage, incoming: http.IncomingMessage): Promise<Answer> {
    const response = await this.#open(passage, incoming);
    const abort = (): void => void response.destroy();
    if (!isMutating(passage)) incoming.socket.once('close', abort);
    try {
      return { status: response.statusCode ?? 0, headers: plain(response), body: await readAll(response) };
    } finally {
      incoming.socket.off('close', abort);
    }
  }

  /** The server's answer from its head on. */
  async #open(passage: Passage, incoming: http.IncomingMessage): Promise<http.IncomingMessage> {
    const isRead = !isMutating(passage);
    const out = http.request(new URL(passage.path, this.#options.target), {
      method: passage.method,
      headers: incoming.headers,
      agent: isRead ? this.#reads : false,
    });
    const abort = (): void => void out.destroy();
    if (isRead) incoming.socket.once('close', abort);
    try {
      const answered = once(out, 'response');
      out.end(passage.body);
      const [response] = (await answered) as [http.IncomingMessage];
      return response;
    } finally {
      incoming.socket.off('close', abort);
    }
  }
}

/** Headers that hold for the whole body as it is sent on. */
function plain({ headers }: http.IncomingMessage): http.IncomingHttpHeaders {
  const { 'transfer-encoding': _encoding, connection: _connection, ...rest } = headers;
  return rest;
}

function textOf({ headers, body }: Answer): string {
  return (headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString();
}

async function readAll(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function trickle(outgoing: http.ServerResponse, body: Buffer, ms: number): Promise<void> {
  const size = Math.max(1, Math.ceil(body.length / 10));
  const parts = Math.ceil(body.length / size);
  outgoing.flushHeaders();
  for (let at = 0; at < body.length; at += size) {
    await sleep(ms / parts);
    if (outgoing.destroyed) return;
    outgoing.write(body.subarray(at, at + size));
  }
  outgoing.end();
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}

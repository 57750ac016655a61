import { request as httpRequest } from 'node:http';
import { onTestFinished } from 'vitest';
import type { TestContext } from 'vitest';

/** A Consul, real or simulated, with session_ttl_min at 1 s. It may be shared: a case uses keys of its own. */
export interface ConsulUnderTest {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  /** Resolves when the server has taken up the case's `sent` requests so far. */
  arrive(sent: number): Promise<void>;
  /** Lets the server's time pass. */
  elapse(ms: number): Promise<void>;
  /** The server's time, from an arbitrary start. */
  nowMs(): number;
  close(): Promise<void>;
}

/** Tokens of a Consul with access control, everything denied by default: one for everything, one for each policy. */
export interface GuardedConsul extends ConsulUnderTest {
  readonly tokens: Readonly<Record<PolicyName | 'management', string>>;
}

/** The policies that the access cases are about, in Consul's own language. */
export const policies = {
  keysOnly: 'key_prefix "replicator/config" { policy = "write" }',
  least: 'key_prefix "replicator/config" { policy = "write" } session_prefix "" { policy = "write" }',
  exactKey:
    'key "" { policy = "read" } key "replicator/config" { policy = "write" } session "" { policy = "write" }',
  mixed: `key_prefix "replicator/" { policy = "write" } key_prefix "replicator/secret/" { policy = "deny" }
    key "replicator/read-only" { policy = "read" } key_prefix "listed/" { policy = "list" }
    session_prefix "" { policy = "read" } agent_prefix "" { policy = "read" }`,
  member: `key_prefix "replicator/config" { policy = "write" } session_prefix "" { policy = "write" }
    service "replicator" { policy = "write" } node_prefix "" { policy = "read" }`,
  noNode: 'service "replicator" { policy = "write" } session_prefix "" { policy = "write" }',
  watcher: 'service_prefix "rep" { policy = "read" } node_prefix "" { policy = "read" }',
} as const;

export type PolicyName = keyof typeof policies;

/** One answer as it came over the wire; header names as they were sent. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The server's time between the request and the answer. */
  readonly tookMs: number;
}

export interface CallOptions {
  readonly body?: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface KvOnWire {
  readonly LockIndex: number;
  readonly Key: string;
  readonly Value: string | null;
  readonly Session?: string;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

let cases = 0;

function namedHeaders(raw: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let at = 0; at < raw.length; at += 2) headers[raw[at] ?? ''] = raw[at + 1] ?? '';
  return headers;
}

/** What one case says to its server, below a key prefix of its own. */
export class Wire {
  readonly #server: ConsulUnderTest;
  readonly root: string;
  #sent = 0;

  constructor(server: ConsulUnderTest) {
    this.#server = server;
    cases += 1;
    this.root = `contract/${cases}-${Math.floor(Math.random() * 1e9).toString(36)}`;
  }

  elapse(ms: number): Promise<void> {
    return this.#server.elapse(ms);
  }

  /** Lets what was sent get to the server: a read that waits is waiting then. */
  arrive(): Promise<void> {
    return this.#server.arrive(this.#sent);
  }

  nowMs(): number {
    return this.#server.nowMs();
  }

  call(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    this.#sent += 1;
    const beginMs = this.nowMs();
    const { hostname, port } = new URL(this.#server.url);
    const { body, token, signal } = options;
    const headers = {
      ...(body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }),
      ...(token === undefined ? {} : { 'X-Consul-Token': token }),
      ...options.headers,
    };
    return new Promise((resolve, reject) => {
      const target = { hostname, port, method, path, headers, agent: false, ...(signal ? { signal } : {}) };
      const request = httpRequest(target, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.once('error', reject);
        response.once('end', () => {
          const { statusCode: status = 0, rawHeaders } = response;
          resolve({ status, headers: namedHeaders(rawHeaders), text, tookMs: this.nowMs() - beginMs });
        });
      });
      request.once('error', reject);
      request.end(body);
    });
  }

  /** A path below the case's own prefix. */
  path(key: string, query = ''): string {
    return `/v1/kv/${this.root}/${key}${query}`;
  }

  get(key: string, query = ''): Promise<Answer> {
    return this.call('GET', this.path(key, query));
  }

  put(key: string, body = '', query = ''): Promise<Answer> {
    return this.call('PUT', this.path(key, query), { body });
  }

  delete(key: string, query = ''): Promise<Answer> {
    return this.call('DELETE', this.path(key, query));
  }

  /** A transaction of KV operations on keys below the prefix. */
  txn(...operations: readonly Readonly<Record<string, unknown>>[]): Promise<Answer> {
    const body = operations.map((KV) => ({ KV: { ...KV, Key: `${this.root}/${String(KV['Key'])}` } }));
    return this.call('PUT', '/v1/txn', { body: JSON.stringify(body) });
  }

  /** The entry of a key that must be there. */
  async entry(key: string): Promise<KvOnWire> {
    const { status, text } = await this.get(key);
    if (status !== 200) throw new Error(`${key}: ${status} ${text}`);
    const [entry] = JSON.parse(text) as [KvOnWire];
    return entry;
  }

  /** A new session, by default without lock-delay. */
  async session(wish: object = { LockDelay: '0s' }): Promise<string> {
    const { status, text } = await this.call('PUT', '/v1/session/create', { body: JSON.stringify(wish) });
    if (status !== 200) throw new Error(`no session: ${status} ${text}`);
    return (JSON.parse(text) as { ID: string }).ID;
  }

  destroy(session: string): Promise<Answer> {
    return this.call('PUT', `/v1/session/destroy/${session}`);
  }

  /** A read that waits for something newer than the index it has just seen; resolves when it has arrived. */
  async block(
    path: string,
    wait = '5s',
  ): Promise<{ readonly answer: Promise<Answer>; readonly seen: number }> {
    const first = await this.call('GET', path);
    const seen = indexOf(first);
    const answer = this.call('GET', `${path}${path.includes('?') ? '&' : '?'}index=${seen}&wait=${wait}`);
    await this.arrive();
    return { answer, seen };
  }
}

/** X-Consul-Index of an answer. */
export function indexOf(answer: Answer): number {
  return Number(answer.headers['X-Consul-Index']);
}

/** A case's own access to a server that is closed when the test has finished; concurrent cases say which test. */
export async function begin<Server extends ConsulUnderTest>(
  open: () => Promise<Server>,
  testContext: Pick<TestContext, 'onTestFinished'> = { onTestFinished },
): Promise<Wire & { readonly server: Server }> {
  const server = await open();
  testContext.onTestFinished(() => server.close());
  return Object.assign(new Wire(server), { server });
}

import { EventEmitter } from 'node:events';
import type { Agent } from 'node:http';
import { toAnswer, type Answer } from './answer.ts';
import { toGoDuration } from './duration.ts';
import { locate } from './location.ts';
import { createNodeConsul, type NodeConsul } from './node-consul.ts';
import type { SessionSpec } from '../../ports/coordination.ts';
import { type MemberService, SERVICE_NAME } from '../../ports/membership.ts';
import type { TlsOptions } from '../../ports/tls.ts';

/**
 * What node-consul takes for one call: `ctx` is cancelled by emitting `cancel`, and its `includeResponse`
 * makes every method answer `[response, …]`; `timeout` is its own timer, milliseconds of real time.
 */
export interface Attempt {
  readonly ctx: EventEmitter & { readonly includeResponse: true };
  readonly timeout: number;
}

/** One operation of a transaction, as sent. `Value` is base64. */
export interface KvOperation {
  readonly Verb: 'check-session' | 'check-index' | 'check-not-exists' | 'cas' | 'delete-cas';
  readonly Key: string;
  readonly Session?: string;
  readonly Index?: number;
  readonly Value?: string;
}

/** At once when `index` is 0, else blocking from it for `waitMs`. */
export interface Blocking {
  readonly index: number;
  readonly waitMs: number;
}

/** How to read: one key or all below a prefix. */
export interface ReadQuery extends Blocking {
  readonly recurse: boolean;
}

/** Consul's calls that we use. They answer whatever status came back; they reject only without an answer. */
export interface ConsulClient {
  read(key: string, query: ReadQuery, attempt: Attempt): Promise<Answer>;
  acquire(key: string, session: string, attempt: Attempt): Promise<Answer>;
  release(key: string, session: string, attempt: Attempt): Promise<Answer>;
  createSession(spec: SessionSpec, attempt: Attempt): Promise<Answer>;
  renewSession(id: string, attempt: Attempt): Promise<Answer>;
  destroySession(id: string, attempt: Attempt): Promise<Answer>;
  readSession(id: string, attempt: Attempt): Promise<Answer>;
  readAgent(attempt: Attempt): Promise<Answer>;
  transact(operations: readonly KvOperation[], attempt: Attempt): Promise<Answer>;
  registerService(service: MemberService, attempt: Attempt): Promise<Answer>;
  deregisterService(id: string, attempt: Attempt): Promise<Answer>;
  passCheck(check: string, attempt: Attempt): Promise<Answer>;
  readServices(tag: string, query: Blocking, attempt: Attempt): Promise<Answer>;
  readNodes(attempt: Attempt): Promise<Answer>;
}

/** Where a client sends its calls and over which connections. */
export interface ClientOptions {
  readonly address: string;
  readonly token?: string | undefined;
  readonly tls?: TlsOptions | undefined;
  readonly agent: Agent;
}

/** The node's own check. A session without checks is bound to it; one with checks only where it is among them. */
const NODE_CHECK = 'serfHealth';

/** Wraps node-consul. It opens nothing by itself: connections belong to the agent given. */
export function createClient(options: ClientOptions): ConsulClient {
  const raw = createNodeConsul({
    ...locate(options.address, options.tls),
    agent: options.agent,
    ...(options.token === undefined ? {} : { defaults: { token: options.token } }),
  });
  return {
    ...memberCalls(raw),
    read: (key, query, attempt) => settle(raw.kv.get({ key, ...toReadOptions(query), ...attempt })),
    acquire: (key, acquire, attempt) => settle(raw.kv.set({ key, value: '', acquire, ...attempt })),
    release: (key, release, attempt) => settle(raw.kv.set({ key, value: '', release, ...attempt })),
    createSession: (spec, attempt) => settle(raw.session.create({ ...toSessionOptions(spec), ...attempt })),
    renewSession: (id, attempt) => settle(raw.session.renew({ id, ...attempt })),
    destroySession: (id, attempt) => settle(raw.session.destroy({ id, ...attempt })),
    readSession: (id, attempt) => settle(raw.session.info({ id, ...attempt })),
    readAgent: (attempt) => settle(raw.agent.self({ ...attempt })),
    transact: (operations, attempt) => settle(raw.transaction.create(operations.map(toRaw), { ...attempt })),
  };
}

type MemberCalls = Pick<
  ConsulClient,
  'registerService' | 'deregisterService' | 'passCheck' | 'readServices' | 'readNodes'
>;

function memberCalls(raw: NodeConsul): MemberCalls {
  const { service, check } = raw.agent;
  return {
    registerService: (member, attempt) =>
      settle(service.register({ ...toServiceOptions(member), ...attempt })),
    deregisterService: (id, attempt) => settle(service.deregister({ id, ...attempt })),
    passCheck: (id, attempt) => settle(check.pass({ id, ...attempt })),
    readServices: (tag, query, attempt) =>
      settle(raw.health.service({ service: SERVICE_NAME, tag, ...toBlockingOptions(query), ...attempt })),
    readNodes: (attempt) => settle(raw.catalog.node.list({ ...attempt })),
  };
}

/** The id that Consul gives the check of a service. */
export function checkOf(serviceId: string): string {
  return `service:${serviceId}`;
}

/** A fresh cancel switch for one call. */
export function createAttempt(timeoutMs: number): Attempt {
  const ctx = Object.assign(new EventEmitter(), { includeResponse: true } as const);
  return { ctx, timeout: timeoutMs };
}

function toRaw(operation: KvOperation): object {
  return { KV: operation };
}

function toReadOptions(query: ReadQuery): object {
  const blocking = toBlockingOptions(query);
  return query.recurse ? { recurse: true, ...blocking } : blocking;
}

function toBlockingOptions({ index, waitMs }: Blocking): object {
  return index > 0 ? { index, wait: toGoDuration(waitMs) } : {};
}

function toServiceOptions({ id, group, address, port, ttlMs, deregisterAfterMs }: MemberService): object {
  return {
    id,
    name: SERVICE_NAME,
    tags: [group],
    address,
    port,
    check: {
      ttl: toGoDuration(ttlMs),
      status: 'passing',
      deregistercriticalserviceafter: toGoDuration(deregisterAfterMs),
    },
  };
}

function toSessionOptions(spec: SessionSpec): object {
  return {
    name: spec.name,
    behavior: 'release',
    ttl: toGoDuration(spec.ttlMs),
    // node-consul sends this spelling only
    lockdelay: toGoDuration(spec.lockDelayMs),
    ...(spec.check === undefined ? {} : { checks: [NODE_CHECK, checkOf(spec.check)] }),
  };
}

/** node-consul rejects an answer that is no 2xx; for us it is an answer all the same. */
async function settle(call: Promise<unknown>): Promise<Answer> {
  try {
    const result = await call;
    return toAnswer(Array.isArray(result) ? result[0] : undefined);
  } catch (failure) {
    if (failure instanceof Error && 'isResponse' in failure && 'response' in failure) {
      return toAnswer(failure.response);
    }
    throw failure;
  }
}

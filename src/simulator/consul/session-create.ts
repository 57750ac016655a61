import type { FaceResponse } from '../face.ts';
import { isObject } from '../json-text.ts';
import { jsonAnswer, textAnswer } from './answers.ts';
import { checkNamespace, reachLeader } from './call.ts';
import type { Call } from './call.ts';
import { ConsulRefusal, permissionDenied } from './consul-error.ts';
import type { ConsulServer } from './consul-server.ts';
import { parseGoDuration } from './go-duration.ts';
import { NODE_CHECK, sessionChecks } from './records.ts';
import type { ConsulSession, ServiceCheck } from './records.ts';
import { DecodeFault, decodeBody, kindOf, membersOf, mismatch } from './request-json.ts';
import { bodyMembers, listField, type Members, textField, textsField } from './struct-fields.ts';

const DEFAULT_LOCK_DELAY_NS = 15e9;
const SECONDS_BELOW = 1000;
const MAX_TTL_NS = 24 * 3600e9;
const STRUCT = 'struct { LockDelay interface {}; *structs.Alias }';

/** What a client asks for, before anything but its types was checked. */
interface SessionWish {
  readonly name: string;
  readonly node: string;
  readonly ttl: string;
  readonly behavior: string;
  readonly lockDelayNs: number;
  readonly nodeChecks: readonly string[] | null;
  readonly serviceChecks: readonly ServiceCheck[] | null;
  readonly checks: readonly string[];
}

/** Below 1000 a delay counts as seconds, whether it was written as a number or as a duration. */
function lockDelayOf(members: Members): number {
  const value = members.get('lockdelay')?.value ?? null;
  if (value === null) return DEFAULT_LOCK_DELAY_NS;
  if (typeof value !== 'string' && kindOf(value) !== 'number') return 0;
  const given = typeof value === 'string' ? parseGoDuration(value) : { ns: Math.trunc(Number(value)) };
  if ('fault' in given) throw new DecodeFault(given.fault);
  return given.ns < SECONDS_BELOW ? given.ns * 1e9 : given.ns;
}

function serviceChecksOf(members: Members): readonly ServiceCheck[] | null {
  const given = listField(members, 'ServiceChecks', '[]structs.ServiceCheck') ?? null;
  return (
    given?.map((check) => {
      if (!isObject(check)) throw mismatch(check, 'struct field .ServiceChecks', 'structs.ServiceCheck');
      const own = membersOf(check);
      return { id: textField(own, 'ID', ''), namespace: textField(own, 'Namespace', '') };
    }) ?? null
  );
}

/**
 * `Checks` is the older name of `NodeChecks`, and `serfHealth` alone the default of both: an empty one empties the
 * other. A session is bound to what is left of either.
 */
function nodeChecksOf(members: Members): Pick<SessionWish, 'checks' | 'nodeChecks'> {
  const old = textsField(members, 'Checks', 'types.CheckID');
  const own = textsField(members, 'NodeChecks', 'string');
  const checks = old === undefined ? [NODE_CHECK] : (old ?? []);
  const nodeChecks = own === undefined ? [NODE_CHECK] : own;
  if (checks.length === 0) return { checks: [], nodeChecks: [] };
  const isDefault = checks.length === 1 && checks[0] === NODE_CHECK;
  return { checks: isDefault || nodeChecks?.length === 0 ? [] : checks, nodeChecks };
}

function wishOf(body: string, nodeName: string): SessionWish {
  const value = body === '' ? {} : (decodeBody(body) ?? {});
  const members = bodyMembers(value, STRUCT);
  return {
    name: textField(members, 'Name', ''),
    node: textField(members, 'Node', nodeName),
    ttl: textField(members, 'TTL', ''),
    behavior: textField(members, 'Behavior', 'release'),
    lockDelayNs: lockDelayOf(members),
    ...nodeChecksOf(members),
    serviceChecks: serviceChecksOf(members),
  };
}

function ttlMsOf(ttl: string, minMs: number): number {
  if (ttl === '') return 0;
  const duration = parseGoDuration(ttl);
  if ('fault' in duration) throw new ConsulRefusal(500, `Session TTL '${ttl}' invalid: ${duration.fault}`);
  const bounds = `must be between [${minMs / 1000}s=24h0m0s]`;
  if (duration.ns !== 0 && (duration.ns < minMs * 1e6 || duration.ns > MAX_TTL_NS))
    throw new ConsulRefusal(500, `Invalid Session TTL '${duration.ns}', ${bounds}`);
  return duration.ns / 1e6;
}

function behaviorOf(wish: SessionWish): ConsulSession['behavior'] {
  if (wish.behavior === '' || wish.behavior === 'release') return 'release';
  if (wish.behavior === 'delete') return 'delete';
  throw new ConsulRefusal(500, `Invalid Behavior setting '${wish.behavior}'`);
}

function sessionOf(server: ConsulServer, wish: SessionWish, index: number): ConsulSession {
  const behavior = behaviorOf(wish);
  if (wish.node !== server.nodeName) throw new ConsulRefusal(500, 'Missing node registration');
  const at = { createIndex: index, modifyIndex: index };
  const ttlMs = ttlMsOf(wish.ttl, server.sessionTtlMinMs);
  const session = { ...wish, id: server.random.uuid(), behavior, ttlMs, ...at };
  checkChecks(server, session);
  return session;
}

/** Refuses (500) a check that is not there or critical. That of the node always passes. */
function checkChecks({ state }: ConsulServer, session: ConsulSession): void {
  for (const check of sessionChecks(session)) {
    const status = check === NODE_CHECK ? 'passing' : state.catalog.statusOf(check);
    if (status === undefined) throw new ConsulRefusal(500, `Missing check '${check}' registration`);
    if (status === 'critical') throw new ConsulRefusal(500, `Check '${check}' is in critical state`);
  }
}

function readWish({ request, server }: Call): SessionWish | FaceResponse {
  try {
    return wishOf(request.body, server.nodeName);
  } catch (error) {
    if (error instanceof DecodeFault) return textAnswer(400, `Request decode failed: ${error.message}`);
    throw error;
  }
}

/** PUT /v1/session/create: Name, Node, TTL (10 s to 24 h), LockDelay (15 s), Behavior, Checks; answers the new ID. */
export async function createSession(call: Call): Promise<FaceResponse> {
  checkNamespace(call);
  const wish = readWish(call);
  if ('status' in wish) return wish;
  const may = await reachLeader(call);
  if (wish.node === '') throw new ConsulRefusal(500, 'Must provide Node');
  if (!may.canWriteSession(wish.node)) throw permissionDenied();
  const { server } = call;
  ttlMsOf(wish.ttl, server.sessionTtlMinMs);
  const session = server.state.apply((index) => {
    const made = sessionOf(server, wish, index);
    server.state.addSession(made);
    return made;
  });
  return jsonAnswer({ ID: session.id });
}

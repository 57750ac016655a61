import type { FaceResponse } from '../face.ts';
import { isObject } from '../json-text.ts';
import type { Json } from '../json-text.ts';
import { jsonAnswer, textAnswer } from './answers.ts';
import { checkNamespace, reachLeader } from './call.ts';
import type { Call } from './call.ts';
import { ConsulRefusal, permissionDenied } from './consul-error.ts';
import type { ConsulServer } from './consul-server.ts';
import { parseGoDuration } from './go-duration.ts';
import type { ConsulSession } from './records.ts';
import { DecodeFault, decodeBody, kindOf, membersOf, mismatch } from './request-json.ts';
import type { WireValue } from './wire-json.ts';

const DEFAULT_LOCK_DELAY_NS = 15e9;
const SECONDS_BELOW = 1000;
const MAX_TTL_NS = 24 * 3600e9;
const NODE_CHECK = 'serfHealth';
const STRUCT = 'struct { LockDelay interface {}; *structs.Alias }';

/** What a client asks for, before anything but its types was checked. */
interface SessionWish {
  readonly name: string;
  readonly node: string;
  readonly ttl: string;
  readonly behavior: string;
  readonly lockDelayNs: number;
  readonly nodeChecks: readonly string[] | null;
  readonly serviceChecks: readonly Json[] | null;
}

type Members = ReturnType<typeof membersOf>;

function textOf(members: Members, name: string, otherwise: string): string {
  const member = members.get(name.toLowerCase());
  if (member === undefined || member.value === null) return otherwise;
  if (typeof member.value !== 'string') throw mismatch(member.value, `struct field .${name}`, 'string');
  return member.value;
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

function listOf(members: Members, name: string, type: string): readonly Json[] | null | undefined {
  const value = members.get(name.toLowerCase())?.value;
  if (value === undefined || value === null) return value;
  if (!Array.isArray(value)) throw mismatch(value, `struct field .${name}`, type);
  return value as readonly Json[];
}

/** `Checks` is the older name of `NodeChecks`, and given as null it still replaces them. */
function nodeChecksOf(members: Members): readonly string[] | null {
  const old = listOf(members, 'Checks', '[]string');
  const own = listOf(members, 'NodeChecks', '[]types.CheckID');
  const given = old === undefined ? own : (old ?? []);
  return given === undefined ? [NODE_CHECK] : (given?.map(String) ?? null);
}

function wishOf(body: string, nodeName: string): SessionWish {
  const value = body === '' ? {} : (decodeBody(body) ?? {});
  if (!isObject(value)) throw mismatch(value, 'value', STRUCT);
  const members = membersOf(value);
  return {
    name: textOf(members, 'Name', ''),
    node: textOf(members, 'Node', nodeName),
    ttl: textOf(members, 'TTL', ''),
    behavior: textOf(members, 'Behavior', 'release'),
    lockDelayNs: lockDelayOf(members),
    nodeChecks: nodeChecksOf(members),
    serviceChecks: listOf(members, 'ServiceChecks', '[]structs.ServiceCheck') ?? null,
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

function checkIdOf(check: Json): string {
  const id = isObject(check) ? membersOf(check).get('id')?.value : check;
  return typeof id === 'string' ? id : '';
}

function behaviorOf(wish: SessionWish): ConsulSession['behavior'] {
  if (wish.behavior === '' || wish.behavior === 'release') return 'release';
  if (wish.behavior === 'delete') return 'delete';
  throw new ConsulRefusal(500, `Invalid Behavior setting '${wish.behavior}'`);
}

function sessionOf(server: ConsulServer, wish: SessionWish, index: number): ConsulSession {
  const behavior = behaviorOf(wish);
  if (wish.node !== server.nodeName) throw new ConsulRefusal(500, 'Missing node registration');
  const checks = [...(wish.nodeChecks ?? []), ...(wish.serviceChecks ?? []).map(checkIdOf)];
  const missing = checks.find((check) => check !== NODE_CHECK);
  if (missing !== undefined) throw new ConsulRefusal(500, `Missing check '${missing}' registration`);
  const { name, node, ttl, lockDelayNs, nodeChecks } = wish;
  const serviceChecks = wish.serviceChecks as readonly WireValue[] | null;
  const at = { createIndex: index, modifyIndex: index };
  const id = server.random.uuid();
  const ttlMs = ttlMsOf(ttl, server.sessionTtlMinMs);
  return {
    id,
    name,
    node,
    lockDelayNs,
    behavior,
    ttl,
    ttlMs,
    nodeChecks,
    serviceChecks,
    ...at,
  };
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

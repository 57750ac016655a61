import type { FaceResponse } from '../face.ts';
import type { Authorizer } from './acl.ts';
import { jsonAnswer, metaHeaders, textAnswer } from './answers.ts';
import { readBlocking, readOptionsOf, refusedRead } from './blocking.ts';
import { checkNamespace, reachForRead, reachLeader } from './call.ts';
import type { Call } from './call.ts';
import { ConsulRefusal, permissionDenied } from './consul-error.ts';
import type { ConsulState } from './consul-state.ts';
import { sessionOnWire } from './records.ts';
import type { ConsulSession } from './records.ts';
import type { Watch } from './watchers.ts';

interface Selection {
  readonly watch: Watch;
  readonly sessions: readonly ConsulSession[];
}

type Select = (state: ConsulState) => Selection;

async function readWith(call: Call, may: Authorizer, select: Select): Promise<FaceResponse> {
  const { state, leader } = call.server;
  const look = (): ReturnType<Parameters<typeof readBlocking>[2]['look']> => {
    const { watch, sessions } = select(state);
    const { index } = state.sessions;
    const visible = sessions.filter(({ node }) => may.canReadSession(node)).map(sessionOnWire);
    return { index, watch, answer: jsonAnswer(visible, metaHeaders(leader.meta(), index)) };
  };
  return readBlocking(call, readOptionsOf(call), { look, watchers: state.sessionWatchers });
}

async function read(call: Call, select: Select): Promise<FaceResponse> {
  checkNamespace(call);
  readOptionsOf(call);
  try {
    return await readWith(call, await reachForRead(call), select);
  } catch (error) {
    return refusedRead(error);
  }
}

/** GET /v1/session/list. */
export function listSessions(call: Call): Promise<FaceResponse> {
  return read(call, (state) => ({ watch: { guard: '' }, sessions: state.sessions.list() }));
}

/** GET /v1/session/node/:node: an empty list for a node that is not there. */
export function listNodeSessions(call: Call): Promise<FaceResponse> {
  if (call.rest === '') throw new ConsulRefusal(400, 'Missing node name');
  const isThere = ({ node }: ConsulSession): boolean => node === call.rest;
  return read(call, (state) => ({ watch: { guard: '' }, sessions: state.sessions.list().filter(isThere) }));
}

function idOf(call: Call): string {
  if (call.rest === '') throw new ConsulRefusal(400, 'Missing session');
  return call.rest;
}

/** GET /v1/session/info/:id: a list of one, empty when there is none. */
export function readSession(call: Call): Promise<FaceResponse> {
  const id = idOf(call);
  return read(call, ({ sessions }) => {
    const session = sessions.get(id);
    return { watch: sessions.watchOf(id), sessions: session === undefined ? [] : [session] };
  });
}

async function findOwn(call: Call): Promise<ConsulSession | undefined> {
  checkNamespace(call);
  const id = idOf(call);
  const may = await reachLeader(call);
  const session = call.server.state.sessions.get(id);
  if (session !== undefined && !may.canWriteSession(session.node)) throw permissionDenied();
  return session;
}

/** PUT /v1/session/renew/:id: the session, or 404. Its TTL begins anew. */
export async function renewSession(call: Call): Promise<FaceResponse> {
  const session = await findOwn(call);
  if (session === undefined) return textAnswer(404, `Session id '${call.rest}' not found`);
  call.server.state.startTtl(session);
  return jsonAnswer([sessionOnWire(session)]);
}

/** With access control the session is looked up before the raft entry is made, and in other words. */
function findToDestroy({ server }: Call, id: string): ConsulSession | undefined {
  const { state, acl } = server;
  if (acl === undefined)
    return state.sessions.has(id) ? state.sessions.get(id) : state.apply(() => state.sessions.get(id));
  try {
    return state.sessions.get(id);
  } catch (error) {
    if (!(error instanceof ConsulRefusal)) throw error;
    throw new ConsulRefusal(500, `Session lookup failed: ${error.message}`);
  }
}

/** PUT /v1/session/destroy/:id: `true`, whether it was there or not. */
export async function destroySession(call: Call): Promise<FaceResponse> {
  checkNamespace(call);
  const id = idOf(call);
  const may = await reachLeader(call);
  const session = findToDestroy(call, id);
  if (session !== undefined && !may.canWriteSession(session.node)) throw permissionDenied();
  if (session !== undefined) call.server.state.endSession(session);
  return jsonAnswer(true);
}

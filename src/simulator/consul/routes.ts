import type { FaceRequest, FaceResponse } from '../face.ts';
import { checkRights } from './acl-check.ts';
import { listMembers, readAgent, readLeader, readPeers } from './agent.ts';
import { emptyAnswer, textAnswer } from './answers.ts';
import type { Call } from './call.ts';
import { listNodes, readHealth } from './health.ts';
import { deleteKv, writeKv } from './kv-write.ts';
import { readKv } from './kv-read.ts';
import { createSession } from './session-create.ts';
import { destroySession, listNodeSessions, listSessions, readSession, renewSession } from './sessions.ts';
import { deregisterService, registerService, updateCheck } from './services.ts';
import { runTxn } from './txn.ts';

/** Answers one request at one endpoint. */
export type Endpoint = (call: Call) => FaceResponse | Promise<FaceResponse>;

interface Route {
  /** Exact, or with a slash at the end everything below it. */
  readonly path: string;
  readonly methods: Readonly<Record<string, Endpoint>>;
}

const ROUTES: readonly Route[] = [
  { path: '/v1/status/leader', methods: { GET: readLeader } },
  { path: '/v1/status/peers', methods: { GET: readPeers } },
  { path: '/v1/agent/self', methods: { GET: readAgent } },
  { path: '/v1/agent/members', methods: { GET: listMembers } },
  { path: '/v1/agent/service/register', methods: { PUT: registerService } },
  { path: '/v1/agent/service/deregister/', methods: { PUT: deregisterService } },
  { path: '/v1/agent/check/pass/', methods: { PUT: updateCheck('passing') } },
  { path: '/v1/agent/check/warn/', methods: { PUT: updateCheck('warning') } },
  { path: '/v1/agent/check/fail/', methods: { PUT: updateCheck('critical') } },
  { path: '/v1/health/service/', methods: { GET: readHealth } },
  { path: '/v1/catalog/nodes', methods: { GET: listNodes } },
  { path: '/v1/kv/', methods: { GET: readKv, PUT: writeKv, DELETE: deleteKv } },
  { path: '/v1/txn', methods: { PUT: runTxn } },
  { path: '/v1/session/create', methods: { PUT: createSession } },
  { path: '/v1/session/destroy/', methods: { PUT: destroySession } },
  { path: '/v1/session/renew/', methods: { PUT: renewSession } },
  { path: '/v1/session/info/', methods: { GET: readSession } },
  { path: '/v1/session/node/', methods: { GET: listNodeSessions } },
  { path: '/v1/internal/acl/authorize', methods: { POST: checkRights } },
  { path: '/v1/session/list', methods: { GET: listSessions } },
];

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

/** The path without `//`, `.` and `..`, as Go's server wants it. */
function cleanPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  const isFolder = path.endsWith('/') && parts.length > 0;
  return `/${parts.join('/')}${isFolder ? '/' : ''}`;
}

const KEPT = /%(?:2F|3A|3B|40|26|3D|2B|24|2C|7E)/gi;

function encode(path: string): string {
  return encodeURIComponent(path)
    .replaceAll(KEPT, decodeURIComponent)
    .replaceAll(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}

function searchOf(query: URLSearchParams): string {
  const parts = [...query].map(([name, value]) => new URLSearchParams({ [name]: value }).toString());
  const bare = parts.map((part) => part.replace(/=$/, ''));
  return bare.length === 0 ? '' : `?${bare.join('&')}`;
}

function redirect(request: FaceRequest, path: string): FaceResponse {
  const Location = encode(path) + searchOf(request.query);
  if (request.method !== 'GET') return { status: 301, headers: { Location }, body: '' };
  const body = `<a href="${Location.replaceAll('&', '&amp;')}">Moved Permanently</a>.\n\n`;
  return { status: 301, headers: { 'Content-Type': 'text/html; charset=utf-8', Location }, body };
}

function findRoute(path: string): Route | undefined {
  return ROUTES.find(
    (route) => route.path === path || (route.path.endsWith('/') && path.startsWith(route.path)),
  );
}

/** Which endpoint a request is for, with the rest of its path; or the answer, when it is for none. */
export function routeOf(request: FaceRequest): { endpoint: Endpoint; rest: string } | FaceResponse {
  const path = decode(request.path);
  if (path === undefined)
    return {
      ...textAnswer(400, '400 Bad Request'),
      headers: { 'Content-Type': 'text/plain; charset=utf-8' },
    };
  const clean = cleanPath(path);
  if (clean !== path) return redirect(request, clean);
  const route = findRoute(path);
  if (route === undefined)
    return findRoute(`${path}/`) === undefined
      ? { status: 404, headers: {}, body: '' }
      : redirect(request, `${path}/`);
  const Allow = ['OPTIONS', ...Object.keys(route.methods)].join(',');
  if (request.method === 'OPTIONS') return emptyAnswer(200, { Allow });
  const endpoint = route.methods[request.method];
  if (endpoint === undefined) return textAnswer(405, `method ${request.method} not allowed`, { Allow });
  return { endpoint, rest: path.slice(route.path.length) };
}

import type { FaceRequest } from '../face.ts';
import { authorize } from './acl.ts';
import type { Authorizer } from './acl.ts';
import { ConsulRefusal } from './consul-error.ts';
import type { ConsulServer } from './consul-server.ts';

const DATACENTER = 'dc1';

/** One request at one endpoint. `rest` is the decoded path after the endpoint's own (a key, an id). */
export interface Call {
  readonly request: FaceRequest;
  readonly query: URLSearchParams;
  readonly rest: string;
  readonly server: ConsulServer;
}

function tokenOf({ query, request }: Call): string {
  const bearer = /^bearer (.*)$/i.exec(request.headers['authorization'] ?? '')?.[1]?.trim();
  return query.get('token') || request.headers['x-consul-token'] || bearer || '';
}

/** Refuses (400) what every endpoint refuses before it looks at the rest. */
export function checkNamespace({ query }: Call): void {
  if (!query.has('ns') || query.get('ns') === '') return;
  const why = 'Invalid query parameter: "ns" - Namespaces are a Consul Enterprise feature';
  throw new ConsulRefusal(400, `Bad request: ${why}`);
}

/** Refuses (500) a datacenter that is not this one. */
export function checkDatacenter({ query }: Call): void {
  const datacenter = query.get('dc') ?? '';
  if (datacenter !== '' && datacenter !== DATACENTER) throw new ConsulRefusal(500, 'No path to datacenter');
}

/** What comes before any work at the leader: the datacenter, the leader, the token. */
export async function reachLeader(call: Call): Promise<Authorizer> {
  checkDatacenter(call);
  await call.server.leader.need(call.request.signal);
  return authorize(call.server.acl, tokenOf(call));
}

/** The same for a read, which with `?stale` needs no leader. */
export async function reachForRead(call: Call): Promise<Authorizer> {
  if (!call.query.has('stale')) return reachLeader(call);
  checkDatacenter(call);
  return authorize(call.server.acl, tokenOf(call));
}

/** The rights of the caller, for an endpoint that asks nobody else. */
export function authorizeCaller(call: Call): Authorizer {
  return authorize(call.server.acl, tokenOf(call));
}

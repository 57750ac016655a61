import type { FaceResponse } from '../face.ts';
import type { Authorizer } from './acl.ts';
import { jsonAnswer, metaHeaders } from './answers.ts';
import { readBlocking, readOptionsOf, refusedRead } from './blocking.ts';
import type { Look, ReadOptions } from './blocking.ts';
import { checkNamespace, reachForRead } from './call.ts';
import type { Call } from './call.ts';
import { nodeOnWire, serviceOnWire, serviceChecksOnWire } from './catalog-wire.ts';
import type { CatalogService } from './catalog-table.ts';
import { ConsulRefusal } from './consul-error.ts';
import type { ConsulServer } from './consul-server.ts';
import type { WireValue } from './wire-json.ts';

const TRUE = ['1', 't', 'T', 'true', 'TRUE', 'True'];
const FALSE = ['0', 'f', 'F', 'false', 'FALSE', 'False'];

function asksForPassing({ query }: Call): boolean {
  const text = query.get('passing');
  if (text === null) return false;
  if (text === '' || TRUE.includes(text)) return true;
  if (FALSE.includes(text)) return false;
  throw new ConsulRefusal(400, 'Invalid value for ?passing');
}

function headersOf(call: Call, index: number): Readonly<Record<string, string>> {
  const consistency = call.query.has('stale') ? 'stale' : 'leader';
  return {
    'X-Consul-Effective-Consistency': consistency,
    ...metaHeaders(call.server.leader.meta(), index),
  };
}

/** Every tag that is asked for, in whatever case. */
function hasTags({ tags }: CatalogService, { query }: Call): boolean {
  const own = tags.map((tag) => tag.toLowerCase());
  return query.getAll('tag').every((tag) => own.includes(tag.toLowerCase()));
}

function entryOnWire(server: ConsulServer, service: CatalogService): WireValue {
  return {
    Node: nodeOnWire(server),
    Service: serviceOnWire(service),
    Checks: serviceChecksOnWire(server, service),
  };
}

function lookAtServices(call: Call, may: Authorizer): Look {
  const { server, rest: name } = call;
  const { catalog } = server.state;
  const isSeen = may.canReadService(name) && may.canReadNode(server.nodeName);
  const onlyPassing = asksForPassing(call);
  const services = (isSeen ? catalog.list(name) : [])
    .filter((service) => hasTags(service, call))
    .filter(({ check }) => !onlyPassing || check === undefined || check.status === 'passing');
  const index = catalog.indexOf(name);
  const entries = services.map((service) => entryOnWire(server, service));
  const watch = { key: name.toLowerCase() };
  return { index, watch, answer: jsonAnswer(entries, headersOf(call, index)) };
}

/** GET /v1/health/service/:name with `tag`, `passing`, `index`, `wait`, `stale`. */
export function readHealth(call: Call): Promise<FaceResponse> {
  checkNamespace(call);
  const options = readOptionsOf(call);
  asksForPassing(call);
  if (call.rest === '') throw new ConsulRefusal(400, 'Missing service name');
  return read(call, options, (may) => lookAtServices(call, may));
}

const NODES_INDEX = 12;

/** GET /v1/catalog/nodes: this one, which never changes. */
export function listNodes(call: Call): Promise<FaceResponse> {
  checkNamespace(call);
  const { server } = call;
  return read(call, readOptionsOf(call), (may) => {
    const nodes = may.canReadNode(server.nodeName) ? [nodeOnWire(server)] : [];
    const answer = jsonAnswer(nodes, headersOf(call, NODES_INDEX));
    return { index: NODES_INDEX, watch: { key: '' }, answer };
  });
}

async function read(
  call: Call,
  options: ReadOptions,
  look: (may: Authorizer) => Look,
): Promise<FaceResponse> {
  try {
    const may = await reachForRead(call);
    const watchers = call.server.state.catalogWatchers;
    return await readBlocking(call, options, { look: () => look(may), watchers });
  } catch (error) {
    return refusedRead(error);
  }
}

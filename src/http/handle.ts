import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { type Answer, told } from './answer.ts';
import { isKnownHost } from './guard.ts';
import { readQuery } from './query.ts';
import { type BodyReading, hasBody, readBody } from './read-body.ts';
import type { Route, Served } from './route.ts';
import { ROUTES } from './routes.ts';

/** What requests are answered with. */
export interface Handling {
  /** Undefined until the agent has started. */
  readonly served: () => Served | undefined;
  readonly bindAddress: string;
  /** Undefined: no token is configured, and nothing can be changed. */
  readonly hasToken: ((headers: IncomingHttpHeaders) => boolean) | undefined;
}

/** The words of the Go releases. */
const INVALID_METHOD = 'Invalid method';

const BY_PATH: ReadonlyMap<string, readonly Route[]> = new Map(
  ROUTES.map(({ path }) => [path, ROUTES.filter((one) => one.path === path)]),
);

/** One request → its answer. Throws only for a fault of the program, or when the client went away. */
export async function handle(
  handling: Handling,
  request: IncomingMessage,
  signal: AbortSignal,
): Promise<Answer> {
  const { url = '', method = '', headers } = request;
  if (request.httpVersionMajor !== 1) return told(400, 'this is no HTTP/1');
  if ((request.headersDistinct['host'] ?? []).length > 1)
    return told(400, 'there is more than one Host header');
  if (!url.startsWith('/')) return told(400, 'the target of a request is a path');
  if (!isKnownHost(headers.host, handling.bindAddress)) {
    return told(403, 'the Host header is not the address that this API listens at');
  }
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const routes = BY_PATH.get(path);
  if (!routes) return told(404, 'there is nothing at this path');
  const route = routes.find((one) => one.method === method);
  if (!route) return told(405, INVALID_METHOD, { Allow: routes.map((one) => one.method).join(', ') });
  return answer(handling, route, { request, signal, search: mark < 0 ? '' : url.slice(mark + 1) });
}

const NO_BODY: BodyReading = { kind: 'body', body: undefined };

interface Asked {
  readonly request: IncomingMessage;
  readonly signal: AbortSignal;
  readonly search: string;
}

async function answer(handling: Handling, route: Route, asked: Asked): Promise<Answer> {
  const { request, signal, search } = asked;
  const refusal = refuse(handling, route, request);
  if (refusal) return refusal;
  const query = readQuery(route.parameters ?? [], search);
  if (typeof query === 'string') return told(400, query);
  const read = route.body ? await readBody(request, route.body) : NO_BODY;
  if (read.kind === 'refused') return read.answer;
  const served = handling.served();
  if (!served) return told(503, 'the agent is starting');
  const remote = request.socket.remoteAddress ?? '';
  return route.run(served, { query, body: read.body, remote, signal });
}

/** Who may not, or brings what nobody wants. */
function refuse(handling: Handling, route: Route, request: IncomingMessage): Answer | undefined {
  if (!route.body && hasBody(request)) return told(400, `a ${route.method} of this path has no body`);
  if (!route.isGuarded) return undefined;
  if (!handling.hasToken) {
    return told(403, 'nothing can be changed over HTTP: this agent has no http_token');
  }
  return handling.hasToken(request.headers)
    ? undefined
    : told(403, 'the token is missing or wrong: X-Replicator-Token, or Authorization: Bearer');
}

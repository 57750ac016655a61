import { Refusal } from '../world/refusal.ts';
import { resolveRights } from './acl.ts';
import { aclRoutes } from './acl-routes.ts';
import { agentRoutes, DEFAULT_IDENTITY } from './agent-routes.ts';
import {
  allocationRoute,
  allocationsRoute,
  clientAllocationRoute,
  clientStatsRoute,
} from './allocation-routes.ts';
import { deploymentRoute, deploymentsRoute } from './deployment-routes.ts';
import { EventLog } from './event-log.ts';
import { eventStreamRoute } from './event-stream.ts';
import { evaluationRoute, evaluationsRoute } from './evaluation-routes.ts';
import { faultBefore } from './face-faults.ts';
import { validateReply } from './job-plan.ts';
import { jobRoute, jobsRoute } from './job-routes.ts';
import { namespaceRoute, namespacesRoute } from './namespace-routes.ts';
import { nodeRoute, nodesRoute } from './node-routes.ts';
import { textReply } from './reply.ts';
import { ListCache } from './text-cache.ts';
import type { Face, FaceRequest, FaceResponse } from '../face.ts';
import type { World } from '../world/world.ts';
import type { AclOptions } from './acl.ts';
import type { AgentIdentity } from './agent-routes.ts';
import type { Route } from './call.ts';

export interface NomadFaceOptions {
  /** Tokens and their policies; without it every call is allowed. */
  readonly acl?: AclOptions;
  readonly identity?: Partial<AgentIdentity>;
}

/** Routes for a whole path, and for everything that begins with it when it ends with a slash. */
const ROUTES: Readonly<Record<string, Route>> = {
  '/v1/jobs': jobsRoute,
  '/v1/job/': jobRoute,
  '/v1/validate/job': validateReply,
  '/v1/nodes': nodesRoute,
  '/v1/node/': nodeRoute,
  '/v1/allocations': allocationsRoute,
  '/v1/allocation/': allocationRoute,
  '/v1/client/allocation/': clientAllocationRoute,
  '/v1/client/stats': clientStatsRoute,
  '/v1/evaluations': evaluationsRoute,
  '/v1/evaluation/': evaluationRoute,
  '/v1/deployments': deploymentsRoute,
  '/v1/deployment/': deploymentRoute,
  '/v1/namespaces': namespacesRoute,
  '/v1/namespace': namespaceRoute,
};

/** Nomad's HTTP API over a world: paths, headers, bodies and refusals as a 1.0 server gives them. */
export function createNomadFace(world: World, options: NomadFaceOptions = {}): Face {
  const identity = { ...DEFAULT_IDENTITY, ...options.identity };
  const routes = {
    ...ROUTES,
    ...agentRoutes(identity, options.acl !== undefined),
    '/v1/event/stream': eventStreamRoute(new EventLog(world.store)),
    ...aclRoutes(options.acl),
  };
  const lists = new ListCache();
  world.store.onAbandon(() => {
    lists.clear();
  });

  const answer = async (request: FaceRequest): Promise<FaceResponse> => {
    const path = decodePath(request.path);
    const found = findRoute(routes, path);
    if (!found) return textReply(404, '');
    const region = request.query.get('region') ?? '';
    if (region !== '' && region !== identity.region) throw new Refusal(500, 'No path to region');
    const fault = await faultBefore(world, request);
    if (fault) return fault;
    const rights = resolveRights(options.acl, request.headers['x-nomad-token'] ?? '');
    return found.route({ world, request, rights, lists, rest: found.rest });
  };

  return {
    async handle(request) {
      try {
        return await answer(request);
      } catch (error) {
        if (error instanceof Refusal) return textReply(error.status, error.message);
        throw error;
      }
    },
  };
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new Refusal(400, '400 Bad Request');
  }
}

function findRoute(
  routes: Readonly<Record<string, Route>>,
  path: string,
): { readonly route: Route; readonly rest: string } | undefined {
  const whole = routes[path];
  if (whole) return { route: whole, rest: '' };
  const beginning = Object.keys(routes).find((key) => key.endsWith('/') && path.startsWith(key));
  const route = beginning === undefined ? undefined : routes[beginning];
  return route && beginning !== undefined ? { route, rest: path.slice(beginning.length) } : undefined;
}

import { changeCloud, readCloud } from './aws/aws-controls.ts';
import { poolsView } from './aws/pools-view.ts';
import { checked, jsonAnswer, plainAnswer, readBody, textAnswer } from './control-parts.ts';
import { asNumber, asText } from './json-text.ts';
import { groupsOf } from './group-view.ts';
import { readFaults } from './fault-reader.ts';
import { readLoad, readNodeInput } from './world-file.ts';
import { Refusal } from './world/refusal.ts';
import type { CloudPools } from './aws/cloud-pools.ts';
import type { PoolClients } from './aws/pool-clients.ts';
import type { PoolNow } from './aws/pools-view.ts';
import type { JsonObject } from './json-text.ts';
import type { Face, FaceRequest, FaceResponse } from './face.ts';
import type { RequestLogEntry } from './http-handler.ts';
import type { World } from './world/world.ts';
import type { Node } from './world/types.ts';

export interface ControlOptions {
  /** What `GET /simulator/log` gives: the requests served so far. */
  readonly log?: () => readonly RequestLogEntry[];
  /** The same of `GET /simulator/aws-log`. */
  readonly awsLog?: () => readonly RequestLogEntry[];
  /** The AWS beside the world, to be changed. */
  readonly cloud?: CloudPools;
  /** The pools to be shown, where they are those of a foreign AWS. */
  readonly followed?: { readonly clients: PoolClients; pools(): readonly PoolNow[] };
}

/** The beginning of every path of the control face. */
export const CONTROL_PREFIX = '/simulator/';

/**
 * Lets another process change the world: `PUT load`, `faults`, `node`, and of its AWS `aws`, `pool`, `instance`;
 * `GET log`, `groups`, `faults`, `pools`, `aws`, `aws-log`, `aws-history`, `terminations`.
 * Bodies are JSON; a refusal is 400 with one line for each fault.
 */
export function createControlFace(world: World, options: ControlOptions = {}): Face {
  return {
    async handle(request) {
      try {
        return await Promise.resolve(answer(world, request, options));
      } catch (error) {
        if (error instanceof Refusal) return textAnswer(error.status, `${error.message}\n`);
        throw error;
      }
    },
  };
}

function answer(world: World, request: FaceRequest, options: ControlOptions): FaceResponse {
  const name = request.path.slice(CONTROL_PREFIX.length);
  if (request.method === 'GET') return read(world, { name, request }, options);
  const body = readBody(request);
  switch (name) {
    case 'load':
      return setLoad(world, body);
    case 'faults':
      return setFaults(world, body);
    case 'node':
      return changeNode(world, body);
    default:
      return (options.cloud && changeCloud(options.cloud, name, body)) ?? noControl(name);
  }
}

function noControl(name: string): never {
  throw new Refusal(404, `no such control: ${name}`);
}

function read(
  world: World,
  { name, request }: { name: string; request: FaceRequest },
  options: ControlOptions,
): FaceResponse {
  const shown = options.cloud ?? options.followed;
  switch (name) {
    case 'log':
      return logAnswer(options.log, request);
    case 'aws-log':
      return logAnswer(options.awsLog, request);
    case 'groups':
      return jsonAnswer(groupsOf(world));
    case 'faults':
      return plainAnswer(world.faults);
    case 'pools':
      return jsonAnswer(shown ? poolsView(world, shown.clients, shown.pools()) : []);
    case 'terminations':
      return plainAnswer(shown?.clients.terminations ?? []);
    default:
      return (options.cloud && readCloud(options.cloud, name, request.query)) ?? noControl(name);
  }
}

function logAnswer(log: ControlOptions['log'], { query }: FaceRequest): FaceResponse {
  const since = Number(query.get('since') ?? 0);
  return plainAnswer((log?.() ?? []).filter((entry) => entry.seq > since));
}

function setLoad(world: World, body: JsonObject): FaceResponse {
  const load = checked(body['load'], readLoad);
  const scope = checked(body, (reader) => ({
    namespace: reader.text('namespace', 'default'),
    jobId: reader.text('job'),
    group: reader.text('group'),
  }));
  world.statistics.setLoad(scope, load);
  return jsonAnswer({ ok: true });
}

function setFaults(world: World, body: JsonObject): FaceResponse {
  const factor = body['restoreIndexes'];
  world.setFaults(checked(body, readFaults));
  if (factor !== undefined) world.restoreIndexes(asNumber(factor, 1));
  return jsonAnswer({ ok: true, index: world.store.index });
}

function changeNode(world: World, body: JsonObject): FaceResponse {
  const action = asText(body['action']);
  if (action === 'add') {
    const node = world.addNode(checked(body['node'], readNodeInput));
    return jsonAnswer({ id: node.id, name: node.name });
  }
  const node = findNode(world, asText(body['id']) || asText(body['name']));
  switch (action) {
    case 'remove':
      world.nodes.remove(node.id);
      break;
    case 'kill':
      world.nodes.silence(node.id, 'dead');
      break;
    case 'hang':
      world.nodes.silence(node.id, 'hung');
      break;
    case 'revive':
      world.nodes.revive(node.id);
      break;
    default:
      throw new Refusal(400, 'action must be one of add, remove, kill, hang, revive');
  }
  return jsonAnswer({ id: node.id, name: node.name });
}

function findNode(world: World, key: string): Node {
  const node = world.store.tables.nodes.all().find(({ id, name }) => id === key || name === key);
  if (!node) throw new Refusal(404, `no such node: ${key}`);
  return node;
}

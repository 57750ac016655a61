import { asNumber, asObject, asText, parseJson, writeJson } from './json-text.ts';
import { groupsOf } from './group-view.ts';
import { readFaults } from './fault-reader.ts';
import { readLoad, readNodeInput } from './world-file.ts';
import { FieldReader } from './world-file-reader.ts';
import { Refusal } from './world/refusal.ts';
import type { Json, JsonObject } from './json-text.ts';
import type { Face, FaceRequest, FaceResponse } from './face.ts';
import type { RequestLogEntry } from './http-handler.ts';
import type { World } from './world/world.ts';
import type { Node } from './world/types.ts';

export interface ControlOptions {
  /** What `GET /simulator/log` gives: the requests served so far. */
  readonly log?: () => readonly RequestLogEntry[];
}

/** The beginning of every path of the control face. */
export const CONTROL_PREFIX = '/simulator/';

/**
 * Lets another process change the world: `PUT load`, `faults`, `node`; `GET log`, `groups`, `faults`.
 * Bodies are JSON; a refusal is 400 with one line for each fault.
 */
export function createControlFace(world: World, options: ControlOptions = {}): Face {
  return {
    async handle(request) {
      try {
        return await Promise.resolve(answer(world, request, options));
      } catch (error) {
        if (error instanceof Refusal) return text(error.status, `${error.message}\n`);
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
      throw new Refusal(404, `no such control: ${name}`);
  }
}

function read(
  world: World,
  { name, request }: { name: string; request: FaceRequest },
  options: ControlOptions,
): FaceResponse {
  switch (name) {
    case 'log': {
      const since = Number(request.query.get('since') ?? 0);
      const entries = (options.log?.() ?? []).filter((entry) => entry.seq > since);
      return { status: 200, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(entries) };
    }
    case 'groups':
      return json(groupsOf(world));
    case 'faults':
      return { ...json(null), body: JSON.stringify(world.faults) };
    default:
      throw new Refusal(404, `no such control: ${name}`);
  }
}

function readBody({ body }: FaceRequest): JsonObject {
  try {
    return asObject(parseJson(body === '' ? '{}' : body));
  } catch {
    throw new Refusal(400, 'the body is not JSON');
  }
}

/** Reads with a reader that notes faults. Throws a Refusal with all of them. */
function checked<T>(value: Json | undefined, make: (reader: FieldReader) => T): T {
  const faults: string[] = [];
  const result = make(new FieldReader(value, '', faults));
  if (faults.length > 0) throw new Refusal(400, faults.join('\n'));
  return result;
}

function setLoad(world: World, body: JsonObject): FaceResponse {
  const load = checked(body['load'], readLoad);
  const scope = checked(body, (reader) => ({
    namespace: reader.text('namespace', 'default'),
    jobId: reader.text('job'),
    group: reader.text('group'),
  }));
  world.statistics.setLoad(scope, load);
  return json({ ok: true });
}

function setFaults(world: World, body: JsonObject): FaceResponse {
  const factor = body['restoreIndexes'];
  world.setFaults(checked(body, readFaults));
  if (factor !== undefined) world.restoreIndexes(asNumber(factor, 1));
  return json({ ok: true, index: world.store.index });
}

function changeNode(world: World, body: JsonObject): FaceResponse {
  const action = asText(body['action']);
  if (action === 'add') {
    const node = world.addNode(checked(body['node'], readNodeInput));
    return json({ id: node.id, name: node.name });
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
  return json({ id: node.id, name: node.name });
}

function findNode(world: World, key: string): Node {
  const node = world.store.tables.nodes.all().find(({ id, name }) => id === key || name === key);
  if (!node) throw new Refusal(404, `no such node: ${key}`);
  return node;
}

function json(value: Json): FaceResponse {
  return { status: 200, headers: { 'Content-Type': 'application/json' }, body: writeJson(value) };
}

function text(status: number, body: string): FaceResponse {
  return { status, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body };
}

import { createNomadFace } from '../../src/simulator/nomad/face.ts';
import type { Face, FaceResponse } from '../../src/simulator/face.ts';
import type { NomadFaceOptions } from '../../src/simulator/nomad/face.ts';
import type { World } from '../../src/simulator/world/world.ts';

export interface Asked {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly body: any;
  readonly index: number;
}

export interface Ask {
  readonly method?: string;
  readonly body?: unknown;
  readonly token?: string;
  readonly signal?: AbortSignal;
}

/** Asks a face without anything between. */
export type Client = (path: string, ask?: Ask) => Promise<Asked>;

export function clientOf(face: Face): Client {
  return async (target, ask = {}) => {
    const [path = '', query = ''] = target.split('?');
    const response = await face.handle({
      method: ask.method ?? (ask.body === undefined ? 'GET' : 'PUT'),
      path,
      query: new URLSearchParams(query),
      headers: ask.token === undefined ? {} : { 'x-nomad-token': ask.token },
      body: ask.body === undefined ? '' : JSON.stringify(ask.body),
      signal: ask.signal ?? new AbortController().signal,
    });
    return { ...read(response), status: response.status, headers: response.headers };
  };
}

function read({ body, headers }: FaceResponse): Pick<Asked, 'text' | 'body' | 'index'> {
  const isJson = headers['Content-Type'] === 'application/json';
  return {
    text: body,
    body: isJson ? JSON.parse(body) : undefined,
    index: Number(headers['X-Nomad-Index'] ?? -1),
  };
}

/** A client of the Nomad face of a world. */
export function nomadOf(world: World, options: NomadFaceOptions = {}): Client {
  return clientOf(createNomadFace(world, options));
}

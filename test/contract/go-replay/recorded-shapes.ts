import { readdirSync, readFileSync } from 'node:fs';
import { joinedShape } from './joined-shape.ts';
import { kindOf } from './recorded-run.ts';
import type { JoinedShape } from './joined-shape.ts';

interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly body?: unknown;
}

const recordings = new URL('../../recordings/', import.meta.url);

/** What the same releases of Nomad and Consul answered with 200 to each kind of call. */
export type RecordedShapes = ReadonlyMap<string, JoinedShape>;

function exchangesIn(folder: string): readonly Exchange[] {
  const directory = new URL(`${folder}/`, recordings);
  const names = readdirSync(directory).filter((name) => name.endsWith('.json') && name !== 'acl.json');
  return names.flatMap((name) => {
    const text = readFileSync(new URL(name, directory), 'utf8');
    return (JSON.parse(text) as { readonly exchanges?: readonly Exchange[] }).exchanges ?? [];
  });
}

/** Reads every recorded body and joins those of one kind; a node's allocations are whole ones, as read one by one. */
export function recordedShapes(): RecordedShapes {
  const bodies = new Map<string, unknown[]>();
  const add = (kind: string, body: unknown): void =>
    void bodies.set(kind, [...(bodies.get(kind) ?? []), body]);
  for (const exchange of [...exchangesIn('nomad-1.0.18'), ...exchangesIn('consul-1.8.7')]) {
    if (exchange.status !== 200 || exchange.body === undefined) continue;
    const kind = kindOf(exchange);
    if (kind !== 'GET /v1/node/:id/allocations') add(kind, exchange.body);
    else {
      const allocations = (exchange.body as readonly object[]).map(withoutLeftOut);
      add(kind, allocations);
      for (const allocation of allocations) add('GET /v1/allocation/:id', allocation);
    }
  }
  return new Map([...bodies].map(([kind, seen]) => [kind, joinedShape(seen)]));
}

/** In some recordings a text stands for the job of an allocation. */
function withoutLeftOut(allocation: object): object {
  return 'Job' in allocation && typeof allocation.Job === 'string'
    ? { ...allocation, Job: null }
    : allocation;
}

import type { TreeRead } from '../ports/coordination.ts';
import { PortError } from '../ports/port-error.ts';
import type { Acting } from './acting.ts';
import type { Store } from './store.ts';
import { TreeCopy } from './tree-copy.ts';

/** The key root as it was read once. */
export interface FrozenStore extends Store {
  /** Values of the keys right below a prefix, by what follows it. */
  documents(prefix: string): ReadonlyMap<string, string>;
}

/** A store that is what was read, for good. Every write is refused. */
export function frozenStore(tree: TreeRead): FrozenStore {
  const copy = new TreeCopy();
  copy.replace(tree);
  return {
    ready: () => true,
    get: (key) => copy.get(key),
    below: (prefix) => copy.below(prefix),
    documents: (prefix) =>
      new Map(
        copy
          .below(prefix)
          .filter(({ key }) => key !== prefix)
          .map(({ key, value }) => [key.slice(prefix.length), value] as const),
      ),
    refresh: () => Promise.resolve(),
    write: refuse,
    writeOutcome: refuse,
    stop: () => Promise.resolve(),
  };
}

/** Nobody acts. */
export function frozenActing(): Acting {
  return { term: () => undefined, act: refuse };
}

function refuse(): Promise<never> {
  const detail = { service: 'consul', doing: 'change something', text: 'this reads only' } as const;
  return Promise.reject(new PortError('cancelled', detail));
}

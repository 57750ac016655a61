import type { TreeRead } from '../ports/coordination.ts';
import { PortError } from '../ports/port-error.ts';
import type { Acting } from './acting.ts';
import type { Store } from './store.ts';
import { TreeCopy } from './tree-copy.ts';

/** A store that is what was read, for good. Every write is refused. */
export function frozenStore(tree: TreeRead): Store {
  const copy = new TreeCopy();
  copy.replace(tree);
  return {
    ready: () => true,
    get: (key) => copy.get(key),
    below: (prefix) => copy.below(prefix),
    refresh: () => Promise.resolve(),
    write: refuse,
    writeOutcome: refuse,
    stop: () => Promise.resolve(),
  };
}

/** Nobody acts. */
export function frozenActing(): Acting {
  return { term: () => undefined, isClosed: () => false, act: refuse };
}

function refuse(): Promise<never> {
  const detail = { service: 'consul', doing: 'change something', text: 'this reads only' } as const;
  return Promise.reject(new PortError('cancelled', detail));
}

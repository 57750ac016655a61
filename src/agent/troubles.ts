import type { Emit } from './events.ts';
import { asError } from './moment.ts';

/**
 * Resources whose rounds fail for a reason of their own: each is left alone with its reason, the others go on.
 * Told once, again when the reason changes, and once when it is over.
 */
export interface Troubles {
  failed(resource: string, error: unknown): void;
  passed(resource: string): void;
  /** The reasons that stand, by resource. */
  standing(): ReadonlyMap<string, string>;
}

/** Starts with no trouble. */
export function createTroubles(emit: Emit): Troubles {
  const standing = new Map<string, string>();
  return {
    failed: (resource, thrown) => {
      const error = asError(thrown);
      if (standing.get(resource) === error.message) return;
      standing.set(resource, error.message);
      emit({ kind: 'round-failed', resource, error });
    },
    passed: (resource) => {
      if (standing.delete(resource)) emit({ kind: 'round-recovered', resource });
    },
    standing: () => standing,
  };
}

import { decodeFlag } from '../domain/flag-document.ts';
import type { Keys } from '../domain/keys.ts';
import type { Emit } from './events.ts';
import type { Store } from './store.ts';

/** To be called after each change of the store: tells when a flag for everything was set or reset since the last call. */
export function watchFlags(keys: Pick<Keys, 'failsafe' | 'paused'>, emit: Emit): (store: Store) => void {
  const known = new Map<string, boolean>();
  return (store) => {
    if (!store.ready()) return;
    for (const flag of ['failsafe', 'paused'] as const) {
      const { set, by, reason } = decodeFlag(store.get(keys[flag])?.value);
      const before = known.get(flag);
      known.set(flag, set);
      if (before !== undefined && before !== set) emit({ kind: 'flag-changed', flag, set, by, reason });
    }
  };
}

import { decodeFlag } from '../../domain/flag-document.ts';
import type { Member } from '../../domain/group/member-document.ts';
import type { Keys } from '../../domain/keys.ts';
import type { Store } from '../store.ts';

/** Which pause a member heeds with nothing in flight that was begun before it was known. */
export interface PauseHeed {
  /** Index of the paused flag, while it is set and heeded; else 0. */
  seen(): Member['pausedSeen'];
  /** The store has changed. */
  settle(): void;
}

/** `changed` is told when a pause has come to be heeded. */
export function heedPause(of: {
  readonly store: () => Store;
  readonly keys: Keys;
  /** Resolves once the steps that are under way now have ended. */
  readonly settled: () => Promise<void>;
  readonly changed: () => void;
}): PauseHeed {
  const state = { known: 0, heeded: 0 };
  const pausedIndex = (): number => {
    const entry = of.store().get(of.keys.paused);
    return entry && decodeFlag(entry.value).set ? entry.index : 0;
  };
  return {
    seen: () => (state.heeded === pausedIndex() ? state.heeded : 0),
    settle: () => {
      const index = pausedIndex();
      if (index === state.known) return;
      state.known = index;
      const heed = (): void => {
        if (state.known !== index) return;
        state.heeded = index;
        of.changed();
      };
      void of.settled().then(heed);
    },
  };
}

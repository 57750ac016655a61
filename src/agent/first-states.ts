import type { Clock } from '../ports/clock.ts';
import type { StoreChange } from '../ports/coordination.ts';
import { isPortError } from '../ports/port-error.ts';
import type { Acting } from './acting.ts';
import type { Store } from './store.ts';
import type { Term } from './term.ts';

/** First states of resources: those that are due at the same time are written in one transaction. */
export interface FirstStates {
  /**
   * Writes a state where there is none, under the resource's lock. Done as well when somebody else has written one.
   * Rejects with PortError as Store.writeOutcome does.
   */
  write(acting: Acting, first: FirstState): Promise<void>;
}

/** A state's key, and its text. */
export type FirstState = Pick<StoreChange & { readonly kind: 'set' }, 'key' | 'value'>;

/** So many transactions follow one another at once; after each further one, what is due within a moment is waited for. */
const AT_ONCE = 20;
const GAP_MS = 100;
/** A transaction holds 64 operations; three of them are checks. */
const MOST_TOGETHER = 40;

interface Waiting {
  readonly acting: Acting;
  readonly first: FirstState;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** One transaction is under way at a time: what comes meanwhile goes into the next. */
export function createFirstStates(store: Store, clock: Clock): FirstStates {
  const waiting: Waiting[] = [];
  const state = { isBusy: false, made: 0 };
  const flush = async (): Promise<void> => {
    state.isBusy = true;
    for (let head = waiting[0]; head !== undefined; head = waiting[0]) {
      await writeNext(head);
      state.made += 1;
      if (state.made >= AT_ONCE) await new Promise<void>((resolve) => void clock.after(GAP_MS, resolve));
    }
    state.isBusy = false;
  };
  const writeNext = async (head: Waiting): Promise<void> => {
    try {
      await head.acting.act((term) => writeTogether(store, term, takeWith(head, waiting, term)));
    } catch (error) {
      drop(waiting, head);
      head.reject(error);
    }
  };
  return {
    write: (acting, first) =>
      new Promise((resolve, reject) => {
        waiting.push({ acting, first, resolve, reject });
        if (!state.isBusy) void flush();
      }),
  };
}

/** Takes the first away, and others that are written under its term: they have one lock, and stand or fall with it. */
function takeWith(head: Waiting, waiting: Waiting[], term: Term): readonly Waiting[] {
  const others = waiting.filter((one) => one !== head && one.acting.term() === term);
  const taken = [head, ...others.slice(0, MOST_TOGETHER - 1)];
  for (const one of taken) drop(waiting, one);
  return taken;
}

function drop(waiting: Waiting[], one: Waiting): void {
  const at = waiting.indexOf(one);
  if (at >= 0) waiting.splice(at, 1);
}

/** What may not be written keeps no other from being written: then each by itself. */
async function writeTogether(store: Store, term: Term, all: readonly Waiting[]): Promise<void> {
  try {
    await store.writeOutcome(term, () => all.flatMap(({ first }) => changeOf(store, first)));
  } catch (error) {
    const isOfOne = isPortError(error, 'denied') || isPortError(error, 'invalid');
    if (all.length > 1 && isOfOne) for (const one of all) await writeTogether(store, term, [one]);
    else for (const { reject } of all) reject(error);
    return;
  }
  for (const { resolve } of all) resolve();
}

/** A state that has come to be meanwhile is never overwritten. */
function changeOf(store: Store, { key, value }: FirstState): readonly StoreChange[] {
  return store.get(key) ? [] : [{ kind: 'set', key, value, index: 0 }];
}

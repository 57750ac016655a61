import type { Clock } from '../ports/clock.ts';
import { rest } from './moment.ts';
import type { Outages } from './outages.ts';
import type { Store } from './store.ts';
import type { Term } from './term.ts';

/** Where a takeover reads, and whom it tells. */
export interface TakeoverOptions {
  readonly clock: Clock;
  readonly store: () => Store;
  readonly outages: Outages;
  /** Told of the terms whose resources are to be evaluated now. */
  readonly taken: (terms: ReadonlySet<Term>) => void;
}

/**
 * To be told of each term that begins: what the holder before wrote is read, then the resources are evaluated at
 * once. Terms that begin close together share one reading.
 */
export function createTakeovers(of: TakeoverOptions): (term: Term) => void {
  const waiting = new Set<Term>();
  const state = { isReading: false };
  const readAll = async (): Promise<void> => {
    state.isReading = true;
    for (let [first] = waiting; first; [first] = waiting) await readOnce(of, waiting, first);
    state.isReading = false;
  };
  return (term) => {
    waiting.add(term);
    if (!state.isReading) void readAll();
  };
}

/** One try, for all terms that wait, as long as `first` lasts. */
async function readOnce(of: TakeoverOptions, waiting: Set<Term>, first: Term): Promise<void> {
  const { signal } = first.permit;
  const terms = new Set(waiting);
  try {
    await of.store().refresh(signal);
    of.outages.passed('consul', 'read the state');
    for (const term of terms) waiting.delete(term);
    of.taken(terms);
  } catch (error) {
    for (const term of terms) if (term.ended()) waiting.delete(term);
    if (first.ended()) return;
    of.outages.failed('consul', 'read the state', error);
    await rest(of.clock, 1_000, signal);
  }
}

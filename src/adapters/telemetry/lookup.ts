import { lookup as systemLookup } from 'node:dns';
import { isIP } from 'node:net';
import type { Clock } from '../../ports/clock.ts';

type Answer = (error: NodeJS.ErrnoException | null, address: string, family: number) => void;

/** A lookup as sockets take it. */
export type Lookup = (name: string, options: unknown, answer: Answer) => void;

/** Asks the system; injectable for tests. */
export type Resolve = (name: string, answer: Answer) => void;

/** How long an address serves, and how long a name that has none is not asked for again. */
const GOOD_MS = 60_000;
const BAD_MS = 30_000;

/** A lookup that answers from memory, and its end. */
export interface CachedLookup {
  readonly lookup: Lookup;
  /** Whoever still waits for an answer gets an error. */
  close(): void;
}

/**
 * Looks one name up at most once at a time and once in a while: a name server that does not answer holds one thread of
 * Node's few, not all. Meanwhile whoever asks is refused at once, which loses what was to be sent.
 */
export function createLookup(clock: Clock, resolve: Resolve = resolveBySystem): CachedLookup {
  const state: { known?: Known; waiting?: Answer | undefined; isClosed: boolean } = { isClosed: false };
  const ask = (name: string): void => {
    resolve(name, (error, address, family) => {
      const untilMs = clock.monotonicMs() + (error ? BAD_MS : GOOD_MS);
      state.known = { untilMs, tell: (answer) => answer(error, address, family) };
      const { waiting } = state;
      state.waiting = undefined;
      waiting?.(error, address, family);
    });
  };
  return {
    lookup: (name, _options, answer) => {
      const family = isIP(name);
      if (family !== 0) return answer(null, name, family);
      if (state.known && clock.monotonicMs() < state.known.untilMs) return state.known.tell(answer);
      if (state.waiting || state.isClosed) return answer(new Error('its address is not known yet'), '', 0);
      state.waiting = answer;
      ask(name);
    },
    close: () => {
      const { waiting } = state;
      state.isClosed = true;
      state.waiting = undefined;
      waiting?.(new Error('closed'), '', 0);
    },
  };
}

/** What the last answer was, and how long it serves. */
interface Known {
  readonly untilMs: number;
  readonly tell: (answer: Answer) => void;
}

/** IPv4 only: the socket is of that kind where the address is a name. */
function resolveBySystem(name: string, answer: Answer): void {
  systemLookup(name, { family: 4 }, answer);
}

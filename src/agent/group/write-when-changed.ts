import type { Coordination } from '../../ports/coordination.ts';
import { isPortError } from '../../ports/port-error.ts';
import type { Outages } from '../outages.ts';
import type { Term } from '../term.ts';

/** A key that is kept as it should be, written under a lock. */
export interface KeptKey {
  /** Looks whether it is as it should be, and writes it if not; one write at a time. */
  settle(): void;
}

/** What a kept key should be: its text, and the index that was last seen of it (0: not there). */
export interface Wanted {
  readonly term: Term;
  readonly key: string;
  readonly text: string;
  readonly seen: { readonly text: string | undefined; readonly index: number };
  /** Told once it has been written. */
  readonly wrote?: (() => void) | undefined;
}

const UNWRITTEN = { text: '', index: 0 };

/** `wanted` answers undefined while nothing is to be written. What fails is tried again with the next look. */
export function writeWhenChanged(of: {
  readonly coordination: Coordination;
  readonly outages: Outages;
  readonly doing: string;
  readonly wanted: () => Wanted | undefined;
}): KeptKey {
  const state = { isWriting: false, written: UNWRITTEN };
  const settle = async (): Promise<void> => {
    for (let next = dueOf(of.wanted(), state.written); next; next = dueOf(of.wanted(), state.written)) {
      const index = await write(of, next);
      state.written = index === undefined ? UNWRITTEN : { text: next.text, index };
      if (index === undefined) return;
      next.wrote?.();
    }
  };
  return {
    settle: () => {
      if (state.isWriting) return;
      state.isWriting = true;
      void settle().finally(() => (state.isWriting = false));
    },
  };
}

/** What is to be written, on top of what was written here already. */
function dueOf(
  wanted: Wanted | undefined,
  written: { readonly text: string; readonly index: number },
): Wanted | undefined {
  if (!wanted) return undefined;
  const seen = written.index > wanted.seen.index ? written : wanted.seen;
  return seen.text === wanted.text ? undefined : { ...wanted, seen };
}

/** The new index; undefined when it was not written. */
async function write(
  of: { readonly coordination: Coordination; readonly outages: Outages; readonly doing: string },
  { term, key, text, seen }: Wanted,
): Promise<number | undefined> {
  const fence = { lockKey: term.partition.lockKey, session: term.session, unchanged: [] };
  try {
    const change = { kind: 'set', key, value: text, index: seen.index } as const;
    const indexes = await of.coordination.write(fence, [change], term.permit);
    of.outages.passed('consul', of.doing);
    return indexes.get(key) ?? 0;
  } catch (error) {
    // Somebody has written meanwhile: what that was is seen with the next look.
    const isNews = !term.ended() && !isPortError(error, 'conflict');
    if (isNews) of.outages.failed('consul', of.doing, error);
    return undefined;
  }
}

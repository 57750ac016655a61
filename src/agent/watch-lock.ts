import type { Clock } from '../ports/clock.ts';
import type { Coordination, TreeRead } from '../ports/coordination.ts';
import { rest } from './moment.ts';
import type { Outages } from './outages.ts';

/** How a lock's key was seen. `session` is '' when nobody holds it; `index` is 0 when Consul told none. */
export interface LockSight {
  readonly session: string;
  readonly index: number;
}

/** Follows one lock's key by a blocking read of its own. The answer stops it. */
export function watchLock(of: {
  readonly coordination: Coordination;
  readonly clock: Clock;
  readonly lockKey: string;
  readonly outages: Outages;
  readonly seen: (sight: LockSight) => void;
}): () => Promise<void> {
  const ending = new AbortController();
  const done = follow(of, ending.signal);
  return async () => {
    ending.abort();
    await done;
  };
}

async function follow(of: Parameters<typeof watchLock>[0], signal: AbortSignal): Promise<void> {
  let index = 0;
  while (!signal.aborted) {
    try {
      const read = await of.coordination.readKey(of.lockKey, index, signal);
      index = read.index;
      of.outages.passed('consul', 'watch the lock');
      of.seen(sightOf(read));
      if (read.index === 0) await rest(of.clock, 1_000, signal);
    } catch (error) {
      if (signal.aborted) return;
      index = 0;
      of.outages.failed('consul', 'watch the lock', error);
      await rest(of.clock, 1_000, signal);
    }
  }
}

function sightOf({ entries, index }: TreeRead): LockSight {
  return { session: entries[0]?.session ?? '', index };
}

import type { Change } from '../world/store.ts';
import type { World } from '../world/world.ts';
import type { Query } from './query.ts';

const JITTER_FRACTION = 16;

/** What a blocking read watches: its own index, and which changes may move it. */
export interface Watched {
  readonly index: () => number;
  readonly isTouchedBy: (change: Change) => boolean;
}

/**
 * Waits until the index is above the one the caller has, or the wait (and up to a sixteenth of it)
 * is over, or the caller has gone.
 */
export async function block(
  world: World,
  { query, signal }: { query: Query; signal: AbortSignal },
  watched: Watched,
): Promise<void> {
  if (query.minIndex === 0 || watched.index() > query.minIndex) return;
  const { clock, random } = world.context;
  const deadlineMs = query.waitMs + (query.waitMs / JITTER_FRACTION) * random.next();
  await new Promise<void>((resolve) => {
    const releases: (() => void)[] = [];
    const finish = (): void => {
      for (const release of releases) release();
      resolve();
    };
    const look = (): void => {
      if (watched.index() > query.minIndex) finish();
    };
    releases.push(
      clock.after(deadlineMs, finish),
      world.store.onChange((changes) => {
        if (changes.some(watched.isTouchedBy)) look();
      }),
      world.store.onAbandon(look),
    );
    if (signal.aborted) finish();
    signal.addEventListener('abort', finish, { once: true });
    releases.push(() => {
      signal.removeEventListener('abort', finish);
    });
  });
}

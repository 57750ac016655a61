import type { Clock } from '../ports/clock.ts';
import type { ClusterListener, FollowScope, Nomad } from '../ports/nomad.ts';
import { startLoop } from './loop.ts';

/** How often it is looked whether something else is to be followed. */
const LOOK_EVERY_MS = 1_000;

/**
 * Follows Nomad's lists; when the scope changes (cluster scaling is switched on or off by a reload), what is
 * followed is followed anew. The answer stops it.
 */
export function watchCluster(of: {
  readonly nomad: Nomad;
  readonly clock: Clock;
  readonly listener: ClusterListener;
  readonly scope: () => FollowScope;
}): () => Promise<void> {
  const { nomad, clock, listener, scope } = of;
  const first = scope();
  const following = { scope: first, stop: nomad.follow(listener, first) };
  const loop = startLoop({
    clock,
    everyMs: () => LOOK_EVERY_MS,
    offsetMs: LOOK_EVERY_MS,
    run: async (signal) => {
      const wanted = scope();
      if (wanted.nodes === following.scope.nodes) return;
      await following.stop();
      if (signal.aborted) return;
      following.scope = wanted;
      following.stop = nomad.follow(listener, wanted);
    },
    failed: () => undefined,
  });
  return async () => {
    await loop.stop();
    await following.stop();
  };
}

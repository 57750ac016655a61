import type { Clock } from '../ports/clock.ts';
import type { Coordination } from '../ports/coordination.ts';
import type { Nomad } from '../ports/nomad.ts';
import { isPortError } from '../ports/port-error.ts';
import type { SelfStatus } from '../ports/status-view.ts';
import { startLoop } from './loop.ts';
import { deadlineWithin } from './moment.ts';

/** Knows the versions of the servers, as far as the tokens may ask. */
export interface ServerVersions {
  now(): SelfStatus['servers'];
  stop(): Promise<void>;
}

type Server = keyof SelfStatus['servers'];

const LOOK_EVERY_MS = 10 * 60_000;
/** What could not be read is asked for sooner. */
const AGAIN_AFTER_MS = 60_000;
const READ_DEADLINE_MS = 10_000;

/** Asks at once, and every ten minutes; a server that refuses is not asked again. */
export function watchVersions(of: {
  readonly nomad: Pick<Nomad, 'readVersion'>;
  readonly coordination: Pick<Coordination, 'readVersion'>;
  readonly clock: Clock;
}): ServerVersions {
  const { nomad, coordination, clock } = of;
  const known: Record<Server, string | undefined> = { nomad: undefined, consul: undefined };
  const refused = new Set<Server>();
  const look = async (server: Server, read: Read, signal: AbortSignal): Promise<void> => {
    if (refused.has(server)) return;
    const deadline = deadlineWithin(clock, signal, {
      ms: READ_DEADLINE_MS,
      service: server,
      doing: 'read the version',
    });
    try {
      known[server] = await read(deadline.signal);
    } catch (error) {
      if (isPortError(error, 'denied')) refused.add(server);
    } finally {
      deadline.end();
    }
  };
  const isKnown = (): boolean =>
    (['nomad', 'consul'] as const).every((server) => known[server] !== undefined || refused.has(server));
  const loop = startLoop({
    clock,
    everyMs: () => (isKnown() ? LOOK_EVERY_MS : AGAIN_AFTER_MS),
    offsetMs: 0,
    run: async (signal) => {
      await Promise.all([
        look('nomad', (within) => nomad.readVersion(within), signal),
        look('consul', (within) => coordination.readVersion(within), signal),
      ]);
    },
    failed: () => undefined,
  });
  return { now: () => ({ ...known }), stop: () => loop.stop() };
}

type Read = (signal: AbortSignal) => Promise<string | undefined>;

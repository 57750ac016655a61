import type { Clock } from '../ports/clock.ts';
import type { Coordination } from '../ports/coordination.ts';
import { startLoop } from './loop.ts';
import { deadlineWithin } from './moment.ts';

/** Knows the Consul nodes of the sessions that are shown. */
export interface SessionNodes {
  /** '' where it is not known. */
  of(session: string): string;
  stop(): Promise<void>;
}

const LOOK_EVERY_MS = 1_000;
const READ_DEADLINE_MS = 5_000;
/** One that could not be read, or was not there, is asked for again after this time. */
const AGAIN_AFTER_MS = 30_000;

interface Known {
  readonly node: string;
  readonly readMs: number;
}

/** Reads the node of a session when it is first shown; a session never moves. `shown`: those that are needed. */
export function watchSessions(of: {
  readonly coordination: Pick<Coordination, 'readSession'>;
  readonly clock: Clock;
  readonly shown: () => readonly string[];
}): SessionNodes {
  const { coordination, clock, shown } = of;
  let known = new Map<string, Known>();
  const isDue = (session: string): boolean => {
    const one = known.get(session);
    return !one || (one.node === '' && clock.monotonicMs() - one.readMs >= AGAIN_AFTER_MS);
  };
  const loop = startLoop({
    clock,
    everyMs: () => LOOK_EVERY_MS,
    offsetMs: 0,
    run: async (signal) => {
      const sessions = new Set(shown().filter((session) => session !== ''));
      known = new Map([...known].filter(([session]) => sessions.has(session)));
      for (const session of [...sessions].filter(isDue)) {
        const node = await tryRead(coordination, clock, { session, signal });
        known.set(session, { node, readMs: clock.monotonicMs() });
      }
    },
    failed: () => undefined,
  });
  return { of: (session) => known.get(session)?.node ?? '', stop: () => loop.stop() };
}

/** '' where it cannot be read: only a name that is shown depends on it. */
async function tryRead(
  coordination: Pick<Coordination, 'readSession'>,
  clock: Clock,
  of: { readonly session: string; readonly signal: AbortSignal },
): Promise<string> {
  const doing = 'read a session';
  const deadline = deadlineWithin(clock, of.signal, { ms: READ_DEADLINE_MS, service: 'consul', doing });
  try {
    return (await coordination.readSession(of.session, deadline.signal)) ?? '';
  } catch {
    return '';
  } finally {
    deadline.end();
  }
}

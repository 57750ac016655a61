import type { AllocationFacts } from '../../domain/snapshot.ts';
import { isPortError } from '../../ports/port-error.ts';
import { backoffMs, FOLLOW_BACKOFF, slept } from './backoff.ts';
import type { ChangeSink } from './changes.ts';
import { EventSession } from './event-session.ts';
import type { SessionEnd, SessionParts, SessionScope } from './event-session.ts';
import type { Topic } from './event-stream.ts';
import type { FeedSink } from './list-feed.ts';
import { StandIn } from './stand-in.ts';

/** What an event feed is made of. */
export interface EventFeedParts extends SessionParts {
  /** True: nodes are listened to as well, where the token may. */
  readonly nodes: boolean;
  /** Told whether changes are told by a stream just now. */
  readonly streaming: (isOn: boolean) => void;
}

/** Feeds the allocations, and tells of changes of jobs and nodes beside their own lists, until the signal is aborted. */
export type EventFeed = (
  sink: FeedSink<AllocationFacts>,
  changes: ChangeSink,
  signal: AbortSignal,
) => Promise<void>;

/** A stream that fails so often in a row is not waited for. */
const MOST_FAILURES = 3;
/** For how long it is left alone then. */
const REST_MS = { none: 10 * 60_000, failing: 60_000 };
/** So long after a stream's end, and at the beginning, the list is read by blocking queries until a stream tells it. */
const LATE_MS = 5_000;

/** Feeds from the event stream, and by blocking queries while there is none, or the token may not listen. */
export function createEventFeed(parts: EventFeedParts): EventFeed {
  return async (sink, changes, signal) => {
    const ofJobs: readonly Topic[] = ['Job', 'Allocation', 'Evaluation'];
    let topics: readonly Topic[] = parts.nodes ? [...ofJobs, 'Node'] : ofJobs;
    const standIn = new StandIn(parts, sink, signal);
    while (!signal.aborted) {
      const use = await runStream(parts, standIn, { topics, sink, changes, signal });
      if (signal.aborted) break;
      if (use === 'denied' && topics !== ofJobs) topics = ofJobs;
      else {
        standIn.call(0);
        await slept(parts.clock, REST_MS[use === 'failing' ? 'failing' : 'none'], signal);
      }
    }
    await standIn.close();
  };
}

/** Listens, and again after each end, until it is no use; answers why. */
async function runStream(
  parts: EventFeedParts,
  standIn: StandIn,
  scope: SessionScope,
): Promise<'none' | 'denied' | 'failing'> {
  const { clock, random, streaming } = parts;
  const { signal } = scope;
  const sink = inTurn(scope.sink, standIn);
  const session = new EventSession(parts, { ...scope, sink });
  standIn.begun = () => session.distrust();
  try {
    for (let failures = 0; ;) {
      standIn.call(LATE_MS);
      const end = await session.run(() => {
        failures = 0;
        standIn.dismiss();
        streaming(true);
      });
      const use = useAfter(end);
      if (use !== 'some' || signal.aborted) return use === 'some' ? 'failing' : use;
      failures += 1;
      if (failures > 1 && end.why === 'ended') sink.failed(end.error);
      if (failures >= MOST_FAILURES) return 'failing';
      await slept(clock, backoffMs(FOLLOW_BACKOFF, { failures, random: random(), error: end.error }), signal);
    }
  } finally {
    streaming(false);
  }
}

/** Only one of the two is heard: the list that a stream's session tells ends the stand-in, which speaks for itself till then. */
function inTurn(sink: FeedSink<AllocationFacts>, standIn: StandIn): FeedSink<AllocationFacts> {
  return {
    heard: (event, contactMs) => {
      if (standIn.isRunning) standIn.dismiss();
      sink.heard(event, contactMs);
    },
    failed: (error) => {
      if (!standIn.isRunning) sink.failed(error);
    },
  };
}

/** `none`: a server before 1.0, or one that says what nobody understands, or not all that there is. */
function useAfter({ why, error }: SessionEnd): 'none' | 'denied' | 'some' {
  if (isPortError(error, 'denied')) return 'denied';
  if (why === 'unexplained') return 'none';
  return isPortError(error, 'not-found') || isPortError(error, 'invalid') ? 'none' : 'some';
}

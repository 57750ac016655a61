import type { Clock } from '../../ports/clock.ts';
import { observed, type ObserveRequest, type RequestSeen } from '../../ports/metrics.ts';
import type { PortError } from '../../ports/port-error.ts';
import { createAttempt, type Attempt } from './client.ts';
import { toPortError, type Ending, type FailedCall } from './errors.ts';

/** One call to Consul: what it is, how long it may take, and who may end it. */
export interface Call extends FailedCall {
  readonly kind: RequestSeen['call'];
  readonly signal: AbortSignal;
}

/** Runs calls under a deadline and a signal; leaves no timer and no listener behind. */
export interface Calls {
  /** Answers what `start` answers; everything else becomes a PortError. */
  run<T>(call: Call, start: (attempt: Attempt) => Promise<T>): Promise<T>;
  /** Ends what is in flight as `cancelled`, refuses what comes later; resolves when all have ended. */
  close(): Promise<void>;
}

/** node-consul's own timer, in case ours never fires, starts this much later. */
const BACKSTOP_MS = 5_000;

/** `observe` is told of every call. Deadlines run on `clock`, so that a scaled or a settable one governs them. */
export function createCalls(clock: Clock, observe?: ObserveRequest): Calls {
  const inFlight = new Map<() => void, Promise<unknown>>();
  let isClosed = false;

  return {
    run: (call, start) => {
      if (isClosed || call.signal.aborted) return Promise.reject(neverSent(call));
      const of = { api: 'consul', call: call.kind, clock, observe } as const;
      const { running: begun, cancel } = begin(clock, call, start);
      const running = observed(of, () => begun);
      const tracked = running.finally(() => inFlight.delete(cancel));
      inFlight.set(cancel, tracked);
      return tracked;
    },
    close: async () => {
      isClosed = true;
      const running = [...inFlight.values()];
      for (const cancel of inFlight.keys()) cancel();
      await Promise.allSettled(running);
    },
  };
}

interface Begun<T> {
  readonly running: Promise<T>;
  readonly cancel: () => void;
}

function begin<T>(clock: Clock, call: Call, start: (attempt: Attempt) => Promise<T>): Begun<T> {
  const attempt = createAttempt(call.deadlineMs + BACKSTOP_MS);
  let ending: Ending;
  const end = (why: Ending) => {
    ending ??= why;
    attempt.ctx.emit('cancel');
  };
  const cancel = () => end('cancelled');
  const stopTimer = clock.after(call.deadlineMs, () => end('timeout'));
  call.signal.addEventListener('abort', cancel, { once: true });

  const running = inThisTurn(() => start(attempt))
    .catch((failure: unknown) => {
      throw toPortError(failure, call, ending);
    })
    .finally(() => {
      stopTimer();
      call.signal.removeEventListener('abort', cancel);
    });
  return { running, cancel };
}

/** Starts at once, and turns what is thrown into a rejection. */
async function inThisTurn<T>(start: () => Promise<T>): Promise<T> {
  return start();
}

function neverSent(call: Call): PortError {
  return toPortError(undefined, { ...call, mayHaveHappened: () => false }, 'cancelled');
}

import type { Keys } from '../../src/domain/keys.ts';
import { isPortError } from '../../src/ports/port-error.ts';
import { type OperationUnderWay, readOperation } from './survey.ts';
import type { Hand } from './turn.ts';

/** How long after its intent was written an agent may begin a call: then nothing that was begun before is unsent. */
export const STILL_AFTER_MS = 10_000;

/** Phases in which no call is sent. */
const QUIET_PHASES = ['confirming', 'launching', 'joining'];

/** What is waited for. */
export interface Stillness {
  readonly keys: Keys;
  /** True for operations that were stopped. */
  readonly isStopped: (key: string) => boolean;
  /** Told once, with the operations that must be waited for. */
  readonly waiting: (operations: readonly OperationUnderWay[]) => void;
}

/**
 * To be called after failsafe was set: intents written from then on are refused, but one written before may still
 * be followed by its call. Resolves once every operation has gone on to a phase without one, or none can be sent
 * any more.
 */
export async function waitForStillness(hand: Hand, of: Stillness): Promise<void> {
  const ending = new AbortController();
  const stopTimer = hand.clock.after(STILL_AFTER_MS, () => ending.abort());
  const endedAtMs = hand.clock.monotonicMs() + STILL_AFTER_MS;
  try {
    await watch(hand, of, ending.signal);
  } catch (error) {
    if (!isPortError(error)) throw error;
    await hand.clock.sleep(endedAtMs - hand.clock.monotonicMs(), hand.signal);
  } finally {
    stopTimer();
  }
}

async function watch(hand: Hand, of: Stillness, signal: AbortSignal): Promise<void> {
  let index = 0;
  for (let isFirst = true; ; isFirst = false) {
    const tree = await hand.coordination.readTree(`${of.keys.root}/operations/`, index, signal);
    const restless = tree.entries
      .filter(({ key }) => of.isStopped(key))
      .map((entry) => readOperation(of.keys, entry))
      .filter(({ phase }) => !QUIET_PHASES.includes(phase));
    if (restless.length === 0) return;
    if (isFirst) of.waiting(restless);
    index = tree.index;
  }
}

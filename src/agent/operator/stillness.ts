import type { Keys } from '../../domain/keys.ts';
import { isPortError } from '../../ports/port-error.ts';
import { INTENT_LIFE_MS } from '../../ports/write-permit.ts';
import { type OperationUnderWay, readOperation } from './survey.ts';
import type { Hand } from './turn.ts';

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
 * be followed by its call. Resolves once no operation is left whose call may still be sent.
 */
export async function waitForStillness(hand: Hand, of: Stillness): Promise<void> {
  const ending = new AbortController();
  const stopTimer = hand.clock.after(INTENT_LIFE_MS, () => ending.abort());
  const endedAtMs = hand.clock.monotonicMs() + INTENT_LIFE_MS;
  try {
    await watch(hand, of, AbortSignal.any([ending.signal, hand.signal]));
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
      .filter(({ maySend }) => maySend);
    if (restless.length === 0) return;
    if (isFirst) of.waiting(restless);
    index = tree.index;
  }
}

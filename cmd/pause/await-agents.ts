import { INTENT_LIFE_MS } from '../../src/ports/write-permit.ts';
import type { ConsulDesk } from '../consul-desk.ts';
import { listSome } from '../../src/agent/operator/resource.ts';
import { waitForStillness } from '../../src/agent/operator/stillness.ts';
import type { Acknowledgement } from '../../src/agent/operator/await-members.ts';

/**
 * Standalone agents acknowledge nothing: waits until no operation is left whose call may still be sent, `withinMs` at
 * most. Missing are then the operations that may.
 */
export async function awaitAgents(desk: ConsulDesk, withinMs: number): Promise<Acknowledgement> {
  const ending = new AbortController();
  const state: { restless: readonly string[] } = { restless: ['operations, which were not looked at'] };
  const waiting = (operations: readonly { readonly label: string }[]): void => {
    state.restless = operations.map(({ label }) => label);
    desk.tell(`Written; waiting until no agent is about to send: ${listSome(state.restless)}`);
  };
  const hand = { ...desk, signal: ending.signal };
  const still = waitForStillness(hand, { keys: desk.keys, isStopped: () => true, waiting });
  const isStill = still.then(
    () => true,
    () => false,
  );
  const stopTimer = withinMs < INTENT_LIFE_MS ? desk.clock.after(withinMs, () => ending.abort()) : undefined;
  const missing = (await isStill) ? [] : state.restless;
  stopTimer?.();
  return { acknowledged: [], missing };
}

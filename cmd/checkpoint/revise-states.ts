import type { ScalingState } from '../../src/domain/scaling-state.ts';
import { encodeState, isSameState } from '../../src/domain/state-document.ts';
import { changeStates, stateName } from './change-states.ts';
import type { StatesDesk } from './states-desk.ts';
import { tellTally } from './tell-tally.ts';

/** What is done with every state object there is. */
export interface Revision {
  /** In words: `cleared`. */
  readonly done: string;
  readonly next: (state: ScalingState, nowMs: number) => ScalingState;
  /** What would reset failsafe that stays set; '' for nothing. */
  readonly hint: string;
}

/** Revises all state objects and says what became of them. Answers the exit code. */
export async function reviseStates(desk: StatesDesk, { done, next, hint }: Revision): Promise<number> {
  const held = new Set<string>();
  const tally = await changeStates(desk, [...desk.states.keys()], (path, { state }) => {
    if (!state) return undefined;
    const nowMs = desk.clock.now();
    const revised = next(state, nowMs);
    if (revised.failsafeMode) held.add(stateName(desk, path));
    return isSameState(state, revised) ? undefined : encodeState(revised, nowMs);
  });
  return tellTally(desk, { done, tally, held: [...held], hint });
}

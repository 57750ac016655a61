import { isSameText, restoreText } from '../../src/domain/checkpoint.ts';
import type { Checkpoint } from '../../src/domain/checkpoint-document.ts';
import { decodeState } from '../../src/domain/state-document.ts';
import { changeStates, type Present, stateKey, stateName } from './change-states.ts';
import type { StatesDesk } from './states-desk.ts';
import { tellTally } from './tell-tally.ts';

/** Restores the state objects and says what became of them. Answers the exit code. */
export async function restoreStates(
  desk: StatesDesk,
  of: { readonly checkpoint: Checkpoint; readonly resetsFailsafe: boolean },
): Promise<number> {
  const { checkpoint, resetsFailsafe } = of;
  const saved = new Map(checkpoint.states.map(({ path, text }) => [path, text]));
  const hasMoved = checkpoint.keyRoot !== desk.keys.root;
  const held = new Set<string>();
  const revise = (path: string, { state, text }: Present): string | undefined => {
    const wanted = saved.get(path) ?? '';
    const isHeld = state?.failsafeMode === true && !resetsFailsafe && !isFailsafeIn(wanted);
    if (isHeld) held.add(stateName(desk, path));
    const restored = restoreText(wanted, {
      current: state,
      resetsFailsafe,
      movedTo: hasMoved ? stateKey(desk, path) : undefined,
      nowMs: desk.clock.now(),
    });
    return text !== undefined && isSameText(text, restored) ? undefined : restored;
  };
  const tally = await changeStates(desk, [...saved.keys()], revise);
  return tellTally(desk, { done: 'restored', tally, held: [...held], hint: ', -failsafe resets it' });
}

function isFailsafeIn(text: string): boolean {
  const reading = decodeState(text);
  return reading.ok && reading.state.failsafeMode;
}

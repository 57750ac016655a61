import type { Clock } from '../../src/ports/clock.ts';
import { performAct, type Place } from './perform-act.ts';
import type { Scenario, Step } from './scenario.ts';

/** Where a script is played. */
export interface Stage extends Place {
  /** The clock of the script. */
  readonly timer: Pick<Clock, 'after'>;
  /** Told what happens, and what could not be done. */
  readonly say: (text: string) => void;
  readonly failed: (text: string) => void;
}

/** A script that waits for its beginning. */
export interface Script {
  /** The first call begins it. */
  begin(): void;
  stop(): void;
}

/** How long an agent takes to start is the machine's affair: a script can wait for it. */
export function prepareScript(scenario: Scenario, stage: Stage): Script {
  const state: { end: (() => void) | undefined } = { end: undefined };
  return {
    begin: () => void (state.end ??= playScript(scenario, stage)),
    stop: () => {
      state.end?.();
      state.end = () => undefined;
    },
  };
}

/** Plays the script of a scenario from now on; the answer ends it. */
export function playScript(scenario: Scenario, stage: Stage): () => void {
  const cancels = new Set<() => void>();
  const plan = (afterS: number, run: () => void): void => {
    const cancel = stage.timer.after(afterS * 1000, () => {
      cancels.delete(cancel);
      run();
    });
    cancels.add(cancel);
  };
  const turn = (): void => {
    for (const step of scenario.script) plan(step.atS, () => void take(step, stage));
    if (scenario.repeatS !== undefined) plan(scenario.repeatS, turn);
  };
  turn();
  return () => {
    for (const cancel of cancels) cancel();
  };
}

async function take({ say, act }: Step, stage: Stage): Promise<void> {
  stage.say(say);
  try {
    await performAct(act, stage);
  } catch (error) {
    stage.failed(`${say}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

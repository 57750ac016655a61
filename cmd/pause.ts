import type { Command } from './command.ts';
import { PAUSE_EXITS, PAUSE_FLAGS, runPause } from './pause/run-pause.ts';

/** Freezes everything below the key root as failsafe does; returns when nothing is sent any more. */
export const pauseCommand: Command = {
  name: 'pause',
  summary: 'Stop all scaling until resume, and wait until nothing is sent any more',
  options: PAUSE_FLAGS,
  exits: PAUSE_EXITS,
  run: (context) => runPause(context, true),
};

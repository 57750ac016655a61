import type { Command } from './command.ts';
import { PAUSE_EXITS, PAUSE_FLAGS, runPause } from './pause/run-pause.ts';

/** Ends a pause. */
export const resumeCommand: Command = {
  name: 'resume',
  summary: 'Go on after a pause',
  options: PAUSE_FLAGS,
  exits: PAUSE_EXITS,
  run: (context) => runPause(context, false),
};

import type { Command } from './command.ts';
import { createYargs } from './yargs-parser.ts';

export const completionCommand: Command = {
  name: 'completion',
  summary: 'Print a script that completes commands and flags in the shell',
  options: [],
  run: () => {
    createYargs(undefined).showCompletionScript();
    return Promise.resolve(0);
  },
};

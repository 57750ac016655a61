import { COMMANDS } from './commands.ts';
import type { Terminal } from './terminal.ts';
import { createYargs, declareOptions } from './yargs-parser.ts';

/** The word before those that the shell has, when it asks what may stand for the last of them. */
export const COMPLETION_REQUEST = '--get-yargs-completions';

/** Prints what may stand for the last of the words, one a line: flags of the command among them, else commands. */
export async function printCompletions(words: readonly string[], terminal: Terminal): Promise<void> {
  const parser = createYargs(undefined);
  const chosen = COMMANDS.find((row) => words.slice(0, -1).includes(row.name));
  if (chosen !== undefined) declareOptions(parser, await chosen.load());
  else for (const row of COMMANDS) parser.command(row.name, row.summary);
  const found = await parser.getCompletion([...words]);
  if (found.length > 0) terminal.out(found.join('\n'));
}

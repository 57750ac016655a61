import type { Environment } from '../src/config/env.ts';
import type { OptionRow } from '../src/config/options/row.ts';
import type { Setting } from '../src/config/setting.ts';
import type { Values } from '../src/config/values.ts';
import type { Terminal } from './terminal.ts';

/** What a command is run with. */
export interface CommandContext {
  /** The flags that were given, for `loadConfig`. */
  readonly settings: readonly Setting[];
  /** The same by key, with the defaults of the table: `flags.get('force')`. */
  readonly flags: Values;
  /** The words that are no flags; as many as `Command.words` has at most, or more where the last one repeats. */
  readonly words: readonly string[];
  readonly environment: Environment;
  readonly terminal: Terminal;
}

/** One command of `replicator`. `run` answers the exit code; what it throws is printed as one line, exit 1. */
export interface Command {
  readonly name: string;
  /** One line for the list of commands, without a full stop. */
  readonly summary: string;
  /** The flags that it takes. */
  readonly options: readonly OptionRow[];
  /** Names of the words it takes besides flags, for the usage; none if left out. */
  readonly words?: readonly string[];
  /** The last of `words` may stand any number of times. */
  readonly repeatsLastWord?: true;
  /** The words may be left out. */
  readonly hasOptionalWords?: true;
  /** When it ends with 0, and when with 1; `DEFAULT_EXITS` where that says it. */
  readonly exits?: Exits;
  run(context: CommandContext): Promise<number>;
}

/** What the two exit codes mean, for the documentation. There are no others. */
export interface Exits {
  readonly 0: string;
  readonly 1: string;
}

export const DEFAULT_EXITS: Exits = { 0: 'done', 1: 'not done: a fault, told in one line each' };

/** The words as a usage has them: `<file> …`, `[<prefix> …]`; '' for none. */
export function describeWords({
  words = [],
  repeatsLastWord,
  hasOptionalWords,
}: Pick<Command, 'words' | 'repeatsLastWord' | 'hasOptionalWords'>): string {
  const text = [...words.map((word) => `<${word}>`), ...(repeatsLastWord === true ? ['…'] : [])].join(' ');
  return hasOptionalWords === true ? `[${text}]` : text;
}

/** The words that a command does not take. */
export function straysOf(
  { words: names = [], repeatsLastWord }: Pick<Command, 'words' | 'repeatsLastWord'>,
  words: readonly string[],
): readonly string[] {
  return repeatsLastWord === true ? [] : words.slice(names.length);
}

/** A command that is not loaded yet. Name and summary are those of the command. */
export interface CommandRow {
  readonly name: string;
  readonly summary: string;
  load(): Promise<Command>;
}

import { coerceText } from './coerce.ts';
import type { ConfigFault } from './fault.ts';
import { flagName, secretFileRow } from './options.ts';
import type { OptionRow } from './options/row.ts';
import { faultAt, settingOf } from './setting.ts';
import type { Setting, Settings, Source } from './setting.ts';
import { didYouMean } from '../domain/suggest.ts';

/** What the words behind a command say: one setting for each flag given, of a repeated flag the last. */
export interface ParsedArguments extends Settings {
  /** The words that are no flags. */
  readonly words: readonly string[];
}

/** A flag that a command takes: the option, and how its value is written. */
interface Flag {
  readonly row: OptionRow;
  readonly valueRow: OptionRow;
}

/** The names, without dashes, under which a command that takes these options accepts flags. */
export function flagNames(rows: readonly OptionRow[]): readonly string[] {
  return [...indexFlags(rows).keys()];
}

/**
 * Reads Go-style flags: one dash or two, the value behind `=` or as the next word, a truth value only behind `=`.
 * `--` ends the flags. A value that looks like a flag of this command is not taken from the next word.
 */
export function parseArguments(rows: readonly OptionRow[], argv: readonly string[]): ParsedArguments {
  return new ArgumentReader(indexFlags(rows), argv).read();
}

function indexFlags(rows: readonly OptionRow[]): ReadonlyMap<string, Flag> {
  const flags = new Map<string, Flag>();
  for (const row of rows.filter((option) => option.place !== 'env')) {
    const names = [flagName(row), ...(row.flagAliases ?? [])];
    for (const name of names) {
      flags.set(name, { row, valueRow: row });
      if (row.kind === 'secret') flags.set(`${name}-file`, { row, valueRow: secretFileRow(row) });
    }
  }
  return flags;
}

/** An empty flag counts as not given, as in the Go release; but not where that would widen what a command does. */
function mayBeEmpty(row: OptionRow): boolean {
  return row.section !== 'Command' && row.section !== 'Group';
}

class ArgumentReader {
  readonly #flags: ReadonlyMap<string, Flag>;
  readonly #argv: readonly string[];
  #index = 0;
  readonly #settings = new Map<string, Setting>();
  readonly #words: string[] = [];
  readonly #faults: ConfigFault[] = [];

  constructor(flags: ReadonlyMap<string, Flag>, argv: readonly string[]) {
    this.#flags = flags;
    this.#argv = argv;
  }

  read(): ParsedArguments {
    for (let word = this.#next(); word !== undefined; word = this.#next()) {
      if (word === '--') this.#words.push(...this.#argv.slice(this.#index));
      if (word === '--') break;
      this.#readWord(word);
    }
    return { settings: [...this.#settings.values()], words: this.#words, faults: this.#faults };
  }

  #next(): string | undefined {
    const word = this.#argv[this.#index];
    this.#index += 1;
    return word;
  }

  #readWord(word: string): void {
    const match = /^--?([^=-][^=]*)(?:=([^]*))?$/.exec(word);
    const name = match?.[1];
    if (match === null || name === undefined) {
      if (word.startsWith('-') && word !== '-') this.#faults.push({ key: word, message: 'is not a flag' });
      else this.#words.push(word);
      return;
    }
    const flag = this.#flags.get(name);
    if (flag !== undefined) this.#readFlag(flag, { from: 'flag', name: `-${name}` }, match[2]);
    else {
      const known = [...this.#flags.keys()].map((flagName) => `-${flagName}`);
      this.#faults.push({ key: `-${name}`, message: `unknown flag${didYouMean(`-${name}`, known)}` });
    }
  }

  #readFlag({ row, valueRow }: Flag, source: Source, written: string | undefined): void {
    const text = written ?? (row.kind === 'bool' ? 'true' : this.#takeValue());
    if (text === undefined || (text === '' && !mayBeEmpty(row))) {
      this.#faults.push(faultAt(source, 'needs a value'));
      return;
    }
    const read = coerceText(valueRow, text);
    if (read.kind === 'fault') this.#faults.push(faultAt(source, read.message));
    else if (read.value !== undefined) {
      this.#settings.set(row.key, settingOf(row, valueRow, { value: read.value, source }));
    }
  }

  /** The next word, unless it is itself a flag of this command. */
  #takeValue(): string | undefined {
    const name = /^--?([^=-][^=]*)/.exec(this.#argv[this.#index] ?? '')?.[1];
    return name !== undefined && this.#flags.has(name) ? undefined : this.#next();
  }
}

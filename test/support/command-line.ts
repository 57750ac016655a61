import { parseArguments } from '../../src/config/argv.ts';
import { straysOf } from '../../cmd/command.ts';
import { COMMANDS } from '../../cmd/commands.ts';

/** Stands for what a page leaves to its reader, `<job>`, and for what a shell fills in, `$id`. */
const PLACEHOLDER = 'X';

/** The ways in which pages call the program. */
const PROGRAM = /(?:replicator|node dist\/cmd\/replicator\.js|npm run demo --)(?= )/.source;

/** The words of a line of shell without its comment and where its output goes; quotes keep blanks together. */
function wordsOf(line: string): readonly string[] {
  const found = line.replace(/\s(?:#\s|\d?>|[&|]).*$/, '').match(/(?:"[^"]*"|'[^']*'|\S)+/g) ?? [];
  return found.map((word) => word.replaceAll(/["']/g, ''));
}

/** What a command line of `replicator` has that the program does not: a command, a flag, a word too many. */
export async function commandFaults(line: string): Promise<readonly string[]> {
  const [, name = '', ...rest] = wordsOf(line);
  if (name === PLACEHOLDER) return [];
  const row = COMMANDS.find((one) => one.name === name);
  if (!row) return /^--?(?:v|version|help)$/.test(name) || name === '' ? [] : [`${line}: no command ${name}`];
  if (rest.some((word) => /^--?h(?:elp)?$/.test(word))) return [];
  const command = await row.load();
  const { faults, words } = parseArguments(command.options, rest);
  const strays = straysOf(command, words);
  return [
    ...faults.map(({ key, message }) => `${line}: ${key ?? ''} ${message}`),
    ...strays.map((word) => `${line}: unexpected ${word}`),
  ];
}

/** The command lines of `replicator` in a page: of its blocks of code, and where it names one in passing. */
export function commandLinesIn(page: string): readonly string[] {
  const joined = page.replaceAll(/\\\n\s*/g, '');
  const blocks = joined.matchAll(new RegExp(`^\\s*(?:\\$ )?(${PROGRAM} .*)$`, 'gm'));
  const inline = joined.matchAll(new RegExp(`\`(${PROGRAM} [^\`]*)\``, 'g'));
  return [...blocks, ...inline]
    .map((found) => found[1] ?? '')
    .map((line) => line.replace('npm run demo --', 'replicator demo').replace(/^node \S+/, 'replicator'))
    .map((line) =>
      line
        .replaceAll(/<[^<>]*>|\$\w+/g, PLACEHOLDER)
        .replaceAll(/\[(-[^\]]*)\]/g, '$1')
        .trim(),
    );
}

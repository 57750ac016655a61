import { markdownTable } from '../src/config/doc-table.ts';
import { flagName } from '../src/config/options.ts';
import type { OptionRow } from '../src/config/options/row.ts';
import { type Command, DEFAULT_EXITS, describeWords } from './command.ts';
import { COMMANDS } from './commands.ts';

/** The tables of `docs/commands.md`, by the marker they stand under. */
export async function commandTables(): Promise<Readonly<Record<string, string>>> {
  const commands = await Promise.all(COMMANDS.map((row) => row.load()));
  return { commands: commandTable(commands), 'exit codes': exitTable(commands) };
}

function commandTable(commands: readonly Command[]): string {
  const rows = commands.map((command) => [
    `\`replicator ${`${command.name} ${describeWords(command)}`.trimEnd()}\``,
    command.summary,
    flagsOf(command.options.filter(({ section }) => section === 'Command')),
    flagsOf(command.options.filter(({ section }) => section !== 'Command')),
  ]);
  return markdownTable(['command', 'what it does', 'its own flags', 'options of the configuration'], rows);
}

/** Those of the agent are all there are. */
function flagsOf(rows: readonly OptionRow[]): string {
  if (rows.length > 20) return 'all';
  return rows.map((row) => `\`-${flagName(row)}\``).join(' ');
}

function exitTable(commands: readonly Command[]): string {
  const rows = commands.map(({ name, exits = DEFAULT_EXITS }) => [`\`${name}\``, exits[0], exits[1]]);
  return markdownTable(['command', '0', '1'], rows);
}

import yargs from 'yargs';
import type { Argv, Options } from 'yargs';
import { flagName, secretFileRow } from '../src/config/options.ts';
import type { OptionRow } from '../src/config/options/row.ts';
import { type Command, describeWords } from './command.ts';

const MAX_COLUMNS = 110;

/** A yargs that reads nothing from the process, never ends it, and leaves flags alone. */
export function createYargs(columns: number | undefined): Argv {
  return yargs()
    .scriptName('replicator')
    .usage('Usage: replicator <command> [options]')
    .locale('en')
    .wrap(Math.min(columns ?? MAX_COLUMNS, MAX_COLUMNS))
    .version(false)
    .help('help', 'Show this help')
    .alias('help', 'h')
    .exitProcess(false)
    .fail(false);
}

/** The usage line of a command. */
export function usageLine(command: Command): string {
  return ['Usage: replicator', command.name, describeWords(command), '[options]']
    .filter((part) => part !== '')
    .join(' ');
}

/** Tells yargs the flags of a command, for its help and for completion. */
export function declareOptions(parser: Argv, command: Command): Argv {
  const rows = command.options
    .filter((row) => row.place !== 'env')
    .flatMap((row) => (row.kind === 'secret' ? [row, secretFileRow(row)] : [row]));
  const usage = `${usageLine(command)}\n\n${command.summary}.`;
  return rows.reduce(
    (declared, row) => declared.option(flagName(row), yargsOption(row)),
    parser.usage(usage),
  );
}

function yargsOption(row: OptionRow): Options {
  const { unit, env, defaultNote = defaultText(row) } = row;
  const notes = [
    unit === undefined ? '' : ` (${unit})`,
    env === undefined ? '' : ` [env: ${env}]`,
    row.isIdle === true ? ' (no effect yet)' : '',
  ];
  return {
    type: row.kind === 'bool' ? 'boolean' : row.kind === 'int' || row.kind === 'port' ? 'number' : 'string',
    describe: row.help + notes.join(''),
    group: `${row.section === 'Command' ? 'What to do' : row.section}:`,
    ...(row.choices === undefined ? {} : { choices: row.choices }),
    ...(row.flagAliases === undefined ? {} : { alias: row.flagAliases }),
    ...(defaultNote === undefined ? {} : { defaultDescription: defaultNote }),
  };
}

function defaultText(row: OptionRow): string | undefined {
  return row.default === undefined || row.default === false ? undefined : String(row.default);
}

import { parseArguments } from '../src/config/argv.ts';
import type { Environment } from '../src/config/env.ts';
import { formatFault } from '../src/config/fault.ts';
import { didYouMean } from '../src/domain/suggest.ts';
import { Values } from '../src/config/values.ts';
import { type Command, type CommandContext, straysOf } from './command.ts';
import { COMMANDS } from './commands.ts';
import { COMPLETION_REQUEST, printCompletions } from './print-completions.ts';
import type { Terminal } from './terminal.ts';
import { createYargs, declareOptions, usageLine } from './yargs-parser.ts';

/** What the command line is run in. */
export interface CliContext {
  readonly terminal: Terminal;
  readonly environment: Environment;
}

const HELP_FLAGS = new Set(['-h', '-help', '--help']);

/** Runs the command that `argv` names (without the program's own name) and answers the exit code. */
export async function runCli(argv: readonly string[], context: CliContext): Promise<number> {
  const [first = 'help', ...rest] = argv;
  if (first === COMPLETION_REQUEST) {
    await printCompletions(rest, context.terminal);
    return 0;
  }
  if (first === 'help' && rest[0] !== undefined) return runNamed(rest[0], ['-help'], context);
  if (first === 'help' || HELP_FLAGS.has(first)) {
    context.terminal.out(await listCommands(context));
    return 0;
  }
  return runNamed(first, rest, context);
}

async function runNamed(name: string, argv: readonly string[], context: CliContext): Promise<number> {
  if (COMMANDS.some((row) => row.name === name)) return dispatch(name, argv, context);
  const what = name.startsWith('-') ? 'flag before a command' : 'command';
  const known = COMMANDS.map((row) => row.name);
  context.terminal.err(`replicator: unknown ${what} ${name}${didYouMean(name, known)}`);
  context.terminal.err(await listCommands(context));
  return 1;
}

async function listCommands(context: CliContext): Promise<string> {
  const parser = createYargs(context.terminal.columns);
  for (const row of COMMANDS) parser.command(row.name, row.summary);
  return parser.getHelp();
}

/** yargs chooses, loads and describes the command; the flags go past it, see `parseArguments`. */
async function dispatch(name: string, argv: readonly string[], context: CliContext): Promise<number> {
  const parser = createYargs(context.terminal.columns);
  let code = 0;
  for (const row of COMMANDS) {
    parser.command(
      row.name,
      row.summary,
      async (inner) => declareOptions(inner, await row.load()),
      async () => {
        code = await runCommand(await row.load(), argv, context);
      },
    );
  }
  let output = '';
  await parser.parseAsync(asksForHelp(argv) ? [name, '--help'] : [name], {}, (_error, _arguments, text) => {
    output = text;
  });
  if (output !== '') context.terminal.out(output);
  return code;
}

function asksForHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return argv.slice(0, end < 0 ? argv.length : end).some((word) => HELP_FLAGS.has(word));
}

async function runCommand(command: Command, argv: readonly string[], context: CliContext): Promise<number> {
  const { settings, words, faults } = parseArguments(command.options, argv);
  const strays = straysOf(command, words);
  const lines = [...faults.map(formatFault), ...strays.map((word) => `${word}: unexpected argument`)];
  if (lines.length > 0) return refuseArguments(command, lines, context);
  return command.run(contextOf(settings, words, context));
}

function refuseArguments(command: Command, lines: readonly string[], { terminal }: CliContext): number {
  for (const line of lines) terminal.err(`replicator ${command.name}: ${line}`);
  terminal.err(`${usageLine(command)}\n       replicator ${command.name} -help lists the options.`);
  return 1;
}

function contextOf(
  settings: CommandContext['settings'],
  words: readonly string[],
  { terminal, environment }: CliContext,
): CommandContext {
  const values = settings.flatMap(({ key, source, ...setting }) =>
    setting.kind === 'value' ? [[key, { value: setting.value, source }] as const] : [],
  );
  return { settings, flags: new Values(new Map(values)), words, environment, terminal };
}

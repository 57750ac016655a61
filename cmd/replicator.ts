#!/usr/bin/env node
import { openTerminal } from './terminal.ts';
import { isVersionRequest, versionLine } from './version.ts';

const terminal = openTerminal();

/** The last resort: what nobody caught becomes one line and exit code 1. */
function fail(error: unknown): never {
  const text = error instanceof Error ? error.message : String(error);
  terminal.err(`replicator: ${text.split(/\s*\n\s*/).join(' ')}`);
  process.exit(1);
}

/** The rest of the program is loaded only when there is more to do than to print the version. */
async function main(argv: readonly string[]): Promise<number> {
  if (isVersionRequest(argv)) {
    terminal.out(versionLine());
    return 0;
  }
  const { runCli } = await import('./cli.ts');
  return runCli(argv, { terminal, environment: process.env });
}

process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);
process.exit(await main(process.argv.slice(2)).catch(fail));

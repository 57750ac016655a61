import { randomBytes } from 'node:crypto';
import { CONSUL_FLAGS, NOMAD_FLAGS, pickOptions } from '../src/config/options.ts';
import type { Command, CommandContext } from './command.ts';
import { checkAsJson, hasFault, printCheck } from './check/print-check.ts';
import { runCheck } from './check/run-check.ts';
import { loadConfigOrPrint } from './load-config.ts';
import { tryLoadInForce } from './load-in-force.ts';
import { wireCheck } from './wire-check.ts';

/** Connects to everything that an agent needs and says what is missing. Changes nothing without `-write`. */
export const checkCommand: Command = {
  name: 'check',
  summary: 'Say whether Nomad, Consul and AWS give an agent what it needs',
  options: [
    ...pickOptions('json', 'write', 'cluster_scaling_disable', 'group'),
    ...CONSUL_FLAGS,
    ...NOMAD_FLAGS,
  ],
  exits: { 0: 'an agent has what it needs; warnings are no fault', 1: 'something is missing, or away' },
  run: async (context) => {
    const loaded = await loadConfigOrPrint(context);
    if (loaded === undefined) return 1;
    const { config } = await tryLoadInForce(loaded);
    const wired = await wireCheck(config);
    try {
      const unique = randomBytes(8).toString('hex');
      const { signal } = new AbortController();
      const mayWrite = context.flags.get('write');
      return print(context, await runCheck({ config, wired, mayWrite, unique, signal }));
    } finally {
      await wired.close();
    }
  },
};

function print(context: CommandContext, items: Awaited<ReturnType<typeof runCheck>>): number {
  if (context.flags.get('json')) context.terminal.out(checkAsJson(items));
  else printCheck(items, context);
  return hasFault(items) ? 1 : 0;
}

import { CONSUL_FLAGS, pickOptions } from '../src/config/options.ts';
import type { Command, CommandContext } from './command.ts';
import { lookAround } from './look/look-around.ts';
import { orWhyNot } from './look/or-why-not.ts';
import { type Sight, sightShape } from './look/sight.ts';
import { type LoadedConfig, loadConfigOrPrint } from './load-config.ts';
import { printLine } from './print/print-line.ts';
import { narrow } from './status/narrow.ts';
import { statusLines } from './status/status-lines.ts';
import { watch } from './status/watch.ts';

/** Asks agents, or Consul where none answers. Reads only. */
export const statusCommand: Command = {
  name: 'status',
  summary: 'Show task groups and worker pools, what was last decided about them, and who leads',
  options: [
    ...pickOptions('json', 'watch', 'every', 'all', 'http_address', 'bind_address', 'http_port', 'group'),
    ...CONSUL_FLAGS,
  ],
  words: ['prefix'],
  repeatsLastWord: true,
  exits: {
    0: 'shown, from an agent or from Consul; -watch: ended by Ctrl-C',
    1: 'neither an agent nor Consul answers',
  },
  run: async (context) => {
    const loaded = await loadConfigOrPrint(context);
    if (loaded === undefined) return 1;
    const look = (): Promise<Sight> => see(context, loaded);
    return context.flags.get('watch') ? watch(context, look) : showOnce(context, look);
  },
};

async function showOnce(context: CommandContext, look: () => Promise<Sight>): Promise<number> {
  const sight = await orWhyNot(look);
  if (typeof sight === 'string') {
    context.terminal.err(`replicator status: ${sight}`);
    return 1;
  }
  if (context.flags.get('json')) context.terminal.out(JSON.stringify(sightShape.encode(sight)));
  else for (const line of statusLines(sight, context)) printLine(line, context);
  return 0;
}

async function see({ flags, words }: CommandContext, loaded: LoadedConfig): Promise<Sight> {
  return narrow(await lookAround(loaded, flags.get('http_address') ?? ''), words);
}

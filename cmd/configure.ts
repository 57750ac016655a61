import { formatFault } from '../src/config/fault.ts';
import { CONSUL_FLAGS, pickOptions } from '../src/config/options.ts';
import { type GroupInput, readGroupInput } from '../src/config/stored-options.ts';
import type { Command, CommandContext } from './command.ts';
import { printStored } from './configure/print-stored.ts';
import { storeConfig } from './configure/store-config.ts';
import { atConsul } from './consul-desk.ts';
import { readText } from './load-config.ts';

/** Checks a group's configuration and stores it by check-and-set; its members take it over at once. */
export const configureCommand: Command = {
  name: 'configure',
  summary: 'Store the configuration of a group of agents, or print it',
  options: [...pickOptions('group', 'input', 'check', 'partitions', 'wait', 'json'), ...CONSUL_FLAGS],
  exits: {
    0: 'in force at every member that is alive, or printed',
    1: 'not stored, or a member does not have it in force yet: then it is named',
  },
  run: async (context) => {
    const { flags, terminal } = context;
    const path = flags.get('input');
    const input = path === undefined ? undefined : await readInput(path);
    if (input !== undefined && input.faults.length > 0) {
      for (const fault of input.faults) terminal.err(formatFault(fault));
      return 1;
    }
    return flags.get('check') ? check(context, input) : configure(context, input);
  },
};

async function readInput(path: string): Promise<GroupInput> {
  const content = await readText(path);
  if (content.kind === 'text') return readGroupInput(content.text, path);
  return { options: {}, partitions: undefined, faults: [{ file: path, message: content.message }] };
}

function check({ flags, terminal }: CommandContext, input: GroupInput | undefined): number {
  const path = flags.get('input');
  if (input === undefined || path === undefined) {
    terminal.err('replicator configure: -check needs -input: the file that is to be checked');
    return 1;
  }
  if (flags.get('json')) terminal.out(JSON.stringify({ valid: true, options: input.options }));
  else terminal.out(`${path}: can be stored for a group.`);
  return 0;
}

function configure(context: CommandContext, input: GroupInput | undefined): Promise<number> {
  const { flags } = context;
  return atConsul(context, { name: 'configure' }, async (desk) => {
    const group = desk.config.group?.name;
    if (group === undefined) return desk.refuse('give -group: the name of the group');
    const ofFlag = flags.isGiven('partitions') ? flags.get('partitions') : undefined;
    if (input === undefined && ofFlag === undefined) return printStored(desk, group, flags.get('json'));
    return storeConfig(desk, {
      group,
      options: input?.options,
      partitions: ofFlag ?? input?.partitions,
      withinMs: flags.get('wait') * 1_000,
    });
  });
}

import { CONSUL_FLAGS, pickOptions } from '../src/config/options.ts';
import type { Command } from './command.ts';
import { atConsul, type ConsulDesk } from './consul-desk.ts';
import { listGroups } from './group/list-groups.ts';
import { groupAsJson, groupRows } from './group/tell-groups.ts';
import { alignColumns } from './print/columns.ts';

/** Lists the groups that are stored at the key root and beside it. */
export const groupsCommand: Command = {
  name: 'groups',
  summary: 'List the groups of agents that are stored in Consul',
  options: [...pickOptions('json'), ...CONSUL_FLAGS],
  exits: { 0: 'listed, though there be none', 1: 'Consul cannot be read' },
  run: (context) => atConsul(context, { name: 'groups' }, tellGroups),
};

async function tellGroups(desk: ConsulDesk): Promise<number> {
  const { keys, coordination, signal } = desk;
  const below = keys.groupsParent === '' ? `${keys.root}/` : keys.groupsParent;
  const { entries } = await coordination.readTree(below, 0, signal);
  const groups = listGroups(entries, keys);
  desk.answer(groups.map(groupAsJson));
  if (groups.length === 0) desk.tell(`No group is stored below ${below} in the Consul at ${desk.consulUrl}.`);
  else for (const line of alignColumns(groupRows(groups))) desk.tell(line);
  return 0;
}

import { formatInstant } from '../../src/domain/instant.ts';
import type { ConsulDesk } from '../consul-desk.ts';
import { plain } from '../../src/domain/plain.ts';
import { refuseOwner } from '../group/key-root.ts';
import { readStored } from './read-stored.ts';

/** Prints what is stored in the form in which it may be stored again; on standard error, since when. */
export async function printStored(desk: ConsulDesk, group: string, isJson: boolean): Promise<number> {
  const { keys, terminal } = desk;
  const { owner, config, fault, alive, index } = await readStored(desk, group);
  const refusal = refuseOwner(owner, keys, group);
  if (refusal !== undefined) return desk.refuse(refusal);
  if (fault !== '') return desk.refuse(`${keys.groupConfig(group)}: ${fault}`);
  if (config === undefined) return desk.refuse(`nothing is stored for the group ${group}`);
  const { options, partitions, by, atMs } = config;
  const document = { ...options, partitions };
  terminal.out(isJson ? JSON.stringify(document) : JSON.stringify(document, undefined, 2));
  const inForce = alive.filter(({ member }) => (member?.configSeen ?? 0) >= index).length;
  const members = alive.length === 0 ? 'no member is alive' : `in force at ${inForce} of ${alive.length}`;
  terminal.err(plain(`Stored for the group ${group} by ${by} at ${formatInstant(atMs)}; ${members}.`));
  return 0;
}

import { CONSUL_FLAGS, pickOptions } from '../../src/config/options.ts';
import { isStatePath } from '../../src/domain/checkpoint-document.ts';
import type { StoredEntry } from '../../src/ports/coordination.ts';
import type { CommandContext } from '../command.ts';
import { atConsul, type ConsulDesk } from '../consul-desk.ts';
import { readOwner, refuseOwner } from '../group/key-root.ts';

/** What every checkpoint command takes. */
export const CHECKPOINT_FLAGS = [...pickOptions('group', 'json'), ...CONSUL_FLAGS];

/** What the exit codes of those mean that change state objects. */
export const CHANGE_EXITS = {
  0: 'done; what an operation keeps from it is named',
  1: 'nothing done, or all but objects that cannot be read: then they are named',
} as const;

/** What a checkpoint command works with. */
export interface StatesDesk extends ConsulDesk {
  /** '' for standalone agents. */
  readonly group: string;
  /** The state objects by what follows `<key root>/state/`, as they were read. */
  readonly states: ReadonlyMap<string, StoredEntry>;
  /** The operations likewise. */
  readonly operations: ReadonlyMap<string, StoredEntry>;
}

/** Reads the key root, unless it is another's, and lets the command do its work. Answers the exit code. */
export function atStates(
  context: CommandContext,
  name: string,
  work: (desk: StatesDesk) => Promise<number>,
): Promise<number> {
  return atConsul(context, { name }, async (desk) => {
    const { coordination, keys, signal, config } = desk;
    const { entries } = await coordination.readTree(`${keys.root}/`, 0, signal);
    const owner = readOwner(entries.find(({ key }) => key === keys.group)?.value);
    const refusal = refuseOwner(owner, keys, config.group?.name);
    if (refusal !== undefined) return desk.refuse(refusal);
    return work({
      ...desk,
      group: config.group?.name ?? '',
      states: pathsBelow(entries, `${keys.root}/state/`),
      operations: pathsBelow(entries, `${keys.root}/operations/`),
    });
  });
}

/** Keys that belong to no resource are left out. */
function pathsBelow(entries: readonly StoredEntry[], prefix: string): ReadonlyMap<string, StoredEntry> {
  return new Map(
    entries
      .filter(({ key }) => key.startsWith(prefix))
      .map((entry) => [entry.key.slice(prefix.length), entry] as const)
      .filter(([path]) => isStatePath(path)),
  );
}

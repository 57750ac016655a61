import { pickOptions } from '../src/config/options.ts';
import { encodeCheckpoint } from '../src/domain/checkpoint-document.ts';
import { decodeState } from '../src/domain/state-document.ts';
import { stateName } from './checkpoint/change-states.ts';
import { atStates, CHECKPOINT_FLAGS, type StatesDesk } from './checkpoint/states-desk.ts';
import { count } from './checkpoint/tell-tally.ts';
import { writeWhole } from './checkpoint/write-whole.ts';
import type { Command } from './command.ts';
import { listSome } from '../src/agent/operator/resource.ts';

/** Writes all state objects as one JSON document, no operations; never over a file unless told to. */
export const checkpointBackupCommand: Command = {
  name: 'checkpoint-backup',
  summary: 'Write all state objects into a file',
  options: [...pickOptions('output', 'force'), ...CHECKPOINT_FLAGS],
  exits: { 0: 'written', 1: 'not written, or without an object that cannot be read' },
  run: async (context) => {
    const { flags, terminal } = context;
    const path = flags.get('output');
    if (path !== undefined) {
      return atStates(context, 'checkpoint-backup', (desk) =>
        backUp(desk, { path, mayReplace: flags.get('force') }),
      );
    }
    terminal.err('replicator checkpoint-backup: give -output: the file to write');
    return 1;
  },
};

async function backUp(
  desk: StatesDesk,
  { path, mayReplace }: { readonly path: string; readonly mayReplace: boolean },
): Promise<number> {
  const { keys, group, by, clock } = desk;
  const all = [...desk.states].map(([at, { value }]) => ({ path: at, text: value }));
  const states = all.filter(({ text }) => decodeState(text).ok);
  const unreadable = all.filter((one) => !states.includes(one)).map((one) => stateName(desk, one.path));
  const text = encodeCheckpoint({ keyRoot: keys.root, group, by, atMs: clock.now(), states });
  const fault = await writeWhole(path, text, mayReplace);
  if (fault !== undefined) {
    desk.terminal.err(`replicator checkpoint-backup: ${fault}`);
    return 1;
  }
  desk.answer({
    group: group === '' ? null : group,
    key_root: keys.root,
    output: path,
    written: states.map((one) => stateName(desk, one.path)),
    unreadable,
  });
  desk.tell(`${path}: ${count(states)} from below ${keys.root}/state/, in the Consul at ${desk.consulUrl}.`);
  if (unreadable.length === 0) return 0;
  return desk.refuse(`left out, cannot be read: ${listSome(unreadable)}`);
}

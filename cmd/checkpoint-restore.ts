import { pickOptions } from '../src/config/options.ts';
import { type Checkpoint, decodeCheckpoint } from '../src/domain/checkpoint-document.ts';
import { restoreStates } from './checkpoint/restore-states.ts';
import { atStates, CHANGE_EXITS, CHECKPOINT_FLAGS } from './checkpoint/states-desk.ts';
import type { Command } from './command.ts';
import { plain } from '../src/domain/plain.ts';
import { readText } from './load-config.ts';

/** Puts back the state objects of a checkpoint, which is checked whole before anything is written. */
export const checkpointRestoreCommand: Command = {
  name: 'checkpoint-restore',
  summary: 'Put back the state objects of a backup',
  options: [...pickOptions('input', 'failsafe'), ...CHECKPOINT_FLAGS],
  exits: CHANGE_EXITS,
  run: async (context) => {
    const { flags, terminal } = context;
    const path = flags.get('input');
    if (path === undefined) {
      terminal.err('replicator checkpoint-restore: give -input: the file that checkpoint-backup has written');
      return 1;
    }
    const checkpoint = await readCheckpoint(path);
    if ('faults' in checkpoint) {
      for (const fault of checkpoint.faults) terminal.err(plain(`${path}: ${fault}`));
      return 1;
    }
    const resetsFailsafe = flags.get('failsafe');
    return atStates(context, 'checkpoint-restore', (desk) =>
      restoreStates(desk, { checkpoint, resetsFailsafe }),
    );
  },
};

async function readCheckpoint(path: string): Promise<Checkpoint | { readonly faults: readonly string[] }> {
  const content = await readText(path);
  if (content.kind === 'fault') return { faults: [content.message] };
  const reading = decodeCheckpoint(content.text);
  return reading.ok ? reading.checkpoint : { faults: reading.faults };
}

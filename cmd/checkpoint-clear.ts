import { pickOptions } from '../src/config/options.ts';
import { afterClear } from '../src/domain/checkpoint.ts';
import { reviseStates } from './checkpoint/revise-states.ts';
import { atStates, CHANGE_EXITS, CHECKPOINT_FLAGS } from './checkpoint/states-desk.ts';
import type { Command } from './command.ts';

/** Counters, cooldowns and directions back to their initial values. */
export const checkpointClearCommand: Command = {
  name: 'checkpoint-clear',
  summary: 'Set counters, cooldowns and directions of all state objects back',
  options: [...pickOptions('failsafe'), ...CHECKPOINT_FLAGS],
  exits: CHANGE_EXITS,
  run: (context) => {
    const resetsFailsafe = context.flags.get('failsafe');
    return atStates(context, 'checkpoint-clear', (desk) =>
      reviseStates(desk, {
        done: 'cleared',
        hint: ', -failsafe resets it',
        next: (state) => afterClear(state, resetsFailsafe),
      }),
    );
  },
};

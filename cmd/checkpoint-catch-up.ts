import { afterCatchUp } from '../src/domain/checkpoint.ts';
import { reviseStates } from './checkpoint/revise-states.ts';
import { atStates, CHANGE_EXITS, CHECKPOINT_FLAGS } from './checkpoint/states-desk.ts';
import type { Command } from './command.ts';

/** Everything observed before now is forgotten: counters 0, cooldowns start now. */
export const checkpointCatchUpCommand: Command = {
  name: 'checkpoint-catch-up',
  summary: 'Forget everything observed before now: counters 0, cooldowns start now',
  options: CHECKPOINT_FLAGS,
  exits: CHANGE_EXITS,
  run: (context) =>
    atStates(context, 'checkpoint-catch-up', (desk) =>
      reviseStates(desk, {
        done: 'caught up',
        hint: '',
        next: afterCatchUp,
      }),
    ),
};

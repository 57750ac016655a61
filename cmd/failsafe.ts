import { CONSUL_FLAGS, pickOptions } from '../src/config/options.ts';
import type { Command, CommandContext } from './command.ts';
import { atConsul } from './consul-desk.ts';
import { changeFailsafe } from './failsafe/change-failsafe.ts';
import { keysFor } from '../src/agent/operator/find-switches.ts';
import { type FailsafeRequest, readRequest } from './failsafe/request.ts';

/** Sets or resets failsafe by check-and-set in Consul; agents see it there. */
export const failsafeCommand: Command = {
  name: 'failsafe',
  summary: 'Set or reset failsafe mode, of one resource or of everything',
  options: [
    ...pickOptions('enable', 'disable', 'state_path', 'job', 'worker_pool', 'force'),
    ...CONSUL_FLAGS,
  ],
  exits: {
    0: 'done, so already, or cancelled by an answer of no',
    1: 'not done; also an answer that is neither yes nor no, and nobody there to answer',
  },
  run: async (context) => {
    const request = readRequest(context.flags);
    if (typeof request !== 'string') return runRequest(context, request);
    context.terminal.err(`replicator failsafe: ${request}`);
    return 1;
  },
};

function runRequest(context: CommandContext, request: FailsafeRequest): Promise<number> {
  const reason = `replicator failsafe -${request.enable ? 'enable' : 'disable'}`;
  return atConsul(context, { name: 'failsafe', reason }, async (desk) => {
    const keys = keysFor(request.scope, desk.keys.root);
    if (keys !== undefined) return changeFailsafe({ ...desk, keys }, request);
    desk.terminal.err(`replicator failsafe: -state-path: a state object lies below ${desk.keys.root}/state/`);
    return 1;
  });
}

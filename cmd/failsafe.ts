import { hostname, userInfo } from 'node:os';
import { CONSUL_FLAGS, pickOptions } from '../src/config/options.ts';
import { isPortError, type PortError } from '../src/ports/port-error.ts';
import type { Command, CommandContext } from './command.ts';
import { changeFailsafe } from './failsafe/change-failsafe.ts';
import { keysFor } from '../src/agent/operator/find-switches.ts';
import { type FailsafeRequest, readRequest } from './failsafe/request.ts';
import { plain } from '../src/agent/operator/resource.ts';
import { loadConfigOrPrint } from './load-config.ts';
import { wireConsul } from './wire-consul.ts';

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

async function runRequest(context: CommandContext, request: FailsafeRequest): Promise<number> {
  const { terminal } = context;
  const loaded = await loadConfigOrPrint(context);
  if (loaded === undefined) return 1;
  const config = loaded.config.consul;
  const keys = keysFor(request.scope, config.keyRoot);
  if (keys === undefined) {
    terminal.err(`replicator failsafe: -state-path: a state object lies below ${config.keyRoot}/state/`);
    return 1;
  }
  const { coordination, clock, close } = await wireConsul(config);
  const reason = `replicator failsafe -${request.enable ? 'enable' : 'disable'}`;
  const hand = { coordination, clock, by: operator(), reason, signal: new AbortController().signal };
  try {
    return await changeFailsafe({ ...hand, terminal, keys, consulUrl: config.url }, request);
  } catch (error) {
    if (!isPortError(error)) throw error;
    terminal.err(`replicator failsafe: ${explain(error)} (Consul at ${config.url})`);
    return 1;
  } finally {
    await close();
  }
}

function explain({ message, detail }: PortError): string {
  const unknown = 'it is not known whether that was written: run the command again';
  return plain(detail.outcomeUnknown === true ? `${message}; ${unknown}` : message);
}

/** `user@machine`: an account without a name is nobody's fault. */
function operator(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    return hostname();
  }
}

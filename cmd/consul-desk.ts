import { hostname, userInfo } from 'node:os';
import type { Config } from '../src/config/config.ts';
import { type Keys, keysBelow } from '../src/domain/keys.ts';
import type { Clock } from '../src/ports/clock.ts';
import type { Coordination } from '../src/ports/coordination.ts';
import { isPortError, type PortError } from '../src/ports/port-error.ts';
import type { CommandContext } from './command.ts';
import { plain } from '../src/domain/plain.ts';
import { loadConfigOrPrint } from './load-config.ts';
import type { Terminal } from './terminal.ts';
import { wireConsul } from './wire-consul.ts';

/** What a command works with that changes or reads keys in Consul. */
export interface ConsulDesk {
  readonly terminal: Terminal;
  readonly config: Config;
  readonly consulUrl: string;
  readonly keys: Keys;
  readonly coordination: Coordination;
  /** The machine's own. */
  readonly clock: Clock;
  /** Who commands, and by what: `ann@machine`, `replicator pause`. */
  readonly by: string;
  readonly reason: string;
  readonly signal: AbortSignal;
  /** A line for people: on standard error where JSON was asked for. */
  readonly tell: (line: string) => void;
  /** Prints the answer as JSON, if that was asked for. */
  readonly answer: (answer: object) => void;
  /** Says on standard error why the command does not do it. Answers the exit code. */
  readonly refuse: (why: string) => 1;
}

/**
 * Loads the configuration, connects with Consul, lets a command do its work and prints what goes wrong with Consul as
 * one line. Answers the exit code.
 */
export async function atConsul(
  context: CommandContext,
  command: { readonly name: string; readonly reason?: string },
  work: (desk: ConsulDesk) => Promise<number>,
): Promise<number> {
  const loaded = await loadConfigOrPrint(context);
  if (loaded === undefined) return 1;
  const { config } = loaded;
  const { coordination, clock, close } = await wireConsul(config.consul);
  const desk: ConsulDesk = {
    ...speaking(context, { name: command.name, consulUrl: config.consul.url }),
    config,
    keys: keysBelow(config.consul.keyRoot),
    coordination,
    clock,
    by: operator(),
    reason: command.reason ?? `replicator ${command.name}`,
    signal: new AbortController().signal,
  };
  try {
    return await work(desk);
  } catch (error) {
    if (!isPortError(error)) throw error;
    return desk.refuse(explain(error));
  } finally {
    await close();
  }
}

function speaking(
  { terminal, flags }: CommandContext,
  { name, consulUrl }: { readonly name: string; readonly consulUrl: string },
): Pick<ConsulDesk, 'terminal' | 'consulUrl' | 'tell' | 'answer' | 'refuse'> {
  const isJson = flags.get('json');
  return {
    terminal,
    consulUrl,
    tell: (line) => (isJson ? terminal.err(line) : terminal.out(line)),
    answer: (answer) => isJson && terminal.out(JSON.stringify(answer)),
    refuse: (why) => {
      terminal.err(`replicator ${name}: ${why} (Consul at ${consulUrl})`);
      return 1;
    },
  };
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

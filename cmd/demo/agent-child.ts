import { type ChildProcess, spawn } from 'node:child_process';
import { devNull } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Environment } from '../../src/config/env.ts';
import type { ClockRate } from '../wire.ts';
import { REGION } from './scenario.ts';

/** The agent, running as a process of its own. */
export interface AgentChild {
  readonly pid: number | undefined;
  /** Resolves to a sentence when it has ended, however it did. */
  readonly ended: Promise<string>;
  /** The last things it printed that are no lines of its log. */
  readonly lastWords: readonly string[];
  /** SIGTERM, and SIGKILL after five seconds. Resolves when it has gone. */
  stop(): Promise<void>;
  /** SIGKILL. Resolves when it has gone. */
  kill(): Promise<void>;
}

export interface AgentPlace {
  /** What it is in a group of agents; undefined: it stands alone. */
  readonly member: { readonly group: string; readonly id: string } | undefined;
  readonly nomadUrl: string;
  readonly consulUrl: string;
  /** Undefined: no AWS is there, and none is asked. */
  readonly awsUrl: string | undefined;
  /** Seconds of the agent's time; undefined: its own default. */
  readonly drainDeadlineS: number | undefined;
  readonly rate: ClockRate;
  readonly environment: Environment;
}

const PROGRAM = fileURLToPath(new URL('../replicator.js', import.meta.url));
/** Settings that belong to other servers. */
const FOREIGN = /^(?:NOMAD|CONSUL|AWS)_/;
const KILL_AFTER_MS = 5_000;
const WORDS_KEPT = 20;

/**
 * Starts the built agent as an operator would. It leads a process group of its own, so that a Ctrl-C on the terminal
 * reaches it through us only. `hear` gets each line and answers whether it was one of the log.
 */
export function startAgentChild(place: AgentPlace, hear: (line: string) => boolean): AgentChild {
  const child = spawn(process.execPath, [PROGRAM, ...argumentsFor(place)], {
    env: environmentFor(place),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
  });
  const lastWords: string[] = [];
  const keep = (line: string): void => {
    if (hear(line)) return;
    lastWords.push(line);
    if (lastWords.length > WORDS_KEPT) lastWords.shift();
  };
  for (const input of [child.stdout, child.stderr]) createInterface({ input }).on('line', keep);
  const ended = endOf(child, place.member?.id ?? 'the agent');
  const die = (): void => void child.kill('SIGKILL');
  process.once('exit', die);
  void ended.then(() => process.off('exit', die));
  const kill = async (): Promise<void> => {
    die();
    await ended;
  };
  return { pid: child.pid, ended, lastWords, kill, stop: () => stopChild(child, ended) };
}

function argumentsFor({ nomadUrl, consulUrl, drainDeadlineS, member }: AgentPlace): readonly string[] {
  return [
    'agent',
    `-nomad=${nomadUrl}`,
    `-consul=${consulUrl}`,
    ...(member === undefined ? [] : [`-group=${member.group}`, `-service-id=${member.id}`]),
    '-log-format=json',
    '-log-level=debug',
    ...(drainDeadlineS === undefined ? [] : [`-drain-deadline=${drainDeadlineS}`]),
    WITHOUT_HTTP,
  ];
}

/** Nobody asks this agent, and another may listen at the port already. */
const WITHOUT_HTTP = '-http-port=-1';

/** Ours without the settings of other servers. */
function environmentFor({ environment, rate, awsUrl }: AgentPlace): NodeJS.ProcessEnv {
  const own = Object.entries(environment).filter(([name]) => !FOREIGN.test(name));
  return {
    ...Object.fromEntries(own),
    ...(awsUrl !== undefined && awsEnvironment(awsUrl)),
    REPLICATOR_CLOCK: `${rate.startedMs}x${rate.speed}`,
  };
}

/** Credentials that nobody checks, and none of the settings that the machine's user has for the real AWS. */
function awsEnvironment(url: string): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'simulated',
    AWS_SECRET_ACCESS_KEY: 'simulated',
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
  };
}

function endOf(child: ChildProcess, who: string): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(`${who} cannot be run: ${error.message}`));
    child.once('close', (code, signal) =>
      resolve(signal === null ? `${who} ended with exit code ${code}` : `${who} was ended by ${signal}`),
    );
  });
}

async function stopChild(child: ChildProcess, ended: Promise<string>): Promise<void> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
  await ended;
  clearTimeout(timer);
}

import { hostname } from 'node:os';
import { type Agent, startAgent } from '../../src/agent/agent.ts';
import type { Emit } from '../../src/agent/events.ts';
import { keysBelow } from '../../src/domain/keys.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Log } from '../../src/ports/log.ts';
import type { ObserveRequest } from '../../src/ports/metrics.ts';
import type { CommandContext } from '../command.ts';
import type { LoadedConfig } from '../load-config.ts';
import { waitForStop } from '../signals.ts';
import { type ClockRate, identityOf, wirePorts } from '../wire.ts';
import type { Telling } from '../wire-telling.ts';
import type { Say } from './announce.ts';
import { groupIdentityOf } from './group-identity.ts';
import { createLiveConfig, type LiveConfig } from './live-config.ts';
import { createRefusal, type Refusal } from './refusal.ts';
import { settingsOf } from './settings.ts';
import type { StatusService } from './status-service.ts';
import { startSuccession, type Succession, type Working } from './succession.ts';
import { reload, type TakeOver, takeStored } from './take-over.ts';

/** What an agent runs with, for as long as the process lives. */
export interface Around {
  readonly live: LiveConfig;
  readonly log: Log;
  readonly say: Say;
  readonly machine: Clock;
  readonly rate: ClockRate | undefined;
  readonly emit: Emit;
  readonly telling: Telling;
  readonly status: StatusService | undefined;
  /** The form of log lines that a configuration asks for. */
  readonly logForm: () => 'text' | 'json';
}

/** The configuration in force, and what a reload makes of it. */
export function openLiveConfig(
  { settings, environment }: CommandContext,
  first: LoadedConfig,
  rate: ClockRate | undefined,
): LiveConfig {
  const { consul, group } = first.config;
  return createLiveConfig({
    first,
    sources: { settings, environment },
    storedName: `consul:${keysBelow(consul.keyRoot).groupConfig(group?.name ?? '')}`,
    settingsOf: ({ config }) => settingsOf(config, rate?.speed),
  });
}

/** Runs an agent, and others in its place when its servers change, until a signal or a refusal. Answers the exit code. */
export async function runUntilStopped(context: CommandContext, around: Around): Promise<number> {
  const { live, say, emit, telling, log } = around;
  const refusal = createRefusal();
  const place: { agents: Succession<Agent> | undefined } = { agents: undefined };
  const over: TakeOver = {
    live,
    say,
    emit,
    settle: () => {
      log.setLevel(live.loaded().config.logLevel);
      log.setFormat(around.logForm());
      place.agents?.current().settingsChanged();
    },
    renewAgent: () => place.agents?.renew(),
    renewTelling: () => void telling.replace(live.loaded().config),
  };
  const start = (): Promise<Working<Agent>> => startOne(context, around, { over, refusal });
  const agents = await startSuccession(start, (error) => say('error', `cannot start anew: ${String(error)}`));
  place.agents = agents;
  return waitForStop({
    refused: refusal.told,
    reload: () => reload(over),
    stop: (reason) => stopped(around, agents, reason),
  });
}

async function startOne(
  context: CommandContext,
  around: Around,
  { over, refusal }: { readonly over: TakeOver; readonly refusal: Refusal },
): Promise<Working<Agent>> {
  const { live, rate, emit, telling, status, say } = around;
  const { config } = live.loaded();
  const observers = [telling.observe, status?.observe].filter((one) => one !== undefined);
  const observe: ObserveRequest = (request) => observers.forEach((tell) => tell(request));
  const ports = await wirePorts(config, { rate, observe });
  const refused = (why: string): void => {
    say('error', why);
    refusal.refuse('refused');
  };
  const agent = startAgent({
    ...ports,
    alarms: telling.alarms,
    identity: identityOf(config, { name: hostname(), environment: context.environment }),
    group: groupIdentityOf(config, {
      membership: ports.coordination.membership,
      port: portOf(status?.address),
      takeOptions: (options) => takeStored(over, options),
      refused,
    }),
    settings: () => live.settings(),
    emit,
  });
  telling.attach(agent.answers);
  status?.attach(agent, ports);
  const close = async (): Promise<void> => {
    await agent.stop();
    await ports.close();
  };
  return { it: agent, close };
}

/** The port that is listened at, which a configured 0 does not tell; 0 for none. */
function portOf(address = ''): number {
  return Number(/:(\d+)$/.exec(address)?.[1] ?? 0);
}

/** The whole stop, what is still to be told included, and what telling may take of it, in milliseconds. */
const STOP_MS = 1_750;
const TELLING_MS = 1_000;

async function stopped(
  { say, telling, status, machine }: Around,
  agents: Succession<Agent>,
  reason: string,
): Promise<void> {
  const startedMs = machine.monotonicMs();
  say('info', `${reason}, stopping`);
  status?.leave();
  await Promise.all([agents.close(), status?.close()]);
  const leftMs = STOP_MS - (machine.monotonicMs() - startedMs);
  await telling.close(Math.max(0, Math.min(TELLING_MS, leftMs)));
  say('info', 'stopped');
}

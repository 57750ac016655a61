import { hostname } from 'node:os';
import { type Agent, startAgent } from '../src/agent/agent.ts';
import { describeEvent } from '../src/agent/describe-event.ts';
import type { AgentEvent } from '../src/agent/events.ts';
import type { AgentSettings } from '../src/agent/settings.ts';
import { findChangedOptions } from '../src/config/changed-options.ts';
import type { Config } from '../src/config/config.ts';
import type { Environment } from '../src/config/env.ts';
import { formatFault } from '../src/config/fault.ts';
import { AGENT_FLAGS, OPTIONS } from '../src/config/options.ts';
import { NOTICE_WORDS, strangeNoticeWords } from '../src/domain/notice-table.ts';
import type { Clock } from '../src/ports/clock.ts';
import type { Log } from '../src/ports/log.ts';
import type { Command, CommandContext } from './command.ts';
import { type LoadedConfig, loadConfig, loadConfigOrPrint } from './load-config.ts';
import { waitForStop } from './signals.ts';
import { readVersion } from './version.ts';
import { type ClockRate, identityOf, wallClock, wireClocks, wireLog, wirePorts } from './wire.ts';
import { type Telling, wireTelling } from './wire-telling.ts';

const ORIGIN = 'command/agent';

/** Runs until a signal asks it to stop. */
export const agentCommand: Command = {
  name: 'agent',
  summary: 'Run the agent until it is told to stop',
  options: AGENT_FLAGS,
  run: async (context) => {
    const loaded = await loadConfigOrPrint(context);
    return loaded === undefined ? 1 : runAgent(context, loaded);
  },
};

/** What a reload may change: read anew by every round. */
interface Live {
  loaded: LoadedConfig;
  settings: AgentSettings;
}

async function runAgent(context: CommandContext, loaded: LoadedConfig): Promise<number> {
  if (loaded.config.group) {
    context.terminal.err('replicator agent: group: agents cannot form groups in this version; leave it out');
    return 1;
  }
  const rate = clockRate(context.environment);
  const { config } = loaded;
  const isText = config.logFormat === 'text' || (config.logFormat === 'auto' && process.stderr.isTTY);
  const log = await wireLog({
    level: config.logLevel,
    format: isText ? 'text' : 'json',
    stream: process.stderr,
    now: wallClock(rate),
  });
  const live: Live = { loaded, settings: settingsOf(config, rate) };
  announce(log, loaded);
  const { machine } = await wireClocks(rate);
  const emit = (event: AgentEvent): void => {
    writeEvent(log, event);
    telling.listen(event);
  };
  const telling = await wireTelling(config, { clock: machine, emit, servesPage: false });
  const ports = await wirePorts(config, { rate, observe: telling.observe });
  const agent = startAgent({
    ...ports,
    alarms: telling.alarms,
    identity: identityOf(config, { name: hostname(), environment: context.environment }),
    settings: () => live.settings,
    emit,
  });
  telling.attach(agent.answers);
  const reload = (): Promise<void> => reloadConfig(context, live, log);
  const signal = await waitForStop({
    reload,
    stop: (name) => stopped(log, { agent, telling, machine }, name),
  });
  await ports.close();
  return signal;
}

function settingsOf(config: Config, rate: ClockRate | undefined): AgentSettings {
  const intervalMs = config.jobScalingIntervalMs;
  return {
    jobScalingIntervalMs: intervalMs,
    jobScalingDisabled: config.jobScalingDisabled,
    clusterScalingIntervalMs: config.clusterScalingIntervalMs,
    clusterScalingDisabled: config.clusterScalingDisabled || !seesAllWork(config),
    drainDeadlineMs: config.drainDeadlineMs,
    scalingConcurrency: config.scalingConcurrency,
    usageDeadlineMs: Math.max(1_000, Math.min(intervalMs, 8_000) / (rate?.speed ?? 1)),
  };
}

/** Pools are judged by all work on their nodes. `default` is all there is before Nomad 1.0. */
function seesAllWork(config: Config): boolean {
  return ['*', 'default'].includes(config.nomad.namespace);
}

function announce(log: Log, { config, given }: LoadedConfig): void {
  const say = (message: string): void => log.write({ level: 'info', origin: ORIGIN, message });
  say(`running version ${readVersion()}`);
  say(`Nomad at ${config.nomad.url}, Consul at ${config.consul.url}, key root ${config.consul.keyRoot}`);
  say(`job scaling is ${config.jobScalingDisabled ? 'disabled' : 'enabled'}`);
  say(`cluster scaling is ${config.clusterScalingDisabled ? 'disabled' : 'enabled'}`);
  if (!config.clusterScalingDisabled && config.nomad.namespace !== '*') {
    const effect = seesAllWork(config) ? 'pools are judged without the work of others' : 'no pool is scaled';
    const text = `nomad_namespace is ${config.nomad.namespace}: ${effect}; "*" sees all namespaces`;
    log.write({ level: 'warn', origin: ORIGIN, message: text });
  }
  const strange = strangeNoticeWords(config.notification.events);
  if (strange.length > 0) {
    const text = `events: ${strange.join(', ')}: no such event; there are ${NOTICE_WORDS.join(', ')}`;
    log.write({ level: 'warn', origin: ORIGIN, message: text });
  }
  const idle = OPTIONS.filter((row) => row.isIdle === true && given.has(row.key)).map((row) => row.key);
  const message = `no effect in this version: ${idle.join(', ')}`;
  if (idle.length > 0) log.write({ level: 'warn', origin: ORIGIN, message });
}

function writeEvent(log: Log, event: AgentEvent): void {
  const line = describeEvent(event);
  log.write(line);
}

/** The whole stop, what is still to be told included, and what telling may take of it, in milliseconds. */
const STOP_MS = 1_750;
const TELLING_MS = 1_000;

interface Running {
  readonly agent: Agent;
  readonly telling: Telling;
  readonly machine: Clock;
}

async function stopped(log: Log, { agent, telling, machine }: Running, signal: string): Promise<void> {
  const startedMs = machine.monotonicMs();
  log.write({ level: 'info', origin: ORIGIN, message: `received ${signal}, stopping` });
  await agent.stop();
  const leftMs = STOP_MS - (machine.monotonicMs() - startedMs);
  await telling.close(Math.max(0, Math.min(TELLING_MS, leftMs)));
  log.write({ level: 'info', origin: ORIGIN, message: 'stopped' });
}

/** SIGHUP: an invalid configuration changes nothing; keys that need a restart are named. */
async function reloadConfig(context: CommandContext, live: Live, log: Log): Promise<void> {
  const next = await loadConfig(context);
  if (next.kind !== 'ok') {
    for (const fault of next.faults)
      log.write({ level: 'error', origin: ORIGIN, message: formatFault(fault) });
    log.write({
      level: 'error',
      origin: ORIGIN,
      message: 'reload refused: the configuration stays as it is',
    });
    return;
  }
  const changed = findChangedOptions(live.loaded.given, next.given);
  live.loaded = next;
  live.settings = settingsOf(next.config, clockRate(context.environment));
  log.setLevel(next.config.logLevel);
  writeEvent(log, { kind: 'settings-changed', keys: changed.map((row) => row.key) });
  const inert = changed.filter((row) => row.needsRestart === true).map((row) => row.key);
  if (inert.length === 0) return;
  const message = `needs a restart to take effect: ${inert.join(', ')}`;
  log.write({ level: 'warn', origin: ORIGIN, message });
}

/** `REPLICATOR_CLOCK=<start in ms>x<speed>` makes time run faster for rounds and cooldowns: the demo sets it. */
function clockRate(environment: Environment): ClockRate | undefined {
  const parts = /^(\d+)x(\d+(?:\.\d+)?)$/.exec(environment['REPLICATOR_CLOCK'] ?? '');
  return parts ? { startedMs: Number(parts[1]), speed: Number(parts[2]) } : undefined;
}

import { hostname } from 'node:os';
import { type Agent, startAgent } from '../src/agent/agent.ts';
import { describeEvent } from '../src/agent/describe-event.ts';
import type { AgentEvent, Emit } from '../src/agent/events.ts';
import type { Config } from '../src/config/config.ts';
import type { Environment } from '../src/config/env.ts';
import { formatFault } from '../src/config/fault.ts';
import { AGENT_FLAGS, OPTIONS } from '../src/config/options.ts';
import type { StoredOptions } from '../src/domain/group/group-config-document.ts';
import { keysBelow } from '../src/domain/keys.ts';
import { NOTICE_WORDS, strangeNoticeWords } from '../src/domain/notice-table.ts';
import type { Clock } from '../src/ports/clock.ts';
import type { Log } from '../src/ports/log.ts';
import { groupIdentityOf } from './agent/group-identity.ts';
import { createLiveConfig, type LiveConfig, type Taken } from './agent/live-config.ts';
import { createRefusal } from './agent/refusal.ts';
import { seesAllWork, settingsOf } from './agent/settings.ts';
import type { Command, CommandContext } from './command.ts';
import { type LoadedConfig, loadConfigOrPrint } from './load-config.ts';
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
  exits: {
    0: 'stopped by SIGINT, SIGTERM or SIGQUIT',
    1: 'the configuration has faults, its group is not to have it, or a second signal cut the stop short',
  },
  run: async (context) => {
    const loaded = await loadConfigOrPrint(context);
    return loaded === undefined ? 1 : runAgent(context, loaded);
  },
};

async function runAgent(context: CommandContext, loaded: LoadedConfig): Promise<number> {
  const rate = clockRate(context.environment);
  const { config } = loaded;
  const log = await openLog(config, rate);
  const live = openLiveConfig(context, loaded, rate);
  announce(log, loaded);
  const { machine } = await wireClocks(rate);
  const emit = (event: AgentEvent): void => {
    writeEvent(log, event);
    telling.listen(event);
  };
  const telling = await wireTelling(config, { clock: machine, emit, servesPage: false });
  const ports = await wirePorts(config, { rate, observe: telling.observe });
  const refusal = createRefusal();
  const took: Took = (taken) => tellTaken(log, { taken, live, emit, changed: () => agent.settingsChanged() });
  const agent = startAgent({
    ...ports,
    alarms: telling.alarms,
    identity: identityOf(config, { name: hostname(), environment: context.environment }),
    group: groupIdentityOf(config, {
      membership: ports.coordination.membership,
      takeOptions: (options) => takeStored(live, options, took),
      refused: (why) => {
        log.write({ level: 'error', origin: ORIGIN, message: why });
        refusal.refuse('refused');
      },
    }),
    settings: () => live.settings(),
    emit,
  });
  telling.attach(agent.answers);
  const code = await waitForStop({
    refused: refusal.told,
    reload: () => reloadConfig(log, live, took),
    stop: (reason) => stopped(log, { agent, telling, machine }, reason),
  });
  await ports.close();
  return code;
}

function openLog(config: Config, rate: ClockRate | undefined): Promise<Log> {
  const isText = config.logFormat === 'text' || (config.logFormat === 'auto' && process.stderr.isTTY);
  const format = isText ? 'text' : 'json';
  return wireLog({ level: config.logLevel, format, stream: process.stderr, now: wallClock(rate) });
}

function openLiveConfig(
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

async function stopped(log: Log, { agent, telling, machine }: Running, reason: string): Promise<void> {
  const startedMs = machine.monotonicMs();
  log.write({ level: 'info', origin: ORIGIN, message: `${reason}, stopping` });
  await agent.stop();
  const leftMs = STOP_MS - (machine.monotonicMs() - startedMs);
  await telling.close(Math.max(0, Math.min(TELLING_MS, leftMs)));
  log.write({ level: 'info', origin: ORIGIN, message: 'stopped' });
}

/** Told of a configuration that was taken over. */
type Took = (taken: Extract<Taken, { readonly kind: 'ok' }>) => void;

/** SIGHUP: an invalid configuration changes nothing; keys that need a restart are named. */
async function reloadConfig(log: Log, live: LiveConfig, took: Took): Promise<void> {
  const taken = await live.reload();
  if (taken.kind === 'ok') return took(taken);
  const say = (message: string): void => log.write({ level: 'error', origin: ORIGIN, message });
  taken.faults.forEach((fault) => say(formatFault(fault)));
  say('reload refused: the configuration stays as it is');
}

/** Answers what is wrong with the group's stored options; then everything stays as it is. */
function takeStored(live: LiveConfig, options: StoredOptions | undefined, took: Took): readonly string[] {
  const taken = live.takeStored(options);
  if (taken.kind === 'faults') {
    return taken.faults.map(({ key, message }) => (key === undefined ? message : `${key}: ${message}`));
  }
  took(taken);
  return [];
}

function tellTaken(
  log: Log,
  of: {
    readonly taken: Parameters<Took>[0];
    readonly live: LiveConfig;
    readonly emit: Emit;
    readonly changed: () => void;
  },
): void {
  const { changed, overridden } = of.taken;
  const warn = (message: string): void => log.write({ level: 'warn', origin: ORIGIN, message });
  log.setLevel(of.live.loaded().config.logLevel);
  of.emit({ kind: 'settings-changed', keys: changed.map((row) => row.key) });
  of.changed();
  const inert = changed.filter((row) => row.needsRestart === true).map((row) => row.key);
  if (inert.length > 0) warn(`needs a restart to take effect: ${inert.join(', ')}`);
  if (overridden.length > 0)
    warn(`what is stored for the group counts, not what is given here: ${overridden.join(', ')}`);
}

/** `REPLICATOR_CLOCK=<start in ms>x<speed>` makes time run faster for rounds and cooldowns: the demo sets it. */
function clockRate(environment: Environment): ClockRate | undefined {
  const parts = /^(\d+)x(\d+(?:\.\d+)?)$/.exec(environment['REPLICATOR_CLOCK'] ?? '');
  return parts ? { startedMs: Number(parts[1]), speed: Number(parts[2]) } : undefined;
}

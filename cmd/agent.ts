import { hostname } from 'node:os';
import { describeEvent } from '../src/agent/describe-event.ts';
import type { Emit } from '../src/agent/events.ts';
import type { Config } from '../src/config/config.ts';
import type { Environment } from '../src/config/env.ts';
import { AGENT_FLAGS } from '../src/config/options.ts';
import type { MetricsPage } from '../src/ports/metrics.ts';
import { announce, type Say } from './agent/announce.ts';
import type { LiveConfig } from './agent/live-config.ts';
import { openLiveConfig, runUntilStopped } from './agent/run-agent.ts';
import { startStatusService, type StatusOptions, type StatusService } from './agent/status-service.ts';
import type { Command, CommandContext } from './command.ts';
import { type LoadedConfig, loadConfigOrPrint } from './load-config.ts';
import { type ClockRate, wallClock, wireClocks, wireLog } from './wire.ts';
import { wireTelling } from './wire-telling.ts';

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
  const format = logForm(config);
  const log = await wireLog({ level: config.logLevel, format, stream: process.stderr, now: wallClock(rate) });
  const say: Say = (level, message) => log.write({ level, origin: ORIGIN, message });
  const live = openLiveConfig(context, loaded, rate);
  announce(say, loaded);
  const { machine, clock } = await wireClocks(rate);
  const listeners: Emit[] = [];
  const emit: Emit = (event) => {
    log.write(describeEvent(event));
    for (const listen of listeners) listen(event);
  };
  const telling = await wireTelling(config, { clock: machine, emit, servesPage: true });
  const status = await startStatus(live, telling.page, { log, machine, clock, name: hostname() });
  if (typeof status === 'string') {
    context.terminal.err(`replicator agent: ${status}`);
    await telling.close(0);
    return 1;
  }
  listeners.push(telling.listen, ...(status ? [status.hear] : []));
  const around = { live, log, say, machine, rate, emit, telling, status };
  return runUntilStopped(context, { ...around, logForm: () => logForm(live.loaded().config) });
}

function logForm({ logFormat }: Config): 'text' | 'json' {
  return logFormat === 'text' || (logFormat === 'auto' && process.stderr.isTTY) ? 'text' : 'json';
}

/** The HTTP API, undefined where it is off; a text says why there can be none. */
async function startStatus(
  live: LiveConfig,
  page: MetricsPage | undefined,
  around: Pick<StatusOptions, 'log' | 'machine' | 'clock' | 'name'>,
): Promise<StatusService | string | undefined> {
  if (page === undefined) return undefined;
  return startStatusService({
    ...around,
    page,
    loaded: () => live.loaded(),
    settings: () => live.settings(),
  });
}

/** `REPLICATOR_CLOCK=<start in ms>x<speed>` makes time run faster for rounds and cooldowns: the demo sets it. */
function clockRate(environment: Environment): ClockRate | undefined {
  const parts = /^(\d+)x(\d+(?:\.\d+)?)$/.exec(environment['REPLICATOR_CLOCK'] ?? '');
  return parts ? { startedMs: Number(parts[1]), speed: Number(parts[2]) } : undefined;
}

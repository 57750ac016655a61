import { pickOptions } from '../src/config/options.ts';
import { DEMO_SPEED } from '../src/config/options/simulator-options.ts';
import type { Command, CommandContext } from './command.ts';
import { type Audience, liveAudience, plainAudience } from './demo/audience.ts';
import { listenForKeys } from './demo/keys.ts';
import { reportJson, reportText } from './demo/report.ts';
import { type DemoEnd, runDemo } from './demo/run-demo.ts';
import { SCENARIOS } from './demo/scenarios.ts';
import type { DemoOptions } from './demo/show.ts';
import { listenForStop, type StopRequest } from './demo/stop-request.ts';

/** The agent as a child process against a simulated cluster, until the time is over or somebody ends it. */
export const demoCommand: Command = {
  name: 'demo',
  summary: 'Run the agent against a simulated cluster and show what it does',
  options: pickOptions(
    'scenario',
    'speed',
    'duration',
    'seed',
    'json',
    'nomad_port',
    'consul_port',
    'aws_port',
  ),
  run: async (context) => {
    const missing = SERVERS.find(({ key }) => context.flags.get(key) < 0);
    if (missing) {
      context.terminal.err(`replicator demo: ${missing.fault}`);
      return 1;
    }
    const isLive = canDraw(context);
    const stop = listenForStop(process.stdout);
    const stopKeys = isLive ? listenForKeys(process.stdin, stop.ask) : () => undefined;
    const audience = isLive ? liveAudience(process.stdout, context.environment) : plainFor(context);
    try {
      const end = await runDemo(optionsOf(context, audience, stop));
      audience.close();
      return report(context, end);
    } finally {
      audience.close();
      stopKeys();
      stop.close();
    }
  },
};

/** Those that simulate can leave out. */
const SERVERS = [
  { key: 'consul_port', fault: '-consul-port: the agent needs a Consul' },
  { key: 'aws_port', fault: '-aws-port: the pools need an AWS' },
] as const;

/** Pictures need a terminal that can move its cursor, and an output that nobody reads by program. */
function canDraw({ terminal, flags, environment }: CommandContext): boolean {
  return terminal.columns !== undefined && !flags.get('json') && environment['TERM'] !== 'dumb';
}

function plainFor({ terminal, flags }: CommandContext): Audience {
  const isJson = flags.get('json');
  return plainAudience((line) => (isJson ? terminal.err(line) : terminal.out(line)));
}

function optionsOf(context: CommandContext, audience: Audience, stop: StopRequest): DemoOptions {
  const { flags, environment } = context;
  const name = flags.get('scenario');
  return {
    name,
    scenario: SCENARIOS[name],
    seed: flags.get('seed'),
    speed: flags.isGiven('speed') ? flags.get('speed') : DEMO_SPEED,
    nomadPort: flags.get('nomad_port'),
    consulPort: flags.get('consul_port'),
    awsPort: flags.get('aws_port'),
    environment,
    audience,
    over: endOf(flags.get('duration'), stop),
  };
}

/** When the time is over, or earlier when somebody ends it. */
function endOf(durationS: number | undefined, { asked, ask }: StopRequest): Promise<void> {
  if (durationS === undefined) return asked;
  const timer = setTimeout(ask, durationS * 1000);
  return asked.finally(() => clearTimeout(timer));
}

function report({ terminal, flags }: CommandContext, { result, death }: DemoEnd): number {
  if (death) {
    for (const line of death.lastWords) terminal.err(line);
    terminal.err(`replicator demo: ${death.why}`);
  }
  if (flags.get('json')) terminal.out(reportJson(result));
  else terminal.out(reportText(result));
  return death ? 1 : 0;
}

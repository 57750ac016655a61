import { readFile } from 'node:fs/promises';
import { pickOptions } from '../src/config/options.ts';
import { parseWorldFile, type WorldDescription } from '../src/simulator/world-file.ts';
import type { Command, CommandContext } from './command.ts';
import { waitForStop } from './signals.ts';
import { startCluster } from './simulated-cluster.ts';
import { type ClockRate, wireClocks } from './wire.ts';

/** Serves a simulated cluster until it is told to stop; prints its addresses as one line of JSON. */
export const simulateCommand: Command = {
  name: 'simulate',
  summary: 'Serve a simulated Nomad and Consul on this machine',
  options: pickOptions('world', 'nodes', 'nomad_port', 'consul_port', 'speed', 'seed'),
  run: async (context) => {
    const description = await readWorld(context);
    if (!description) return 1;
    const rate = rateOf(context.flags.get('speed'));
    const { machine, clock } = await wireClocks(rate);
    const cluster = await startCluster({
      description,
      clock,
      machineClock: machine,
      nomadPort: context.flags.get('nomad_port'),
      consulPort: context.flags.get('consul_port'),
    });
    const { nomad, consul } = cluster;
    context.terminal.out(JSON.stringify({ nomad: nomad.url, ...(consul && { consul: consul.url }) }));
    return waitForStop({ reload: () => Promise.resolve(), stop: () => cluster.stop() });
  },
};

/** Time from now on, so many times as fast. */
export function rateOf(speed: number): ClockRate | undefined {
  return speed === 1 ? undefined : { startedMs: Date.now(), speed };
}

async function readWorld(context: CommandContext): Promise<WorldDescription | undefined> {
  const path = context.flags.get('world');
  const nodes = Array.from({ length: context.flags.get('nodes') }, () => ({}));
  const text =
    path === undefined ? JSON.stringify({ seed: context.flags.get('seed'), nodes }) : await read(path);
  const parsed = parseWorldFile(text);
  if (parsed.ok) return parsed.description;
  for (const fault of parsed.faults) context.terminal.err(`${path ?? 'world'}: ${fault}`);
  return undefined;
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new Error(`${path}: cannot be read (${error instanceof Error ? error.message : String(error)})`, {
      cause: error,
    });
  }
}

import { readFile } from 'node:fs/promises';
import { pickOptions } from '../src/config/options.ts';
import { parseWorldFile, type WorldDescription } from '../src/simulator/world-file.ts';
import type { Command, CommandContext } from './command.ts';
import { waitForStop } from './signals.ts';
import { startCluster } from './simulated-cluster.ts';
import type { Terminal } from './terminal.ts';
import { type WiredCloud, wireCloud } from './wire-cloud.ts';
import { type ClockRate, wireClocks } from './wire.ts';

/** Serves a simulated cluster until it is told to stop; prints its addresses as one line of JSON. */
export const simulateCommand: Command = {
  name: 'simulate',
  summary: 'Serve a simulated Nomad, Consul and AWS on this machine',
  options: pickOptions(
    'world',
    'nodes',
    'nomad_port',
    'consul_port',
    'aws_port',
    'follow_ec2',
    'follow_region',
    'speed',
    'seed',
  ),
  run: async (context) => {
    const description = await readWorld(context);
    if (!description) return 1;
    const rate = rateOf(context.flags.get('speed'));
    const { machine, clock } = await wireClocks(rate);
    const cloud = await followedCloud(context);
    const cluster = await startCluster({
      description: inRegion(description, context.flags.get('follow_region')),
      clock,
      machineClock: machine,
      nomadPort: context.flags.get('nomad_port'),
      consulPort: context.flags.get('consul_port'),
      awsPort: context.flags.get('aws_port'),
      follow: cloud && { reader: cloud.reader, failed: complaints(context.terminal) },
    });
    const { nomad, consul, aws } = cluster;
    const urls = { nomad: nomad.url, ...(consul && { consul: consul.url }), ...(aws && { aws: aws.url }) };
    context.terminal.out(JSON.stringify(urls));
    const stop = async (): Promise<void> => {
      await cluster.stop();
      await cloud?.close();
    };
    return waitForStop({ reload: () => Promise.resolve(), stop });
  },
};

async function followedCloud({ flags }: CommandContext): Promise<WiredCloud | undefined> {
  const endpoint = flags.get('follow_ec2');
  return endpoint === undefined ? undefined : wireCloud(endpoint);
}

function inRegion(description: WorldDescription, region: string | undefined): WorldDescription {
  if (region === undefined) return description;
  return { ...description, pools: description.pools.map((pool) => ({ ...pool, region })) };
}

/** One line for each new reason why a pool could not be read. */
function complaints(terminal: Terminal): (pool: string, error: unknown) => void {
  const last = new Map<string, string>();
  return (pool, error) => {
    const text = error instanceof Error ? error.message : String(error);
    if (last.get(pool) === text) return;
    last.set(pool, text);
    terminal.err(`replicator simulate: pool ${pool}: ${text}`);
  };
}

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

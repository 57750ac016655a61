import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnCli } from '../support/processes.ts';
import type { RunningServer } from '../support/server-process.ts';
import { type AgentProcess, KEY_ROOT, prepareAgent } from './agent-process.ts';
import { type ClusterWatch, watchCluster } from './cluster-watch.ts';
import { type KeyWatch, watchKeys } from './key-watch.ts';
import { GROUP, type GroupCast, memberId } from './group-cast.ts';
import { storeGroupConfig } from './group-config.ts';
import { type Link, startLink } from './link.ts';
import { type Passage, pathOf, type ServerName } from './passage.ts';
import { startPersistentConsul } from './persistent-consul.ts';
import { type Cast, drawJobs, drawPools, INTERVAL_S, SPEED, worldFile } from './world.ts';
import { readLockCall } from './writes.ts';

/** Everything of a run that is alive: servers, links, agents, and what watches them. */
export interface Stage extends Cast {
  readonly seed: string;
  readonly consul: RunningServer;
  readonly nomadUrl: string;
  readonly agents: readonly AgentProcess[];
  /** The group that they are members of; undefined: they are standalone. */
  readonly group: GroupCast | undefined;
  /** The member of the group that comes and goes, the last of the agents. It does not run at first. */
  readonly spare: AgentProcess | undefined;
  /** The operator's own way to Consul, without faults: what passes it is logged like the agents' requests. */
  readonly operator: Link;
  readonly keys: KeyWatch;
  readonly cluster: ClusterWatch;
  /** The agent that holds the lock as Consul has it. */
  leader(): AgentProcess | undefined;
  /** The last session that an agent has opened, '' for none. */
  sessionOf(agent: AgentProcess): string;
  /** Tells of each request as it arrives at a link, and as its answer does. The returned function ends it. */
  hear(listener: Listener): () => void;
  /** The session that holds the lock, '' for none. */
  holder(): string;
  stop(): Promise<void>;
}

export type Listener = (what: 'arrived' | 'answered', passage: Passage) => void;

/** Starts the servers, the links and the agents' processes. */
export async function startStage(of: {
  readonly seed: string;
  readonly agents: number;
  readonly isGroup: boolean;
}): Promise<Stage> {
  const { seed } = of;
  const group = of.isGroup ? GROUP : undefined;
  const closing: (() => Promise<unknown> | void)[] = [];
  const stop = async (): Promise<void> => {
    for (const close of closing.splice(0).toReversed()) await close();
  };
  try {
    const cast: Cast = { jobs: drawJobs(seed), pools: drawPools(seed) };
    const startedMs = Date.now();
    const [consul, simulated] = await Promise.all([startPersistentConsul(), startSimulation(seed, cast)]);
    closing.push(
      () => consul.stop(),
      () => simulated.stop(),
    );
    const keys = watchKeys(consul.address, KEY_ROOT);
    const cluster = watchCluster(simulated.nomad);
    closing.push(
      () => cluster.stop(),
      () => keys.stop(),
    );
    const targets = {
      nomad: simulated.nomad,
      consul: `http://${consul.address}`,
      aws: simulated.aws,
    };
    const sessions = new Map<string, number>();
    const listeners = new Set<Listener>();
    const linkOf = async (agent: number, server: ServerName): Promise<Link> => {
      const link = await startLink({ agent, server, target: targets[server], seed, keeps: keepsReply });
      closing.push(() => link.stop());
      link.arrived = (passage) => {
        for (const listener of listeners) listener('arrived', passage);
      };
      link.answered = (passage) => {
        for (const listener of listeners) listener('answered', passage);
        const call = readLockCall(passage);
        if (call?.kind === 'open' && call.session !== '') sessions.set(call.session, agent);
      };
      return link;
    };
    const agents: AgentProcess[] = [];
    for (let number = 0; number < of.agents + (group ? 1 : 0); number += 1) {
      const [nomad, toConsul, aws] = await Promise.all([
        linkOf(number, 'nomad'),
        linkOf(number, 'consul'),
        linkOf(number, 'aws'),
      ]);
      const flags = group ? [`-group=${group.name}`, `-service-id=${memberId(number)}`] : [];
      const agent = prepareAgent({ number, links: { nomad, consul: toConsul, aws }, startedMs, flags });
      closing.push(() => agent.close());
      agents.push(agent);
    }
    const operator = await linkOf(-1, 'consul');
    const spare = group ? agents.at(-1) : undefined;
    if (group) await storeGroupConfig({ consul: operator.address, group, intervalS: INTERVAL_S });
    for (const agent of agents) if (agent !== spare) agent.start();
    const holder = (): string => keys.current(`${KEY_ROOT}/leader`)?.session ?? '';
    return {
      ...cast,
      seed,
      consul,
      nomadUrl: simulated.nomad,
      agents,
      group,
      spare,
      operator,
      keys,
      cluster,
      holder,
      sessionOf: ({ number }) => [...sessions].findLast(([, agent]) => agent === number)?.[0] ?? '',
      hear: (listener) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
      leader: () => agents[sessions.get(holder()) ?? -1],
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Answers that the rules read. */
function keepsReply(passage: Passage): boolean {
  const path = pathOf(passage);
  if (passage.server === 'consul') return true;
  if (passage.server === 'aws') return false;
  return path.startsWith('/v1/client/allocation/') || passage.method !== 'GET';
}

/** `replicator simulate` as a process of its own. */
async function startSimulation(
  seed: string,
  cast: Cast,
): Promise<{ readonly nomad: string; readonly aws: string; stop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'replicator-world-'));
  const file = join(folder, 'world.json');
  writeFileSync(file, JSON.stringify(worldFile(seed, cast)));
  const program = spawnCli(['simulate', `--world=${file}`, '--consul-port=-1', `--speed=${SPEED}`]);
  const line = await program.waitForLine(/"nomad":/, 20_000);
  const urls = JSON.parse(line.text) as { readonly nomad: string; readonly aws: string };
  return {
    ...urls,
    stop: async () => {
      await program.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

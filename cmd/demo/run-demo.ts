import type { Environment } from '../../src/config/env.ts';
import { type SimulatedCluster, startCluster } from '../simulated-cluster.ts';
import { type ClockRate, wireClocks } from '../wire.ts';
import { type AgentChild, startAgentChild } from './agent-child.ts';
import { parseAgentLine } from './agent-line.ts';
import type { Audience } from './audience.ts';
import type { Addresses, FrameModel } from './frame-model.ts';
import { createJournal, type Journal, type News } from './journal.ts';
import { COLUMN_MS, observe, type Observer } from './observer.ts';
import { prepareScript, type Script } from './play-script.ts';
import type { DemoResult } from './report.ts';
import { describeWorld, type Scenario } from './scenario.ts';

export interface DemoOptions {
  readonly name: string;
  readonly scenario: Scenario;
  readonly seed: number;
  readonly speed: number;
  readonly nomadPort: number;
  readonly consulPort: number;
  /** Heeded where the scenario has pools. */
  readonly awsPort: number;
  readonly environment: Environment;
  readonly audience: Audience;
  /** Resolves when it is to end. */
  readonly over: Promise<void>;
}

/** How a demo went. `death` tells how the agent ended, where it did so by itself, and the last it said. */
export interface DemoEnd {
  readonly result: DemoResult;
  readonly death?: { readonly why: string; readonly lastWords: readonly string[] };
}

/** Between two looks at the cluster, each of which makes a picture. */
const LOOK_EVERY_MS = 250;

/** The parts of a running demo. */
interface Show {
  readonly options: DemoOptions;
  readonly rate: ClockRate;
  readonly cluster: SimulatedCluster;
  readonly consulUrl: string;
  readonly journal: Journal;
  readonly observer: Observer;
  readonly news: News[];
  /** Begins when the agent leads. */
  readonly script: Script;
  /** The cluster's time. */
  readonly now: () => number;
}

/** Runs the cluster and the agent until it is over or the agent dies. Nothing is left running. */
export async function runDemo(options: DemoOptions): Promise<DemoEnd> {
  const rate = { startedMs: Date.now(), speed: options.speed };
  const { machine, clock } = await wireClocks(rate);
  const { scenario, seed, nomadPort, consulPort } = options;
  const description = describeWorld(scenario, seed);
  const awsPort = description.pools.length > 0 ? options.awsPort : -1;
  const ports = { nomadPort, consulPort, awsPort };
  const cluster = await startCluster({ description, clock, machineClock: machine, ...ports });
  const news: News[] = [];
  const journal = createJournal((item) => {
    news.push(item);
    if (news.length > 100) news.shift();
    options.audience.hear(item);
  });
  const consulUrl = cluster.consul?.url ?? '';
  const observer = observe(cluster);
  const script = prepareScript(scenario, {
    clock,
    world: cluster.world,
    cloud: cluster.cloud,
    consulUrl,
    say: (text) => journal.tell({ atMs: clock.now(), text, kind: 'story' }),
    failed: (text) => journal.tell({ atMs: clock.now(), text, kind: 'error' }),
  });
  const now = (): number => clock.now();
  try {
    return await perform({ options, rate, cluster, consulUrl, journal, observer, news, script, now });
  } finally {
    script.stop();
    await cluster.stop();
  }
}

async function perform(show: Show): Promise<DemoEnd> {
  const { options, journal, observer, rate } = show;
  options.audience.begin({
    title: `replicator demo ${options.name}, ${options.speed} times as fast as the clock on the wall, seed ${options.seed}`,
    addresses: addressesOf(show),
  });
  const agent = startAgent(show);
  const look = (): void => {
    observer.look(Date.now());
    options.audience.show(() => modelOf(show));
  };
  look();
  const looking = setInterval(look, LOOK_EVERY_MS);
  const death = await Promise.race([options.over.then(() => undefined), agent.ended]);
  clearInterval(looking);
  const durationMs = Date.now() - rate.startedMs;
  if (death !== undefined) journal.tell({ atMs: show.now(), text: death, kind: 'error' });
  await agent.stop();
  observer.look(Date.now());
  const result = resultOf(show, durationMs);
  return { result, ...(death !== undefined && { death: { why: death, lastWords: agent.lastWords } }) };
}

function addressesOf({ cluster, consulUrl }: Show): Addresses {
  return { nomad: cluster.nomad.url, consul: consulUrl, aws: cluster.aws?.url ?? '' };
}

function startAgent({ options, rate, cluster, consulUrl, journal, script }: Show): AgentChild {
  const place = {
    nomadUrl: cluster.nomad.url,
    consulUrl,
    awsUrl: cluster.aws?.url,
    drainDeadlineS: options.scenario.drainDeadlineS,
    rate,
    environment: options.environment,
  };
  return startAgentChild(place, (text) => {
    const line = parseAgentLine(text);
    if (line) journal.hear(line);
    if (journal.leader() !== undefined) script.begin();
    return line !== undefined;
  });
}

function resultOf({ options, journal, observer }: Show, durationMs: number): DemoResult {
  const { nomad, consul, aws } = observer.requests();
  return {
    scenario: options.name,
    seed: options.seed,
    speed: options.speed,
    durationMs,
    journal,
    requests: { nomad: nomad.counts(), consul: consul.counts(), aws: aws.counts() },
    tally: observer.tally(),
  };
}

function modelOf(show: Show): FrameModel {
  const { options, rate, journal, observer, news, now } = show;
  const session = journal.leader();
  const { renewedMs } = observer.tally();
  return {
    scenario: options.name,
    summary: options.scenario.summary,
    seed: options.seed,
    speed: options.speed,
    nowMs: now(),
    startedMs: rate.startedMs,
    leader:
      session === undefined ? undefined : { session, renewedAgoMs: Date.now() - (renewedMs ?? Date.now()) },
    rates: observer.rates(),
    pools: observer.pools(journal),
    groups: observer.groups(journal),
    news,
    addresses: addressesOf(show),
    columnMs: COLUMN_MS * options.speed,
  };
}

import type { Environment } from '../../src/config/env.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { SimulatedCluster } from '../simulated-cluster.ts';
import type { ClockRate } from '../wire.ts';
import { type AgentChild, startAgentChild } from './agent-child.ts';
import { parseAgentLine } from './agent-line.ts';
import type { Audience } from './audience.ts';
import { type Crew, createCrew } from './crew.ts';
import { readGroupSight } from './group-sight.ts';
import { type GroupWatch, watchGroup } from './group-watch.ts';
import { createJournal, type Journal, type News } from './journal.ts';
import { observe, type Observer } from './observer.ts';
import { prepareScript, type Script } from './play-script.ts';
import type { Scenario } from './scenario.ts';

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

/** What a demo is run on. */
export interface Stand {
  readonly options: DemoOptions;
  readonly rate: ClockRate;
  readonly cluster: SimulatedCluster;
  readonly machine: Clock;
  /** The cluster's. */
  readonly clock: Clock;
}

/** The parts of a running demo. */
export interface Show extends Stand {
  readonly journal: Journal;
  readonly observer: Observer;
  readonly news: readonly News[];
  readonly crew: Crew;
  /** Of the agents' group, where they are one. */
  readonly watch: GroupWatch | undefined;
  /** Begins when an agent leads, with a team when each member has its share. */
  readonly script: Script;
}

/** News that are remembered for pictures. */
const NEWS_KEPT = 100;

/** Puts the parts together; no agent is started yet. */
export function prepareShow(stand: Stand): Show {
  const { options, cluster } = stand;
  const news: News[] = [];
  const journal = createJournal((item) => {
    news.push(item);
    if (news.length > NEWS_KEPT) news.shift();
    options.audience.hear(item);
  });
  const watch = watchTeam(stand, journal);
  const crew = createCrew({
    ids: options.scenario.team?.members ?? [''],
    launch: (id) => launch(show, id),
    ordered: (id, post) => watch?.ordered(id, post),
  });
  const script = scriptOf(stand, { journal, crew });
  const show: Show = { ...stand, journal, observer: observe(cluster), news, crew, watch, script };
  return show;
}

/** Has the journal tell a sentence. */
function teller({ clock }: Stand, journal: Journal, kind: News['kind']): (text: string) => void {
  return (text) => journal.tell({ atMs: clock.now(), text, kind });
}

function watchTeam(stand: Stand, journal: Journal): GroupWatch | undefined {
  const { options, cluster, machine } = stand;
  const { team } = options.scenario;
  if (!team) return undefined;
  return watchGroup({
    sight: () => readGroupSight(cluster.consulKeys?.keys() ?? [], team.group),
    nowMs: () => machine.monotonicMs(),
    tell: teller(stand, journal, 'info'),
  });
}

function scriptOf(
  stand: Stand,
  { journal, crew }: { readonly journal: Journal; readonly crew: Crew },
): Script {
  const { options, cluster, clock, machine } = stand;
  const { team } = options.scenario;
  return prepareScript(options.scenario, {
    clock,
    timer: team ? machine : clock,
    world: cluster.world,
    cloud: cluster.cloud,
    crew: team && crew,
    consulUrl: consulUrlOf(stand),
    say: teller(stand, journal, 'story'),
    failed: teller(stand, journal, 'error'),
  });
}

/** The first agent is alone until it leads. */
function launch(show: Show, id: string): AgentChild {
  const { options, rate, cluster, journal, script, crew } = show;
  const { team, drainDeadlineS } = options.scenario;
  const place = {
    member: team && { group: team.group, id },
    nomadUrl: cluster.nomad.url,
    consulUrl: consulUrlOf(show),
    awsUrl: cluster.aws?.url,
    drainDeadlineS,
    rate,
    environment: options.environment,
  };
  return startAgentChild(place, (text) => {
    const line = parseAgentLine(text);
    if (line) journal.hear(line, id);
    if (journal.leader() !== undefined) {
      crew.startWaiting();
      if (!team) script.begin();
    }
    return line !== undefined;
  });
}

/** '' without a Consul. */
export function consulUrlOf({ cluster }: Stand): string {
  return cluster.consul?.url ?? '';
}

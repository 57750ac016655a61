import { startCluster } from '../simulated-cluster.ts';
import { wireClocks } from '../wire.ts';
import type { Loss } from './crew.ts';
import { isSharedBy } from './group-sight.ts';
import type { DemoResult } from './report.ts';
import { describeWorld } from './scenario.ts';
import { addressesOf, modelOf } from './show-model.ts';
import { type DemoOptions, prepareShow, type Show } from './show.ts';

/** How a demo went. `death` tells how an agent ended, where one did so by itself. */
export interface DemoEnd {
  readonly result: DemoResult;
  readonly death?: Loss;
}

/** Between two looks at the cluster, each of which makes a picture. */
const LOOK_EVERY_MS = 250;

/** Runs the cluster and the agents until it is over or one of them dies. Nothing is left running. */
export async function runDemo(options: DemoOptions): Promise<DemoEnd> {
  const rate = { startedMs: Date.now(), speed: options.speed };
  const { machine, clock } = await wireClocks(rate);
  const { scenario, seed, nomadPort, consulPort } = options;
  const description = describeWorld(scenario, seed);
  const awsPort = description.pools.length > 0 ? options.awsPort : -1;
  const ports = { nomadPort, consulPort, awsPort };
  const cluster = await startCluster({ description, clock, machineClock: machine, ...ports });
  try {
    return await perform(prepareShow({ options, rate, cluster, machine, clock }));
  } finally {
    await cluster.stop();
  }
}

async function perform(show: Show): Promise<DemoEnd> {
  const { options, observer, crew, script, watch, rate } = show;
  options.audience.begin({
    title: `replicator demo ${options.name}, ${options.speed} times as fast as the clock on the wall, seed ${options.seed}`,
    addresses: addressesOf(show),
  });
  const look = (): void => {
    observer.look(Date.now());
    watch?.look();
    if (watch && isSharedBy(watch.sight(), crew.ids)) script.begin();
    options.audience.show(() => modelOf(show));
  };
  crew.startFirst();
  look();
  const looking = setInterval(look, LOOK_EVERY_MS);
  const death = await Promise.race([options.over.then(() => undefined), crew.lost]);
  clearInterval(looking);
  script.stop();
  const durationMs = Date.now() - rate.startedMs;
  if (death) show.journal.tell({ atMs: show.clock.now(), text: death.why, kind: 'error' });
  await crew.close();
  observer.look(Date.now());
  const result = resultOf(show, durationMs);
  return { result, ...(death && { death }) };
}

function resultOf({ options, journal, observer, watch }: Show, durationMs: number): DemoResult {
  const { nomad, consul, aws } = observer.requests();
  return {
    scenario: options.name,
    seed: options.seed,
    speed: options.speed,
    durationMs,
    journal,
    requests: { nomad: nomad.counts(), consul: consul.counts(), aws: aws.counts() },
    tally: observer.tally(),
    handovers: watch?.handovers ?? [],
  };
}

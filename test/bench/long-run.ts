import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { scenarioPool } from '../support/scenario-pools.ts';
import { VirtualCluster } from '../support/virtual-cluster.ts';
import { scenarioJob } from '../support/virtual-jobs.ts';

/** What this process held after so many ticks, garbage collected before. */
export interface LongSample {
  readonly ticks: number;
  readonly heapMb: number;
  readonly residentMb: number;
  /** Sockets, timers, files: whatever would keep the process alive. */
  readonly handles: number;
}

/** A long stretch of virtual time. */
export interface LongRun {
  readonly samples: readonly LongSample[];
  /** Rounds of groups and pools that ended in a decision. */
  readonly rounds: number;
  readonly scalings: number;
  readonly wallSeconds: number;
}

const TICK_MS = 10_000;

/** A leader with a few groups and a pool, all on waves, for so many ticks; looked at so many times. */
export async function runLong(options: { readonly ticks: number; readonly looks: number }): Promise<LongRun> {
  const told = new Map<string, number>();
  const count = (kind: string): number => told.get(kind) ?? 0;
  const cluster = new VirtualCluster({
    seed: 1,
    keepsEvents: false,
    nodes: [{ count: 3, cpuMhz: 8_000, memoryMb: 16_384 }],
    jobs: Array.from({ length: 2 }, (_none, at) => jobOf(at)),
    pools: [scenarioPool({ desired: 2, cooldownS: 300 })],
    heard: ({ kind }) => void told.set(kind, count(kind) + 1),
  });
  keepNothing(cluster);
  const startedMs = performance.now();
  cluster.startAgent();
  const samples: LongSample[] = [];
  const stretch = Math.ceil(options.ticks / options.looks);
  for (let ticks = stretch; ticks <= options.ticks; ticks += stretch) {
    await cluster.run(stretch * TICK_MS);
    cluster.writes.length = 0;
    cluster.awsWrites.length = 0;
    samples.push({ ticks, ...holdings() });
  }
  const wallSeconds = Math.round((performance.now() - startedMs) / 1_000);
  await cluster.stop();
  const rounds = count('decided') + count('pool-decided');
  const scalings = count('operation-accepted') + count('pool-operation-ended');
  return { samples, rounds, scalings, wallSeconds };
}

/** The double's own story of the run would be all that grows. */
function keepNothing({ transcript }: VirtualCluster): void {
  transcript.add = () => undefined;
}

function jobOf(at: number): object {
  return scenarioJob({
    id: `job-${at}`,
    count: 3,
    max: 8,
    cooldownS: 120,
    deploys: at % 2 === 0,
    cpuMhz: { kind: 'wave', mean: 1_500, amplitude: 1_200, periodS: 7_200 + 1_800 * at, phaseS: at * 431 },
  });
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function holdings(): Omit<LongSample, 'ticks'> {
  collect();
  const { heapUsed, rss } = process.memoryUsage();
  const handles = process.getActiveResourcesInfo().length;
  return { heapMb: megabytes(heapUsed), residentMb: megabytes(rss), handles };
}

function megabytes(bytes: number): number {
  return Math.round((bytes / 1024 / 1024) * 10) / 10;
}

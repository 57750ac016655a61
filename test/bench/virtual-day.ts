import { createHash } from 'node:crypto';
import { VirtualCluster } from '../support/virtual-cluster.ts';
import { scenarioJob } from '../support/virtual-jobs.ts';
import { DEFAULT_TIMING } from '../../src/simulator/world/timing.ts';

/** What a stretch of virtual time came to. */
export interface VirtualStretch {
  readonly groups: number;
  readonly virtualHours: number;
  readonly wallSeconds: number;
  /** Rounds that ended in a decision. */
  readonly rounds: number;
  /** Decisions that changed a count. */
  readonly scalings: number;
  readonly failures: number;
  readonly lines: number;
  /** Of the transcript, byte for byte. */
  readonly sha256: string;
}

/** Groups of about three allocations on waves of three to twelve hours, a leader with a 10 s interval, from one seed. */
export async function runVirtualStretch(options: {
  readonly seed: number;
  readonly groups: number;
  readonly hours: number;
}): Promise<VirtualStretch> {
  const { seed, groups, hours } = options;
  const told = new Map<string, number>();
  const count = (kind: string): number => told.get(kind) ?? 0;
  const cluster = new VirtualCluster({
    seed,
    timing: DEFAULT_TIMING,
    nodes: [{ count: Math.ceil(groups / 2), cpuMhz: 8_000, memoryMb: 16_384 }],
    keepsEvents: false,
    heard: ({ kind }) => void told.set(kind, count(kind) + 1),
    jobs: Array.from({ length: groups }, (_none, at) => jobOf(at)),
  });
  const startedMs = performance.now();
  cluster.startAgent();
  await cluster.run(hours * 3_600_000);
  const wallSeconds = (performance.now() - startedMs) / 1_000;
  await cluster.stop();
  return {
    groups,
    virtualHours: hours,
    wallSeconds: Math.round(wallSeconds * 10) / 10,
    rounds: count('decided'),
    scalings: count('operation-accepted'),
    failures: cluster.transcript.count(/ended, failure|ERROR/),
    lines: cluster.transcript.lines.length,
    sha256: createHash('sha256').update(cluster.transcript.text()).digest('hex'),
  };
}

function jobOf(at: number): object {
  return scenarioJob({
    id: `job-${String(at).padStart(3, '0')}`,
    count: 3,
    max: 6,
    cooldownS: 60,
    cpuMhz: {
      kind: 'wave',
      mean: 900,
      amplitude: 600,
      periodS: 3_600 * (3 + (at % 10)),
      phaseS: at * 431,
    },
  });
}

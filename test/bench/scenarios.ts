import { poolMeta, REGION } from '../support/scenario-pools.ts';
import { scenarioJob, TASK } from '../support/virtual-jobs.ts';

/** One cluster that an agent is let loose on, and for how long. */
export interface Scenario {
  readonly name: string;
  /** For the page: `1,000 groups × 10 allocations`. */
  readonly title: string;
  readonly groups: number;
  /** Running allocations of each group. */
  readonly allocations: number;
  /** True: the groups have policies. */
  readonly scalesGroups: boolean;
  /** Members of one worker pool, each with so much work; 0: no pool. */
  readonly poolNodes: number;
  readonly intervalS: number;
  /** Intervals that are measured. */
  readonly ticks: number;
  /** Jobs that an operator changes by one allocation each second, meanwhile. */
  readonly churn: number;
  /** Runs with `--quick` too. */
  readonly quick: boolean;
}

const GROUPS = { scalesGroups: true, poolNodes: 0, churn: 0, quick: false };
const POOL = { scalesGroups: false, churn: 0, allocations: 30, intervalS: 5, ticks: 6, quick: false };

/** Everything that `npm run bench` runs, in order. */
export const SCENARIOS: readonly Scenario[] = [
  { ...GROUPS, ...named('groups-100', 100, 10), intervalS: 5, ticks: 6, quick: true },
  { ...GROUPS, ...named('groups-1000', 1_000, 10), intervalS: 10, ticks: 4 },
  { ...GROUPS, ...named('groups-5000x2', 5_000, 2), intervalS: 15, ticks: 4 },
  { ...GROUPS, ...named('groups-5000', 5_000, 10), intervalS: 60, ticks: 2 },
  {
    ...GROUPS,
    ...named('groups-1000-busy', 1_000, 10),
    title: '1,000 groups × 10, two jobs changed each second',
    intervalS: 10,
    ticks: 4,
    churn: 2,
  },
  {
    ...GROUPS,
    ...named('idle', 1_000, 10),
    title: 'idle: 1,000 jobs × 10 without policy',
    scalesGroups: false,
    intervalS: 10,
    ticks: 6,
  },
  { ...POOL, name: 'pool-100', title: 'a pool of 100 nodes × 30 allocations', groups: 100, poolNodes: 100 },
  {
    ...POOL,
    name: 'pool-1000',
    title: 'a pool of 1,000 nodes × 30 allocations',
    groups: 1_000,
    poolNodes: 1_000,
  },
];

function named(name: string, groups: number, allocations: number) {
  const title = `${groups.toLocaleString('en-US')} groups × ${allocations} allocations`;
  return { name, title, groups, allocations };
}

/** Everything takes as good as no time until the measuring begins, and ordinary time afterwards. */
const TIMING = {
  evaluationMs: [0, 20],
  receiveMs: [20, 120],
  startMs: [200, 1_000],
  stopMs: [150, 700],
  deploymentWatchMs: [250, 1_000],
};

/** Allocations of `TASK`'s size that one node takes. */
const PER_NODE = 30;

/** The scenario's cluster as a world file. */
export function worldOf(scenario: Scenario): string {
  const { groups, allocations, poolNodes, scalesGroups } = scenario;
  const room = poolNodes > 0 ? PER_NODE * 1.25 : PER_NODE * 1.1;
  const node = { cpuMhz: Math.ceil(TASK.cpuMhz * room), memoryMb: Math.ceil(TASK.memoryMb * room) };
  const count = Math.ceil((groups * allocations) / PER_NODE);
  const pool = { name: 'workers', region: REGION, min: 1, max: poolNodes, desired: poolNodes };
  return JSON.stringify({
    seed: scenario.name,
    timing: TIMING,
    nodes: poolNodes > 0 ? [] : [{ count, ...node }],
    pools: poolNodes > 0 ? [{ ...pool, node, meta: poolMeta() }] : [],
    jobs: Array.from({ length: groups }, (_none, at) => jobOf(at, allocations, scalesGroups)),
  });
}

/** Half of what would move it, all the time. */
function jobOf(at: number, count: number, hasPolicy: boolean): object {
  const update = { minHealthyS: 1, maxParallel: count };
  const max = count * 2;
  const meta = hasPolicy ? {} : { meta: undefined };
  const job = scenarioJob({ id: `job-${at}`, count, max, update, cpuMhz: TASK.cpuMhz * 0.5 * count });
  if (hasPolicy) return job;
  const { groups } = job as { groups: readonly object[] };
  return { ...job, groups: groups.map((group) => ({ ...group, ...meta })) };
}

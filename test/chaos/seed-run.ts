import { KEY_ROOT } from './agent-process.ts';
import { converge } from './converge.ts';
import { type Digest, digestOf } from './digest.ts';
import { type Operator, operatorOf } from './operator.ts';
import { performSchedule } from './perform.ts';
import { checkAll } from './rules/all.ts';
import type { Pause, RunRecord, Violation } from './run-record.ts';
import { type Act, drawSchedule } from './schedule.ts';
import { type Stage, startStage } from './stage.ts';
import { readVital, type Vital, watchLag } from './vitals.ts';

/** What a seed is run with. */
export interface SeedPlan {
  readonly seed: string;
  readonly agents: number;
  /** They are members of a group. */
  readonly isGroup?: boolean;
  /** How long faults are about. */
  readonly spanMs: number;
  /** How long everything may take to be as it should be afterwards. */
  readonly settleMs: number;
}

/** What became of it. */
export interface SeedRun {
  readonly plan: SeedPlan;
  readonly schedule: readonly Act[];
  readonly digest: Digest;
  readonly violations: readonly Violation[];
  /** How long faults were about, and how long it took to come to rest afterwards. */
  readonly overMs: number;
  readonly settledMs: number;
  /** What agents wrote, each a text. */
  readonly logs: readonly string[];
}

/** Runs one seed: starts everything, does the faults, lets it settle, judges, and stops everything. */
export async function runSeed(plan: SeedPlan): Promise<SeedRun> {
  const { seed, spanMs, isGroup = false } = plan;
  const schedule = drawSchedule({ seed, spanMs, hasPools: true, isGroup });
  const lag = watchLag();
  const stage = await startStage({ ...plan, isGroup });
  const watch = watchAgents(stage);
  try {
    const operator = operatorOf(stage);
    const beganMs = performance.now();
    const performed = await performSchedule(stage, operator, schedule);
    const overMs = performance.now() - beganMs;
    const { tookMs, unsettled } = await converge(stage, operator, plan.settleMs);
    watch.stop();
    const record: RunRecord = {
      ...gathered(stage, operator),
      ...(await insideOf(operator)),
      ...watch,
      ...performed,
      beganMs,
      endedMs: performance.now(),
      lags: lag.lags,
      unsettled: [...unsettled, ...performed.failed.map((text) => `the suite itself failed: ${text}`)],
    };
    const digest = digestOf(record);
    const logs = stage.agents.map((agent) => textOf(agent.lines(), beganMs));
    return { plan, schedule, digest, violations: checkAll(digest), overMs, settledMs: tookMs, logs };
  } finally {
    watch.stop();
    lag.stop();
    await stage.stop();
  }
}

function gathered(
  stage: Stage,
  operator: Operator,
): Pick<
  RunRecord,
  | 'seed'
  | 'keyRoot'
  | 'group'
  | 'jobs'
  | 'pools'
  | 'passages'
  | 'keyVersions'
  | 'allocations'
  | 'deployments'
  | 'crashes'
  | 'countChanges'
  | 'stills'
> {
  const links = [...stage.agents.flatMap((agent) => Object.values(agent.links)), stage.operator];
  return {
    seed: stage.seed,
    keyRoot: KEY_ROOT,
    group: stage.group,
    jobs: stage.jobs,
    pools: stage.pools,
    passages: links.flatMap(({ log }) => log).toSorted((one, other) => one.seq - other.seq),
    keyVersions: stage.keys.versions,
    allocations: stage.cluster.allocations,
    deployments: stage.cluster.deployments,
    crashes: stage.agents.flatMap(({ crashes }) => crashes),
    countChanges: operator.countChanges,
    stills: operator.stills,
  };
}

/** The simulated servers' own history. */
async function insideOf(operator: Operator): Promise<Pick<RunRecord, 'inside'>> {
  const [pools, terminations, cloud, nomadLog, awsLog] = await Promise.all(
    ['pools', 'terminations', 'aws-history', 'log', 'aws-log'].map((what) => operator.inside(what)),
  );
  return { inside: { pools, terminations, cloud, nomadLog, awsLog } as RunRecord['inside'] };
}

/** Samples what the agents' processes hold, and when they stand still. */
function watchAgents(stage: Stage): { readonly vitals: Vital[]; readonly pauses: Pause[]; stop(): void } {
  const vitals: Vital[] = [];
  const pauses: { agent: number; fromMs: number; toMs: number }[] = [];
  const stopped = new Map<number, { agent: number; fromMs: number; toMs: number }>();
  const look = (): void => {
    for (const agent of stage.agents) {
      const { number } = agent;
      const open = stopped.get(number);
      if (agent.state() === 'stopped' && !open) {
        const pause = { agent: number, fromMs: performance.now() - LOOK_MS, toMs: Number.POSITIVE_INFINITY };
        stopped.set(number, pause);
        pauses.push(pause);
      } else if (agent.state() !== 'stopped' && open) {
        open.toMs = performance.now();
        stopped.delete(number);
      }
    }
  };
  const sample = (): void => {
    for (const agent of stage.agents) {
      const pid = agent.pid();
      const vital =
        pid === undefined ? undefined : readVital({ pid, agent: agent.number, life: agent.life() });
      if (vital) vitals.push(vital);
    }
  };
  const timers = [setInterval(look, LOOK_MS), setInterval(sample, 1_000)];
  return {
    vitals,
    pauses,
    stop: () => {
      look();
      for (const timer of timers) clearInterval(timer);
    },
  };
}

const LOOK_MS = 10;

function textOf(
  lines: readonly { readonly atMs: number; readonly life: number; readonly text: string }[],
  beganMs: number,
): string {
  return lines
    .map(({ atMs, life, text }) => `${((atMs - beganMs) / 1_000).toFixed(3)} #${life} ${text}\n`)
    .join('');
}

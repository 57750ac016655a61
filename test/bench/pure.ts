import { decideGroup } from '../../src/domain/decision/group-decision.ts';
import { judgeGroup } from '../../src/domain/decision/judge-group.ts';
import { judgePool } from '../../src/domain/decision/judge-pool.ts';
import { decidePool } from '../../src/domain/decision/pool-decision.ts';
import type { AllocationFacts, UsageReading } from '../../src/domain/snapshot.ts';
import { measureGroup } from '../../src/domain/usage/measure-group.ts';
import { aGroup, aPolicy, aSample, aSnapshot, OPEN_GATES, running } from '../domain/build.ts';
import {
  aPoolGroup,
  aPoolPolicy,
  aPoolSnapshot,
  asking,
  poolNodes,
  resources,
  work,
} from '../domain/build-pool.ts';
import { scenarioPool } from '../support/scenario-pools.ts';
import { VirtualCluster } from '../support/virtual-cluster.ts';
import { scenarioJob } from '../support/virtual-jobs.ts';

/** How fast the core is, in CPU time of this process: what else the machine does makes no difference. */
export interface PureFigures {
  /** A group of ten allocations, measured, judged and decided. */
  readonly groupsPerSecond: number;
  /** One decision of a pool, by the number of its nodes, 30 allocations each: median and worst, milliseconds. */
  readonly pools: readonly PoolFigure[];
  /** Rounds of groups and pools per second, servers and agent in one process and in virtual time. */
  readonly ticksPerSecond: number;
}

export interface PoolFigure {
  readonly nodes: number;
  /** `scale-in`: the first candidate is taken. `nowhere`: each is looked at, and none can go. */
  readonly kind: 'scale-in' | 'nowhere';
  readonly medianMs: number;
  readonly worstMs: number;
  readonly perSecond: number;
}

export async function measurePure(seconds: number): Promise<PureFigures> {
  return {
    groupsPerSecond: groupsPerSecond(seconds),
    pools: [
      poolFigure(100, 'scale-in', seconds),
      poolFigure(100, 'nowhere', seconds),
      poolFigure(1_000, 'scale-in', seconds),
      poolFigure(1_000, 'nowhere', seconds),
    ],
    ticksPerSecond: await ticksPerSecond(seconds),
  };
}

function groupsPerSecond(seconds: number): number {
  const group = aGroup({ count: 10 });
  const allocations = running(10);
  const reading: UsageReading = aSample({ main: { cpuMhz: 500, memoryMb: 250 } });
  const by = { judged: { cpu: true, mem: true }, readingOf: () => reading };
  const policy = aPolicy();
  return (
    1_000 /
    median(
      repeat(seconds, 1_000, () => {
        const usage = measureGroup(group, allocations, by);
        const snapshot = aSnapshot({ group, allocations, usage });
        const wish = judgeGroup(snapshot, policy);
        decideGroup(snapshot, policy, { wish, gates: OPEN_GATES });
      }),
    )
  );
}

function poolFigure(nodes: number, kind: PoolFigure['kind'], seconds: number): PoolFigure {
  const snapshot = poolOf(nodes, kind);
  const facts = { ...OPEN_GATES, asked: 3 };
  const times = repeat(seconds, 1, () => {
    const judging = judgePool(snapshot);
    if (!judging.ok) throw new Error(judging.why);
    decidePool(snapshot, judging.judgement, facts);
  });
  const middle = median(times);
  return { nodes, kind, medianMs: middle, worstMs: Math.max(...times), perSecond: 1_000 / middle };
}

/** 30 allocations a node. `nowhere`: the work runs only where it is, and every candidate has to be tried. */
function poolOf(count: number, kind: PoolFigure['kind']) {
  const nodes = poolNodes(count, { capacity: resources(20_000, 16_384, 100_000) });
  const given = resources(300, 256, 300);
  const groups = Math.max(1, count / 10);
  const jobOf = (at: number): string => `job-${at % groups}`;
  const onNode = (node: number): readonly AllocationFacts[] =>
    Array.from({ length: 30 }, (_none, at) =>
      work(given, { id: `${node}-${at}`, jobId: jobOf(node * 30 + at), nodeId: `n${node + 1}` }),
    );
  const needs = kind === 'nowhere' ? { unplaceable: ['volume data'] } : {};
  return aPoolSnapshot({
    policy: aPoolPolicy(),
    nodes,
    group: aPoolGroup({
      desired: count,
      max: 2 * count,
      members: nodes.flatMap(({ member }) => member ?? []),
    }),
    allocations: Object.fromEntries(nodes.map(({ node }, at) => [node.id, onNode(at)])),
    groups: Object.fromEntries(
      Array.from({ length: groups }, (_none, at) => [jobOf(at), asking(given, needs)]),
    ),
  });
}

/** Milliseconds of one run each, in batches, for so long. The first fifth of the time only warms up. */
function repeat(seconds: number, batch: number, run: () => void): readonly number[] {
  const beganMs = cpuMs();
  const times: number[] = [];
  for (let nowMs = beganMs; nowMs - beganMs < seconds * 1_000 || times.length < 3;) {
    for (let at = 0; at < batch; at += 1) run();
    const afterMs = cpuMs();
    if (nowMs - beganMs > seconds * 200) times.push((afterMs - nowMs) / batch);
    nowMs = afterMs;
  }
  return times;
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** A leader with twenty groups on waves and a pool: servers, AWS and agent in this process, in virtual time. */
async function ticksPerSecond(seconds: number): Promise<number> {
  let rounds = 0;
  const cluster = new VirtualCluster({
    seed: 1,
    keepsEvents: false,
    nodes: [{ count: 10, cpuMhz: 8_000, memoryMb: 16_384 }],
    jobs: Array.from({ length: 20 }, (_none, at) => waving(at)),
    pools: [scenarioPool({ desired: 2 })],
    heard: ({ kind }) => void (kind === 'decided' || kind === 'pool-decided' ? (rounds += 1) : 0),
  });
  cluster.startAgent();
  await cluster.run(60_000);
  rounds = 0;
  const beganMs = cpuMs();
  while (cpuMs() - beganMs < seconds * 1_000) await cluster.run(60_000);
  const perSecond = rounds / ((cpuMs() - beganMs) / 1_000);
  await cluster.stop();
  return perSecond;
}

function waving(at: number): object {
  const cpuMhz = { kind: 'wave', mean: 1_500, amplitude: 1_000, periodS: 7_200, phaseS: at * 431 } as const;
  return scenarioJob({ id: `job-${at}`, count: 3, max: 8, cooldownS: 120, cpuMhz });
}

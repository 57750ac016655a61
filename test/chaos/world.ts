import { Random } from '../../src/simulator/random.ts';
import { groupPath } from './requests.ts';

/** How many times as fast the cluster and the agents' rounds live; leases run on the machine's time. */
export const SPEED = 6;

/** Seconds of the cluster's time between two rounds: one second on the wall. */
export const INTERVAL_S = SPEED;

/** A job with one group `api` that has a policy. */
export interface ChaosJob {
  readonly id: string;
  readonly namespace: string;
  readonly type: 'service' | 'batch';
  readonly deploys: boolean;
  readonly count: number;
  readonly min: number;
  readonly max: number;
  /** MHz of the whole group: a wave while faults are about, `restMhz` afterwards. */
  readonly wave: { readonly mean: number; readonly amplitude: number; readonly periodS: number };
  readonly restMhz: number;
  /** The class of the nodes it runs on: `base`, or a pool's name. */
  readonly nodeClass: string;
}

/** A worker pool, and the job without a policy whose count presses on it. */
export interface ChaosPool {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly desired: number;
  /** Counts of its pressing job: while faults are about it swings between the first two, then rests at the third. */
  readonly pressure: { readonly low: number; readonly high: number; readonly rest: number };
  /** How nodes of it are known to be an instance. */
  readonly joins: 'ordinary' | 'address-only';
}

/** Thresholds of every group, percent of CPU. */
export const THRESHOLDS = { in: 30, out: 80 };

/** MHz that one allocation reserves. */
export const TASK_MHZ = 500;

const COOLDOWN_S = 6;

/** The path of a job's group below `state/` and `operations/`. */
export function pathOfJob({ namespace, id }: ChaosJob): string {
  return groupPath(namespace, id, 'api');
}

const POOL_NAMES = ['alpha', 'beta', 'gamma'] as const;

/** The pools, drawn from the seed. */
export function drawPools(seed: string): readonly ChaosPool[] {
  const random = new Random(`${seed}/pools`);
  return POOL_NAMES.map((name, at): ChaosPool => {
    return {
      name,
      min: 1,
      max: 6,
      desired: 3,
      pressure: {
        low: random.int(1, 3),
        high: random.int(10, 15),
        rest: random.int(3, 9),
      },
      joins: at === 1 ? 'address-only' : 'ordinary',
    };
  });
}

/** The job that presses on a pool. */
export function pressingJob({ name }: ChaosPool, count: number): object {
  return {
    id: `pressure-${name}`,
    type: 'service',
    update: null,
    constraints: { '${node.class}': name },
    groups: [{ name: 'work', count, tasks: [{ name: 'main', cpuMhz: 800, memoryMb: 128 }] }],
  };
}

/** Jobs of every kind, drawn from the seed: waves of load, one that is idle and may not be parked by anybody. */
export function drawJobs(seed: string): readonly ChaosJob[] {
  const random = new Random(`${seed}/jobs`);
  return Array.from({ length: 11 }, (_none, at): ChaosJob => {
    const kind = at % 4;
    const isIdle = at === 10;
    const mean = random.int(700, 1_100);
    return {
      id: at % 5 === 3 ? `shop/job-${at}` : `job-${at}`,
      namespace: at % 6 === 5 ? 'team' : 'default',
      type: kind === 3 ? 'batch' : 'service',
      deploys: kind < 2,
      count: isIdle ? 3 : 2 + random.int(0, 2),
      min: isIdle ? 0 : 1 + random.int(0, 1),
      max: 5,
      wave: isIdle
        ? { mean: 20, amplitude: 0, periodS: 60 }
        : { mean, amplitude: mean - 150, periodS: random.int(90, 240) },
      restMhz: isIdle ? 20 : random.int(100, 2_000),
      nodeClass: isIdle ? POOL_NAMES[0] : 'base',
    };
  });
}

/** A job as a world file has it; another image makes another version of it. */
export function jobOf(job: ChaosJob, image = 1, count = job.count): object {
  const update = { minHealthyS: 2, healthyDeadlineS: 90, progressDeadlineS: 180 };
  return {
    id: job.id,
    namespace: job.namespace,
    type: job.type,
    constraints: { '${node.class}': job.nodeClass },
    ...(job.type === 'service' && { update: job.deploys ? update : null }),
    groups: [
      {
        name: 'api',
        count,
        meta: {
          replicator_enabled: 'true',
          replicator_min: String(job.min),
          replicator_max: String(job.max),
          ...thresholdsOf(job),
          replicator_cooldown: String(COOLDOWN_S),
          replicator_retry_threshold: '3',
        },
        tasks: [
          {
            name: 'main',
            cpuMhz: TASK_MHZ,
            memoryMb: MEMORY_MB.reserved,
            config: { image: `registry.example/web:${image}` },
          },
        ],
        load: waveOf(job),
      },
    ],
  };
}

/** One that may go to 0 is judged by its memory alone: headroom, which is about CPU, does not keep it from that. */
function thresholdsOf({ min }: ChaosJob): object {
  const metric = min === 0 ? 'mem' : 'cpu';
  return {
    [`replicator_scalein_${metric}`]: String(THRESHOLDS.in),
    [`replicator_scaleout_${metric}`]: String(THRESHOLDS.out),
  };
}

/** A quarter of what an allocation reserves, so that an idle group is asked to go in by its memory too. */
const MEMORY_MB = { reserved: 128, used: 32 };

/** The load of a group while faults are about. */
export function waveOf({ wave }: ChaosJob): object {
  const { mean, amplitude, periodS } = wave;
  return {
    cpuMhz: { kind: 'wave', mean, amplitude, periodS },
    memoryMb: { kind: 'constant', value: MEMORY_MB.used, per: 'allocation' },
    noise: 0.01,
  };
}

/** The load of a group once all faults are over. */
export function restOf({ restMhz }: ChaosJob): object {
  return {
    cpuMhz: { kind: 'constant', value: restMhz },
    memoryMb: { kind: 'constant', value: MEMORY_MB.used, per: 'allocation' },
    noise: 0,
  };
}

/** What is in a run's world. */
export interface Cast {
  readonly jobs: readonly ChaosJob[];
  readonly pools: readonly ChaosPool[];
}

/** The world file of a run. */
export function worldFile(seed: string, { jobs, pools }: Cast): object {
  return {
    seed,
    timing: { startMs: [1_000, 2_500], heartbeatMs: [14_000, 19_000] },
    nodes: [{ name: 'base', count: 7, nodeClass: 'base' }],
    jobs: [
      ...jobs.map((job) => jobOf(job)),
      ...pools.map((pool) => pressingJob(pool, pool.pressure.low)),
      ...pools.slice(0, 1).map(({ name }) => longJob(name)),
    ],
    pools: pools.map((pool) => poolOf(pool)),
  };
}

/** Batch work that never ends: its node cannot be drained. */
function longJob(nodeClass: string): object {
  return {
    id: `long-${nodeClass}`,
    type: 'batch',
    constraints: { '${node.class}': nodeClass },
    groups: [{ name: 'work', count: 1, tasks: [{ name: 'main', cpuMhz: 200, memoryMb: 128 }] }],
  };
}

function poolOf({ name, min, max, desired, joins }: ChaosPool): object {
  return {
    name,
    region: REGION,
    min,
    max,
    desired,
    joins,
    node: { nodeClass: name },
    meta: {
      replicator_enabled: 'true',
      replicator_worker_pool: name,
      replicator_region: REGION,
      replicator_notification_uid: name,
      replicator_provider: 'aws',
      replicator_cooldown: '12',
      replicator_node_fault_tolerance: '1',
      replicator_retry_threshold: '3',
      replicator_scaling_threshold: '2',
      replicator_reserve: 'largest',
    },
    reactMs: [500, 2_000],
    launchMs: [3_000, 7_000],
    bootMs: [3_000, 7_000],
    detachMs: [2_000, 5_000],
    terminateMs: [3_000, 7_000],
    retryMs: [5_000, 10_000],
  };
}

/** Where the pools are. */
export const REGION = 'us-east-1';

/** True when the rules of job scaling leave such a count alone under the load at rest. */
export function isAtRest(job: ChaosJob, count: number): boolean {
  const percent = (job.restMhz / count / TASK_MHZ) * 100;
  if (count < job.min || count > job.max) return false;
  if (percent > THRESHOLDS.out) return count === job.max;
  if (percent >= THRESHOLDS.in || count <= Math.max(job.min, 1)) return true;
  return (percent * count) / (count - 1) >= THRESHOLDS.out;
}

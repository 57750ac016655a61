import { createConsulFace } from '../../../src/simulator/consul/consul-face.ts';
import { createNomadFace } from '../../../src/simulator/nomad/face.ts';
import { Random } from '../../../src/simulator/random.ts';
import { VirtualClock } from '../../../src/simulator/virtual-clock.ts';
import { buildWorld, parseWorldFile } from '../../../src/simulator/world-file.ts';
import { write } from '../../../src/simulator/world/write.ts';
import { recordedCalls } from './recorded-run.ts';
import type { Face } from '../../../src/simulator/face.ts';
import type { World } from '../../../src/simulator/world/world.ts';

/** What happened around the agent, at a second of its run: operators, clients that come and go. */
export interface Happening {
  readonly atS: number;
  readonly happens: (world: World) => void;
}

/** How a run's cluster looked when the agent started, and what befell it. */
export interface Situation {
  readonly nodes: readonly object[];
  readonly jobs: readonly object[];
  readonly happenings: readonly Happening[];
  /**
   * Kinds of calls that a later one overtook on another connection, as their recorded answer shows: they arrive when
   * the recorded answer came.
   */
  readonly overtaken: readonly string[];
}

/** The agent ends its session and releases its lock at once; a release that answered false came second. */
const RELEASE_OVERTAKEN = ['PUT /v1/kv/:key release'];

/** A cluster in virtual time with both faces. */
export interface Stage {
  readonly clock: VirtualClock;
  readonly world: World;
  readonly faces: Readonly<Record<'nomad' | 'consul', Face>>;
  /** Monotonic milliseconds at which the agent starts; everything has settled by then. */
  readonly startMs: number;
}

const SETTLED_MS = 60_000;

/** As fast as the recorded cluster was: shell scripts under raw_exec, clients on the same machine. */
const TIMING = {
  evaluationMs: [10, 40],
  receiveMs: [100, 150],
  startMs: [50, 100],
  stopMs: [20, 80],
  deploymentWatchMs: [1000, 1050],
  drainWatchMs: [4, 6],
  heartbeatMs: [16_000, 16_000],
};

/** Builds the situation and lets its jobs become healthy. */
export async function setStage({ nodes, jobs }: Situation): Promise<Stage> {
  const clock = new VirtualClock();
  const file = { seed: 7, timing: TIMING, nodes, jobs };
  const parsed = parseWorldFile(JSON.stringify(file));
  if (!parsed.ok) throw new Error(parsed.faults.join('\n'));
  const world = buildWorld(parsed.description, clock);
  const faces = {
    nomad: createNomadFace(world),
    consul: createConsulFace({ clock, random: new Random('go-replay/consul') }),
  };
  await clock.advanceTo(SETTLED_MS);
  return { clock, world, faces, startMs: SETTLED_MS };
}

const POOL = 'pool-a';

function poolNode(name: string): {
  readonly name: string;
  readonly nodeClass: string;
  readonly [key: string]: unknown;
} {
  const meta = {
    replicator_enabled: 'true',
    replicator_worker_pool: POOL,
    replicator_region: 'us-east-1',
  };
  return {
    name,
    nodeClass: POOL,
    meta,
    cpuMhz: 4000,
    memoryMb: 2048,
    cgroup: 'v1',
    drivers: ['exec', 'raw_exec', 'java'],
  };
}

function raw(id: string, type: string, meta: object, more: object = {}): object {
  const task = {
    name: 't',
    driver: 'raw_exec',
    config: { command: '/bin/sleep', args: ['100000'] },
    cpuMhz: 50,
    memoryMb: 32,
  };
  return { id, type, groups: [{ name: 'g', count: 1, meta, diskMb: 20, tasks: [{ ...task, ...more }] }] };
}

const SCALING_META = {
  replicator_cooldown: '20',
  replicator_enabled: 'true',
  replicator_max: '4',
  replicator_min: '1',
};

/** A job as the agent sent it back, at the count it had before. */
function asFirst(run: string, id: string, count: number): object {
  const sent = recordedCalls(run)
    .filter(({ method, path }) => method === 'PUT' && path === '/v1/jobs')
    .map(
      ({ requestBody = '' }) =>
        (JSON.parse(requestBody) as { Job: { ID: string; TaskGroups: object[] } }).Job,
    )
    .find((job) => job.ID === id);
  if (!sent) throw new Error(`${run} never sent ${id}`);
  return { spec: { ...sent, TaskGroups: sent.TaskGroups.map((group) => ({ ...group, Count: count })) } };
}

/** `hot` runs one and is busy, `cold` three and idle; the agent's own requests say what they are. */
export function jobsSituation(jobsOf: string, isWithOthers: boolean): Situation {
  const others = [raw('sysjob', 'system', SCALING_META), raw('batchjob', 'batch', SCALING_META)];
  return {
    nodes: ['nomad-client-1', 'nomad-client-2', 'nomad-client-3'].map(poolNode),
    jobs: [
      asFirst(jobsOf, 'hot', 1),
      asFirst(jobsOf, 'cold', 3),
      raw('plain', 'service', {}),
      ...(isWithOthers ? others : []),
    ],
    happenings: [],
    overtaken: [],
  };
}

/** Two of `hog`, one a node. */
const HOG = {
  id: 'hog',
  groups: [
    {
      name: 'g',
      count: 2,
      diskMb: 20,
      tasks: [
        {
          name: 't',
          driver: 'raw_exec',
          config: { command: '/bin/sleep', args: ['100000'] },
          cpuMhz: 3500,
          memoryMb: 128,
        },
      ],
    },
  ],
};

/** A pool of so many nodes, with `hog` on them or nothing. */
export function poolSituation(
  count: number,
  isWithHog: boolean,
  happenings: readonly Happening[] = [],
): Situation {
  const names = Array.from({ length: count }, (_, position) => `nomad-client-${position + 1}`);
  return {
    nodes: names.map(poolNode),
    jobs: isWithHog ? [HOG] : [],
    happenings,
    overtaken: RELEASE_OVERTAKEN,
  };
}

function nodeIdOf({ store }: World, name: string): string {
  const node = store.tables.nodes.all().find((row) => row.name === name);
  if (!node) throw new Error(`no node ${name}`);
  return node.id;
}

/** A new client registers. */
export function joins(atS: number, name: string): Happening {
  return { atS, happens: (world) => void world.addNode(poolNode(name)) };
}

/** A client that has just joined tells its node once more, as its fingerprints come in. */
export function registersAgain(atS: number, name: string): Happening {
  return {
    atS,
    happens: (world) => {
      const node = world.store.tables.nodes.get(nodeIdOf(world, name));
      if (node) write(world.store, (tx) => tx.putNode(node));
    },
  };
}

/** A client's machine goes away: its node is down 16 s later. */
export function dies(atS: number, name: string): Happening {
  return { atS, happens: (world) => world.nodes.silence(nodeIdOf(world, name), 'dead') };
}

/** An operator stops a job. */
export function isStopped(atS: number, id: string): Happening {
  return { atS, happens: (world) => void world.jobs.deregister('default', id, false) };
}

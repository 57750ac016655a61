import { VirtualClock } from '../../src/simulator/virtual-clock.ts';
import { World } from '../../src/simulator/world/world.ts';
import type { NodeInput } from '../../src/simulator/world/node-build.ts';
import type { Timing } from '../../src/simulator/world/timing.ts';
import type { Allocation, Deployment, Node } from '../../src/simulator/world/types.ts';
import type { Job } from '../../src/simulator/world/job-types.ts';

export interface Cluster {
  readonly clock: VirtualClock;
  readonly world: World;
}

/** A world of these nodes in virtual time. */
export function cluster(
  nodes: readonly NodeInput[],
  more: { timing?: Partial<Timing>; seed?: number } = {},
): Cluster {
  const clock = new VirtualClock();
  const world = new World({ clock, ...more });
  for (const node of nodes) world.addNode(node);
  return { clock, world };
}

export interface GroupInput {
  readonly id?: string;
  readonly type?: string;
  readonly count?: number;
  readonly cpu?: number;
  readonly memory?: number;
  readonly driver?: string;
  readonly config?: object;
  readonly env?: object;
  readonly constraints?: readonly object[];
  readonly update?: object | null;
  readonly restart?: object;
  readonly reschedule?: object;
  readonly migrate?: object;
}

const SECOND = 1_000_000_000;

/** Quick deployments: healthy after a second, given up after ten. */
export const QUICK = {
  MinHealthyTime: SECOND,
  HealthyDeadline: 8 * SECOND,
  ProgressDeadline: 10 * SECOND,
};

/** A job of one group `g` with one task `t`. */
export function job(input: GroupInput = {}): any {
  const { id = 'web', type = 'service', update = QUICK } = input;
  const rolling = type === 'service' ? { Update: update } : {};
  return { ID: id, Type: type, Datacenters: ['dc1'], TaskGroups: [groupOf(input)], ...rolling };
}

function groupOf(input: GroupInput): object {
  const { count = 1, constraints = [], restart, reschedule, migrate } = input;
  return {
    Name: 'g',
    Count: count,
    Tasks: [taskOf(input)],
    Constraints: constraints,
    EphemeralDisk: { SizeMB: 100 },
    RestartPolicy: restart ?? null,
    ReschedulePolicy: reschedule ?? null,
    Migrate: migrate ?? null,
  };
}

function taskOf({ cpu = 500, memory = 256, driver = 'docker', config, env }: GroupInput): object {
  return {
    Name: 't',
    Driver: driver,
    Config: config ?? { image: 'app:1' },
    Env: env ?? {},
    Resources: { CPU: cpu, MemoryMB: memory },
    LogConfig: { MaxFiles: 1, MaxFileSizeMB: 1 },
  };
}

/** The allocations of a job, by name. */
export function allocationsOf({ world }: Cluster, id = 'web'): readonly Allocation[] {
  return world.store.tables.allocations
    .all()
    .filter((row) => row.jobId === id)
    .toSorted((a, b) => (a.name === b.name ? a.createIndex - b.createIndex : a.name < b.name ? -1 : 1));
}

/** Those that run and are to run. */
export function runningOf(own: Cluster, id = 'web'): readonly Allocation[] {
  return allocationsOf(own, id).filter(
    (row) => row.clientStatus === 'running' && row.desiredStatus === 'run',
  );
}

/** `name desired/client` of each allocation. */
export function states(own: Cluster, id = 'web'): readonly string[] {
  return allocationsOf(own, id).map((row) => `${row.name} ${row.desiredStatus}/${row.clientStatus}`);
}

export function jobOf({ world }: Cluster, id = 'web'): Job {
  const found = world.store.job('default', id);
  if (!found) throw new Error(`no job ${id}`);
  return found;
}

export function latest({ world }: Cluster, id = 'web'): Deployment {
  const found = world.store.latestDeployment(`default\u0000${id}`);
  if (!found) throw new Error(`no deployment of ${id}`);
  return found;
}

export function summaryOf({ world }: Cluster, id = 'web', group = 'g'): object {
  return world.store.tables.summaries.get(`default\u0000${id}`)?.groups[group] ?? {};
}

export function nodeNamed({ world }: Cluster, name: string): Node {
  const found = world.store.tables.nodes.all().find((node) => node.name === name);
  if (!found) throw new Error(`no node ${name}`);
  return found;
}

export function scale(own: Cluster, count: number, id = 'web'): void {
  const request = {
    namespace: 'default',
    jobId: id,
    group: 'g',
    count,
    message: '',
    error: false,
    meta: null,
  };
  own.world.scale(request);
}

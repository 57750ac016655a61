import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { awsEnvironment } from '../../support/aws-environment.ts';
import { type RunningCli, spawnCli } from '../../support/processes.ts';
import { type AgentPlace, eventually, startAgentProcess } from './agents.ts';

/** A worker pool of a test's world: nodes of 4,000 MHz and 8,192 MiB in a datacenter of their own. */
export interface TestPool {
  readonly name: string;
  readonly desired: number;
  readonly min?: number;
  readonly max?: number;
  readonly datacenter?: string;
  /** On top of, or instead of, the usual keys. */
  readonly meta?: Readonly<Record<string, string>>;
}

/** One instance of a pool as `GET /simulator/pools` shows it. */
export interface InstanceView {
  readonly id: string;
  readonly state: string;
  /** '' for one that is in no group. */
  readonly lifecycle: string;
  readonly node: NodeView | null;
}

export interface NodeView {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly eligible: boolean;
  readonly draining: boolean;
  /** That have not ended. */
  readonly allocations: number;
}

export interface PoolView {
  readonly name: string;
  readonly desired: number;
  readonly instances: readonly InstanceView[];
}

/** What was on an instance when it was shut down. */
export interface TerminationView {
  readonly instanceId: string;
  readonly by: string;
  readonly node: string;
  readonly isEligible: boolean;
  readonly allocations: readonly unknown[];
}

/** Work that needs so much; each job has one group with one allocation. */
export interface TestWork {
  readonly id: string;
  readonly cpuMhz: number;
  readonly type?: 'service' | 'batch';
  readonly datacenter?: string;
  /** Meta of the group. */
  readonly meta?: Readonly<Record<string, string>>;
}

/** A simulated Nomad with worker pools, as a process of its own. */
export interface PoolWorld {
  readonly url: string;
  /** Of its own simulated AWS; '' where another is followed. */
  readonly awsUrl: string;
  get<T>(path: string): Promise<T>;
  put(path: string, body: unknown): Promise<void>;
  pool(name: string): Promise<PoolView>;
  terminations(): Promise<readonly TerminationView[]>;
  /** Registers the work and waits until all of it runs; answers the node of each. */
  run(...work: readonly TestWork[]): Promise<readonly string[]>;
  /** Stops work and waits until it has gone. */
  end(...ids: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

const REGION = 'us-east-1';
const MHZ = 4_000;

/** Everything of a group takes about a second. */
const QUICK = {
  reactMs: [200, 400],
  launchMs: [500, 1_000],
  bootMs: [500, 1_000],
  detachMs: [500, 1_000],
  terminateMs: [500, 1_000],
};

function describePool(pool: TestPool): object {
  const { name, desired, min = 1, max = 6, datacenter = 'dc1' } = pool;
  return {
    name,
    region: REGION,
    min,
    max,
    desired,
    zones: [`${REGION}a`],
    node: { cpuMhz: MHZ, memoryMb: 8_192, datacenter },
    meta: {
      replicator_enabled: 'true',
      replicator_worker_pool: name,
      replicator_region: REGION,
      replicator_provider: 'aws',
      replicator_notification_uid: name,
      replicator_cooldown: '3',
      replicator_scaling_threshold: '2',
      ...pool.meta,
    },
    ...QUICK,
  };
}

/** Starts the world; with `follow`, its instances are those of the AWS at that URL. */
export async function startPoolWorld(pools: readonly TestPool[], follow?: string): Promise<PoolWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'replicator-pool-world-'));
  const file = join(folder, 'world.json');
  writeFileSync(file, JSON.stringify({ seed: 1, nodes: [], jobs: [], pools: pools.map(describePool) }));
  const source =
    follow === undefined ? ['--aws-port=0'] : [`--follow-ec2=${follow}`, `--follow-region=${REGION}`];
  const args = ['simulate', `--world=${file}`, '--nomad-port=0', '--consul-port=-1', ...source];
  const program = spawnCli(args, { env: awsEnvironment(follow ?? 'http://127.0.0.1:9') });
  try {
    const { text } = await program.waitForLine(/"nomad":/, 30_000);
    const { nomad, aws = '' } = JSON.parse(text) as { nomad: string; aws?: string };
    return worldAt(nomad, aws, async () => void (await program.stop()));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function worldAt(url: string, awsUrl: string, stop: () => Promise<void>): PoolWorld {
  const get = async <T>(path: string): Promise<T> => (await (await fetch(`${url}${path}`)).json()) as T;
  const send = async (method: string, path: string, body: unknown): Promise<void> => {
    const answer = await fetch(`${url}${path}`, { method, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  };
  const runsOn = async (id: string): Promise<string | undefined> => {
    const found = await get<AllocationView[]>(`/v1/job/${id}/allocations`);
    return found.find((one) => one.ClientStatus === 'running' && one.DesiredStatus === 'run')?.NodeID;
  };
  const ended = async (id: string): Promise<true | undefined> => {
    const found = await get<AllocationView[]>(`/v1/job/${id}/allocations`);
    return found.every((one) => TERMINAL.includes(one.ClientStatus)) ? true : undefined;
  };
  return {
    url,
    awsUrl,
    get,
    stop,
    put: (path, body) => send('PUT', path, body),
    pool: async (name) => {
      const pools = await get<PoolView[]>('/simulator/pools');
      const found = pools.find((one) => one.name === name);
      if (!found) throw new Error(`no pool ${name}`);
      return found;
    },
    terminations: () => get('/simulator/terminations'),
    run: async (...work) => {
      for (const one of work) await send('PUT', '/v1/jobs', jobOf(one));
      return Promise.all(work.map(({ id }) => eventually(`${id} runs`, 20_000, () => runsOn(id))));
    },
    end: async (...ids) => {
      for (const id of ids) await send('DELETE', `/v1/job/${id}`, {});
      await Promise.all(ids.map((id) => eventually(`${id} has ended`, 20_000, () => ended(id))));
    },
  };
}

interface AllocationView {
  readonly ClientStatus: string;
  readonly DesiredStatus: string;
  readonly NodeID: string;
}

const TERMINAL = ['complete', 'failed', 'lost'];

function jobOf({ id, cpuMhz, type = 'service', datacenter = 'dc1', meta = {} }: TestWork): object {
  const task = {
    Name: 'main',
    Driver: 'raw_exec',
    Config: { command: '/bin/sleep', args: ['100000'] },
    Resources: { CPU: cpuMhz, MemoryMB: 100 },
  };
  const group = { Name: 'app', Count: 1, Meta: meta, Tasks: [task] };
  return { Job: { ID: id, Name: id, Type: type, Datacenters: [datacenter], TaskGroups: [group] } };
}

/** Work of `cpuMhz` on each of `nodes` empty nodes: what fills the rest of each goes again. Answers node ids. */
export async function spreadWork(
  world: PoolWorld,
  of: Omit<TestWork, 'id'> & { readonly nodes: number; readonly prefix?: string },
): Promise<readonly string[]> {
  const { nodes, cpuMhz, prefix = 'work', datacenter = 'dc1' } = of;
  const numbers = Array.from({ length: nodes }, (_, at) => at + 1);
  const fillers = numbers.map((n) => `${prefix}-filler-${n}`);
  await world.run(...fillers.map((id) => ({ id, cpuMhz: MHZ - cpuMhz, datacenter })));
  const places = await world.run(...numbers.map((n) => ({ ...of, id: `${prefix}-${n}` })));
  await world.end(...fillers);
  return places;
}

/** An agent that looks at pools every second and finds AWS at `awsUrl`. */
export function startPoolAgent(place: AgentPlace & { readonly awsUrl: string }): RunningCli {
  return startAgentProcess({
    ...place,
    flags: ['-cluster-scaling-interval=1', ...(place.flags ?? [])],
    env: { ...awsEnvironment(place.awsUrl), ...place.env },
  });
}

/** Where a pool stands, for assertions at its end. */
export interface Standing {
  readonly desired: number;
  /** In service. */
  readonly members: number;
  /** Ready and eligible nodes of members. */
  readonly ready: number;
  /** Living nodes that are ineligible or draining. */
  readonly setAside: readonly string[];
  /** Instances that run and are in no group. */
  readonly detached: readonly string[];
}

/** The pool as it stands now. */
export function standingOf({ desired, instances }: PoolView): Standing {
  const isAlive = ({ state }: InstanceView): boolean => state === 'running' || state === 'pending';
  const members = instances.filter(({ lifecycle }) => lifecycle === 'InService');
  const isReady = ({ node }: InstanceView): boolean =>
    node?.status === 'ready' && node.eligible && !node.draining;
  return {
    desired,
    members: members.length,
    ready: members.filter(isReady).length,
    setAside: instances.flatMap((one) =>
      one.node?.status === 'ready' && isAlive(one) && !isReady(one) ? [one.node.name] : [],
    ),
    detached: instances.filter((one) => isAlive(one) && one.lifecycle === '').map(({ id }) => id),
  };
}

/** `n` of everything, and nothing left behind. */
export function settledAt(n: number): Standing {
  return { desired: n, members: n, ready: n, setAside: [], detached: [] };
}

/** Waits until the pool stands so. */
export async function settles(
  world: PoolWorld,
  pool: string,
  of: { n: number; timeoutMs: number },
): Promise<void> {
  const wanted = JSON.stringify(settledAt(of.n));
  await eventually(`${pool} has settled at ${of.n}`, of.timeoutMs, async () =>
    JSON.stringify(standingOf(await world.pool(pool))) === wanted ? true : undefined,
  );
}

/** Resolves after so many more rounds of the pool. */
export async function roundsPass(agent: RunningCli, pool: string, count: number): Promise<void> {
  for (let rounds = 0; rounds < count; rounds += 1) {
    await agent.waitForLine(
      new RegExp(`cluster_scaling: ${pool}: (?:hold|scale .* from)`),
      15_000,
      agent.lines.length,
    );
  }
}

import { type FaultProxy, type ProxiedRequest, startProxy } from '../../support/fault-proxy.ts';
import type { RunningCli } from '../../support/processes.ts';
import { leads } from './agents.ts';
import {
  type PoolWorld,
  roundsPass,
  settles,
  spreadWork,
  type Standing,
  standingOf,
  startPoolAgent,
  startPoolWorld,
  type TerminationView,
} from './pools.ts';

/** A mutating request of an operation, and when the agent that makes it is killed. */
export interface KillCase {
  readonly call: 'set-desired' | 'drain' | 'detach' | 'terminate';
  readonly at: 'its arrival' | 'its answer' | 'the record of its outcome';
}

/** What a case has led to. */
export interface KillReport {
  readonly standing: Standing;
  /** Changes of the desired capacity: `3→2 DetachInstances`. */
  readonly wishes: readonly string[];
  readonly terminations: readonly TerminationView[];
  /** The calls that changed AWS, answers included: `DetachInstances 200`, `?` for one that was never answered. */
  readonly calls: readonly string[];
  /** Nodes that were drained, one for each request. */
  readonly drained: readonly string[];
  /** Allocations that were lost or have failed. */
  readonly lost: readonly string[];
  readonly takeoverMs: number;
}

const POOL = 'workers';

/** 2 × TTL + lock-delay + 1 s + one interval of 1 s, and what a busy machine may add to it. */
const TAKEOVER_MS = 2 * 12_000 + 15_000 + 1_000 + 1_000 + 10_000;

/** One case under way: two agents run, the first leads and is killed at the moment that was asked for. */
export interface KillRun {
  readonly report: Promise<KillReport>;
  stop(): Promise<void>;
}

/** Starts the servers and agents of a case; the case goes on by itself. */
export async function startKillRun({ call, at }: KillCase, consul: string): Promise<KillRun> {
  const isOut = call === 'set-desired';
  const world = await startPoolWorld([{ name: POOL, desired: isOut ? 2 : 3 }]);
  if (isOut) await world.run({ id: 'work-1', cpuMhz: 2_500 }, { id: 'work-2', cpuMhz: 2_500 });
  else await spreadWork(world, { nodes: 3, cpuMhz: 400 });
  const [nomad, aws, store] = await Promise.all([
    startProxy(world.url),
    startProxy(world.awsUrl),
    startProxy(`http://${consul}`),
  ]);
  const keyRoot = `${call}-${at}`.replaceAll(' ', '-');
  const place = { nomadUrl: nomad.url, awsUrl: aws.url, keyRoot };
  const first = startPoolAgent({ ...place, consul: store.address });
  const killed = killAt({ call, at }, { nomad, aws, store, agent: first });
  await leads(first, 30_000);
  const second = startPoolAgent({ ...place, consul });
  const report = killed.then((killedMs) => watch({ world, nomad, aws, second, killedMs, n: isOut ? 3 : 2 }));
  report.catch(() => undefined);
  return {
    report,
    stop: async () => {
      await Promise.all([first.stop(), second.stop()]);
      await Promise.all([nomad.stop(), aws.stop(), store.stop()]);
      await world.stop();
    },
  };
}

interface Scene {
  readonly nomad: FaultProxy;
  readonly aws: FaultProxy;
  readonly store: FaultProxy;
  readonly agent: RunningCli;
}

/** Kills the agent at the first such call; resolves with the time of it. */
function killAt({ call, at }: KillCase, { nomad, aws, store, agent }: Scene): Promise<number> {
  const proxy = call === 'drain' ? nomad : aws;
  return new Promise((resolve) => {
    const kill = (): void => {
      agent.child.kill('SIGKILL');
      for (const one of [nomad, aws, store]) one.rule = () => undefined;
      resolve(Date.now());
    };
    proxy.rule = (request) => {
      if (callOf(request) !== call) return undefined;
      switch (at) {
        case 'its arrival':
          kill();
          return { kind: 'silence' };
        case 'its answer':
          return { kind: 'keep-answer', answered: kill };
        case 'the record of its outcome':
          store.rule = (write) => (isRecord(write) ? (kill(), { kind: 'silence' }) : undefined);
          return undefined;
      }
    };
  });
}

function callOf({ method, path, body }: ProxiedRequest): KillCase['call'] | undefined {
  if (method === 'PUT' || method === 'POST') {
    if (/^\/v1\/node\/[^/]+\/drain/.test(path)) return 'drain';
  }
  switch (actionOf(body)) {
    case 'UpdateAutoScalingGroup':
      return 'set-desired';
    case 'DetachInstances':
      return 'detach';
    case 'TerminateInstances':
      return 'terminate';
    default:
      return undefined;
  }
}

function actionOf(body: string): string {
  return new URLSearchParams(body).get('Action') ?? '';
}

function isRecord({ method, path, body }: ProxiedRequest): boolean {
  return method === 'PUT' && path.startsWith('/v1/txn') && body.includes(`operations/nodes/${POOL}`);
}

interface Watching {
  readonly world: PoolWorld;
  readonly nomad: FaultProxy;
  readonly aws: FaultProxy;
  readonly second: RunningCli;
  readonly killedMs: number;
  /** Nodes at the end. */
  readonly n: number;
}

/** The second agent takes over; what has become of the pool when it has settled and some rounds more have passed. */
async function watch({ world, nomad, aws, second, killedMs, n }: Watching): Promise<KillReport> {
  await leads(second, TAKEOVER_MS);
  const takeoverMs = Date.now() - killedMs;
  await settles(world, POOL, { n, timeoutMs: 40_000 });
  await roundsPass(second, POOL, 4);
  return {
    standing: standingOf(await world.pool(POOL)),
    wishes: await wishesOf(world),
    terminations: await world.terminations(),
    calls: aws.log.filter(callOf).map(({ body, status }) => `${actionOf(body)} ${status ?? '?'}`),
    drained: nomad.log
      .filter((request) => callOf(request) === 'drain')
      .map(({ path }) => path.split('/')[3] ?? ''),
    lost: await lostWork(world),
    takeoverMs,
  };
}

async function wishesOf(world: PoolWorld): Promise<readonly string[]> {
  type Event = { readonly kind: string; readonly from: number; readonly to: number; readonly by: string };
  const history = await world.get<Event[]>('/simulator/aws-history');
  return history.flatMap(({ kind, from, to, by }) => (kind === 'desired' ? `${from}→${to} ${by}` : []));
}

async function lostWork(world: PoolWorld): Promise<readonly string[]> {
  type Row = { readonly Name: string; readonly ClientStatus: string };
  const rows = await world.get<Row[]>('/v1/allocations');
  return rows.filter(({ ClientStatus }) => /lost|failed/.test(ClientStatus)).map(({ Name }) => Name);
}

import { parseWorldFile } from '../../src/simulator/world-file.ts';
import { runCli } from '../support/processes.ts';
import { KEY_ROOT } from './agent-process.ts';
import { Random } from '../../src/simulator/random.ts';
import { storeGroupConfig } from './group-config.ts';
import type { Stage } from './stage.ts';
import { type ChaosJob, type ChaosPool, jobOf, pathOfJob, pressingJob, restOf, waveOf } from './world.ts';

/** People and their tools: they go to the servers directly, and say what they did. */
export interface Operator {
  /** Resources whose count a person has set, and when: `performance.now()`. */
  readonly countChanges: readonly {
    readonly group: string;
    readonly fromMs: number;
    readonly toMs: number;
  }[];
  /** When the command had said that failsafe is set for a resource (`` for all) and until it was lifted. */
  readonly stills: readonly Still[];
  /** Nodes that a person drains at the moment. */
  readonly drained: ReadonlySet<string>;
  setFlag(flag: 'failsafe' | 'paused', set: boolean): Promise<void>;
  /** Failsafe of one resource, `jobs/web/api`; false when it has no state yet. */
  setFailsafeOf(resource: string, set: boolean): Promise<boolean>;
  /** Every resource whose failsafe is set at the moment. */
  inFailsafe(): readonly string[];
  deploy(job: ChaosJob): Promise<void>;
  changeCount(job: ChaosJob, count: number): Promise<void>;
  setLoads(which: 'waves' | 'rest'): Promise<void>;
  setStatisticsFault(fault: object | null): Promise<void>;
  drainNode(random: Random): Promise<string | undefined>;
  undrainNodes(): Promise<void>;
  destroySession(session: string): Promise<void>;
  deleteLock(): Promise<void>;
  /** Writes a key by hand. */
  setKey(key: string, value: string): Promise<void>;
  /** `replicator configure` with other intervals, in seconds. Only of a group. */
  configure(intervalS: number): Promise<void>;
  count(job: ChaosJob): Promise<number>;
  /** Sets the count of the job that presses on a pool. */
  press(pool: ChaosPool, count: number): Promise<void>;
  /** What the simulated cluster tells of itself: `pools`, `terminations`, `aws-history`, `log`. */
  inside(what: string): Promise<unknown>;
}

/** Nothing may be sent for the resource, `` for any, in that stretch. */
export interface Still {
  readonly resource: string;
  readonly fromMs: number;
  readonly toMs: number;
}

interface JobAnswer {
  readonly JobModifyIndex: number;
  readonly TaskGroups: readonly { readonly Count: number }[];
}

/** The operator of a stage. */
export function operatorOf(stage: Stage): Operator {
  const stills: { resource: string; fromMs: number; toMs: number }[] = [];
  const countChanges: { group: string; fromMs: number; toMs: number }[] = [];
  const drained = new Set<string>();
  const images = new Map<string, number>();
  const nomad = requester(stage.nomadUrl);
  const consul = requester(stage.operator.url);
  const read = async (job: ChaosJob): Promise<JobAnswer> =>
    (await nomad('GET', `/v1/job/${encodeURIComponent(job.id)}?namespace=${job.namespace}`)) as JobAnswer;
  const setKey = async (key: string, value: string): Promise<void> =>
    void (await consul('PUT', '/v1/txn', [kv({ Verb: 'set', Key: key, Value: base64(value) })]));
  const count = async (job: ChaosJob): Promise<number> => (await read(job)).TaskGroups[0]?.Count ?? -1;

  /** Registers the job unless somebody else changes it in between: then once more. */
  const register = async (job: ChaosJob, newCount: number | undefined): Promise<void> => {
    for (let left = 5; ; left -= 1) {
      const { JobModifyIndex, TaskGroups } = await read(job);
      const image = images.get(job.id) ?? 1;
      const body = { Job: specOf(jobOf(job, image, newCount ?? TaskGroups[0]?.Count ?? job.count)) };
      try {
        await nomad('PUT', `/v1/jobs?namespace=${job.namespace}`, {
          ...body,
          EnforceIndex: true,
          JobModifyIndex,
        });
        return;
      } catch (error) {
        if (left <= 1) throw error;
      }
    }
  };

  const liftedMs = new Map<string, number>();

  /** `replicator failsafe`: once it says that it is set, nothing is sent any more. */
  const turn = async (resource: string, set: boolean): Promise<void> => {
    const beganMs = performance.now();
    if (!set) {
      liftedMs.set(resource, beganMs);
      for (const one of stills) if (one.resource === resource) one.toMs = Math.min(one.toMs, beganMs);
    }
    const path = resource === '' ? [] : [`-state-path=${KEY_ROOT}/state/${resource}`];
    const told = await runFailsafe(stage, [set ? '-enable' : '-disable', ...path]);
    const isLifted = (liftedMs.get(resource) ?? 0) > beganMs;
    if (!set || isLifted || !told.includes('is set for')) return;
    stills.push({ resource, fromMs: performance.now(), toMs: Number.POSITIVE_INFINITY });
  };

  return {
    stills,
    countChanges,
    drained,
    count,
    setFlag: async (flag, set) => {
      if (flag === 'failsafe') return turn('', set);
      const value = JSON.stringify({ set, by: 'operator', at: new Date().toISOString(), reason: 'chaos' });
      await setKey(`${KEY_ROOT}/${flag}`, value);
    },
    setKey,
    configure: async (intervalS) => {
      if (stage.group)
        await storeGroupConfig({ consul: stage.operator.address, group: stage.group, intervalS });
    },
    setFailsafeOf: async (resource, set) => {
      const key = `${KEY_ROOT}/state/${resource}`;
      if (!stage.keys.current(key)) return false;
      await turn(resource, set);
      return true;
    },
    inFailsafe: () =>
      stage.keys
        .keys(`${KEY_ROOT}/state/`)
        .filter(({ value }) => value?.includes('"failsafe_mode":true') === true)
        .map(({ key }) => key.slice(`${KEY_ROOT}/state/`.length)),
    deploy: async (job) => {
      images.set(job.id, (images.get(job.id) ?? 1) + 1);
      await register(job, undefined);
    },
    changeCount: async (job, wanted) => {
      const change = { group: pathOfJob(job), fromMs: performance.now(), toMs: Number.POSITIVE_INFINITY };
      countChanges.push(change);
      await register(job, wanted);
      change.toMs = performance.now();
    },
    setLoads: async (which) => {
      for (const job of stage.jobs) {
        const load = which === 'waves' ? waveOf(job) : restOf(job);
        await nomad('PUT', '/simulator/load', { namespace: job.namespace, job: job.id, group: 'api', load });
      }
    },
    setStatisticsFault: async (statistics) => void (await nomad('PUT', '/simulator/faults', { statistics })),
    drainNode: async (random) => {
      const nodes = (await nomad('GET', '/v1/nodes')) as { ID: string; SchedulingEligibility: string }[];
      const ids = nodes.filter((one) => one.SchedulingEligibility === 'eligible').map(({ ID }) => ID);
      const id = ids.toSorted()[random.int(0, Math.max(0, ids.length - 1))];
      if (id === undefined) return undefined;
      drained.add(id);
      await nomad('PUT', `/v1/node/${id}/drain`, { DrainSpec: { Deadline: 0, IgnoreSystemJobs: false } });
      return id;
    },
    undrainNodes: async () => {
      for (const id of drained) {
        drained.delete(id);
        await unlessRefused(nomad('PUT', `/v1/node/${id}/drain`, { DrainSpec: null, MarkEligible: true }));
      }
    },
    press: async (pool, wanted) => {
      await nomad('PUT', '/v1/jobs', { Job: specOf(pressingJob(pool, wanted)) });
    },
    inside: (what) => nomad('GET', `/simulator/${what}`),
    destroySession: async (session) => void (await consul('PUT', `/v1/session/destroy/${session}`)),
    deleteLock: async () => void (await consul('DELETE', `/v1/kv/${KEY_ROOT}/leader`)),
  };
}

/** A job of a world file as Nomad's API takes it. */
function specOf(job: object): object {
  const parsed = parseWorldFile(JSON.stringify({ jobs: [job] }));
  if (!parsed.ok) throw new Error(parsed.faults.join('; '));
  return parsed.description.jobs[0]?.spec ?? {};
}

/** How long a command may take on a machine that is busy. */
const CLI_LIMIT_MS = 120_000;

/** Again while Consul is away: a person would do so too. */
async function runFailsafe(stage: Stage, args: readonly string[]): Promise<string> {
  const where = [`-consul=${stage.operator.address}`, `-consul-key-root=${KEY_ROOT}`];
  for (let left = 20; ; left -= 1) {
    const { code, stdout, stderr } = await runCli(['failsafe', ...args, '-force', ...where], {
      timeoutMs: CLI_LIMIT_MS,
    });
    if (code === 0) return stdout;
    if (left <= 1) throw new Error(`replicator failsafe ${args.join(' ')}: exit ${code}: ${stderr}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 500);
    });
  }
}

type Request = (method: string, path: string, body?: unknown) => Promise<unknown>;

/** Sends requests again until the server is there: a restart of it is nobody's fault. */
function requester(base: string): Request {
  return async (method, path, body) => {
    for (let left = 150; ; left -= 1) {
      try {
        return await send(`${base}${path}`, method, body);
      } catch (error) {
        if (left <= 1 || error instanceof Refused) throw error;
        await new Promise((resolve) => {
          setTimeout(resolve, 100);
        });
      }
    }
  };
}

class Refused extends Error {}

/** A node may have gone meanwhile: there is nothing to be done for it then. */
async function unlessRefused(request: Promise<unknown>): Promise<void> {
  try {
    await request;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
  }
}

async function send(url: string, method: string, body: unknown): Promise<unknown> {
  const init = { method, ...(body !== undefined && { body: JSON.stringify(body) }) };
  const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(10_000) });
  const text = await answer.text();
  if (answer.status === 500 && /leader/i.test(text)) throw new Error(text);
  if (!answer.ok) throw new Refused(`${method} ${url}: ${answer.status} ${text}`);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function kv(operation: object): object {
  return { KV: operation };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

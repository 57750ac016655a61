import { digestOf } from '../digest.ts';
import type { Passage, ServerName } from '../passage.ts';
import { checkAll } from '../rules/all.ts';
import type { RunRecord } from '../run-record.ts';
import type { ChaosJob, ChaosPool } from '../world.ts';

/** The root of the story's keys. */
export const ROOT = 'root';

export const JOB: ChaosJob = {
  id: 'web',
  namespace: 'default',
  type: 'service',
  deploys: true,
  count: 2,
  min: 1,
  max: 4,
  wave: { mean: 0, amplitude: 0, periodS: 60 },
  restMhz: 100,
  nodeClass: 'base',
};

export const POOL: ChaosPool = {
  name: 'alpha',
  min: 1,
  max: 4,
  desired: 3,
  pressure: { low: 1, high: 2, rest: 1 },
  joins: 'ordinary',
};

/** A request as a story tells it: answered 1 ms after it arrived, and delivered 1 ms later, unless it says otherwise. */
export interface Told {
  readonly at: number;
  readonly agent?: number;
  readonly server?: ServerName;
  readonly method?: string;
  readonly path: string;
  readonly body?: unknown;
  readonly status?: number | undefined;
  readonly reply?: unknown;
  readonly fault?: Passage['fault'];
  /** Consul's index of what was read. */
  readonly index?: number;
  /** The agent never had the answer. */
  readonly undelivered?: boolean;
  /** How long it was held on its way to the server. */
  readonly heldMs?: number;
}

function passageOf(told: Told, seq: number): Passage {
  const { at, agent = 0, server = 'consul', method = 'PUT', path, body = '', reply, undelivered } = told;
  const forwardedMs = at + (told.heldMs ?? 0);
  const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
  const status = 'status' in told ? told.status : 200;
  return {
    seq,
    agent,
    life: 1,
    server,
    method,
    path,
    body: text(body),
    arrivedMs: at,
    forwardedMs,
    ...(status !== undefined && { answeredMs: forwardedMs + 1, status }),
    ...(status !== undefined && undelivered !== true && { deliveredMs: forwardedMs + 2 }),
    ...(reply !== undefined && { reply: text(reply) }),
    ...(told.fault !== undefined && { fault: told.fault }),
    ...(told.index !== undefined && { index: told.index }),
  };
}

/** The session `s<agent>` is opened and takes the lock. */
export function leads(at: number, agent = 0): Told[] {
  return [opens(at, agent), takes(at + 5, `${ROOT}/leader`, agent)];
}

/** The session `s<agent>` is opened. */
export function opens(at: number, agent = 0): Told {
  return { at, agent, path: '/v1/session/create', reply: { ID: `s${agent}` } };
}

/** It takes the lock at a key. */
export function takes(at: number, lockKey: string, agent = 0): Told {
  return { at, agent, path: `/v1/kv/${lockKey}?acquire=s${agent}`, reply: 'true' };
}

export function renews(at: number, agent = 0): Told {
  return { at, agent, path: `/v1/session/renew/s${agent}`, reply: [{ TTL: '12s' }] };
}

/** A transaction: values by key below the root; undefined deletes. All get the index. */
export function writes(
  at: number,
  index: number,
  changes: Readonly<Record<string, object | undefined>>,
  of: {
    readonly agent?: number;
    readonly session?: string;
    readonly status?: number;
    readonly lockKey?: string;
  } = {},
): Told {
  const { agent = 0, session = `s${agent}`, status = 200, lockKey = `${ROOT}/leader` } = of;
  const check = session === '' ? [] : [{ KV: { Verb: 'check-session', Key: lockKey, Session: session } }];
  const sets = Object.entries(changes).map(([tail, value]) => {
    const Key = `${ROOT}/${tail}`;
    if (value === undefined) return { KV: { Verb: 'delete-cas', Key, Index: 1 } };
    return { KV: { Verb: 'cas', Key, Value: Buffer.from(JSON.stringify(value)).toString('base64') } };
  });
  const Results = Object.entries(changes)
    .filter(([, value]) => value !== undefined)
    .map(([tail]) => ({ KV: { Key: `${ROOT}/${tail}`, ModifyIndex: index } }));
  return { at, agent, path: '/v1/txn', body: [...check, ...sets], status, reply: { Results, Errors: null } };
}

/** The operation of the story's job. */
export function operation(phase: string, more: object = {}): object {
  return { phase, direction: 'out', because: 'above', started: 'T1', from: 2, to: 3, ...more };
}

export const OPERATION = 'operations/jobs/web/api';
export const STATE = 'state/jobs/web/api';

/** The job is registered with a count. */
export function registers(at: number, count: number, agent = 0, status = 200): Told {
  const Job = { ID: 'web', Namespace: 'default', TaskGroups: [{ Name: 'api', Count: count }] };
  return { at, agent, server: 'nomad', path: '/v1/jobs', body: { Job }, status };
}

/** A call to AWS. */
export function callsAws(at: number, form: Readonly<Record<string, string>>, agent = 0): Told {
  const body = new URLSearchParams(form).toString();
  return { at, agent, server: 'aws', method: 'POST', path: '/', body };
}

/** A story in which all is well: one scaling out, from its intent to its end. */
export const GOOD: readonly Told[] = [
  ...leads(0),
  writes(1_000, 10, { [OPERATION]: operation('requested') }),
  registers(1_100, 3),
  writes(1_200, 11, {
    [OPERATION]: operation('confirming'),
    [STATE]: { scaleout_requests: 1, scalein_requests: 0 },
  }),
  writes(2_000, 0, { [OPERATION]: undefined }),
];

/** What the record of a story has beside its requests. */
export type Beside = Partial<Omit<RunRecord, 'passages'>>;

/** The rules that a story breaks, each once, in the order of their first violation. */
export function rulesBroken(story: readonly Told[], beside: Beside = {}): string[] {
  return [...new Set(checkAll(digestOf(recordOf(story, beside))).map(({ rule }) => rule))];
}

function recordOf(story: readonly Told[], beside: Beside): RunRecord {
  const passages = story
    .map((told, at) => passageOf(told, at + 1))
    .toSorted((a, b) => a.arrivedMs - b.arrivedMs);
  const served = passages.filter(({ server, body }) => server === 'aws' && !body.includes('Action=Describe'));
  return {
    seed: 'story',
    keyRoot: ROOT,
    jobs: [JOB],
    pools: [POOL],
    beganMs: 0,
    endedMs: 100_000,
    passages,
    keyVersions: storedIn(story),
    allocations: new Map(),
    deployments: new Map(),
    injected: [],
    pauses: [],
    stops: [],
    crashes: [],
    countChanges: [],
    stills: [],
    lags: [],
    vitals: [],
    unsettled: [],
    inside: {
      pools: [],
      terminations: [],
      cloud: [],
      nomadLog: [],
      awsLog: served.map(({ method, path, body, status = 0 }) => ({ method, path, body, status })),
    },
    ...beside,
  };
}

/** What Consul would tell of the states that the story stores, and of the locks that it takes. */
function storedIn(story: readonly Told[]): RunRecord['keyVersions'] {
  return story.flatMap(({ at, path, body, status = 200 }) => {
    const [, key, session] = /^\/v1\/kv\/(.+)\?acquire=(.+)$/.exec(path) ?? [];
    if (key !== undefined && session !== undefined) {
      return [{ key, value: '', session, index: at, lockIndex: 1, seenMs: at + 1 }];
    }
    if (path !== '/v1/txn' || status !== 200) return [];
    const operations = body as { readonly KV: { readonly Key: string; readonly Value?: string } }[];
    return operations
      .filter(({ KV }) => KV.Value !== undefined)
      .map(({ KV }) => ({
        key: KV.Key,
        value: Buffer.from(KV.Value ?? '', 'base64').toString(),
        session: '',
        index: at,
        lockIndex: 0,
        seenMs: at + 1,
      }));
  });
}

import { readFileSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import type { Clock } from '../../../src/ports/clock.ts';
import { shapeFaults } from './shape.ts';

/** One Nomad of the suite, real or simulated, with its own way of letting time pass. */
export interface NomadUnderTest {
  readonly url: string;
  /** Resolves once so many requests wait at it for their answer. */
  readonly arrive: (pending: number) => Promise<void>;
  readonly elapse: (ms: number) => Promise<void>;
  /** Monotonic milliseconds of its clock. */
  readonly nowMs: () => number;
  /** The clock itself. */
  readonly clock: Clock;
}

/** One with access control: tokens by the name of their policy. */
export interface GuardedNomad extends NomadUnderTest {
  readonly tokens: Readonly<Record<'readOnly' | 'scale' | 'autoscaler' | 'nodeOnly', string>>;
}

export interface Answer {
  readonly status: number;
  /** Names as sent. */
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
  /** The parsed body; undefined when it is not JSON. */
  readonly body: any;
  readonly index: number;
}

export interface Exchange {
  readonly note?: string;
  readonly server?: string;
  readonly method: string;
  readonly path: string;
  readonly requestBody?: unknown;
  readonly requestBodyText?: string;
  readonly requestHeaders?: Readonly<Record<string, string>>;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly bodyText?: string;
}

const folder = new URL('../../recordings/nomad-1.0.18/', import.meta.url);
const files = new Map<string, readonly Exchange[]>();

/** The exchanges of a recording. */
export function exchangesOf(file: string): readonly Exchange[] {
  const known = files.get(file);
  if (known) return known;
  const read = JSON.parse(readFileSync(new URL(`${file}.json`, folder), 'utf8')) as { exchanges: Exchange[] };
  files.set(file, read.exchanges);
  return read.exchanges;
}

/** One exchange of a recording, by its position. */
export function exchange(file: string, position: number): Exchange {
  const found = exchangesOf(file)[position];
  if (!found) throw new Error(`${file} has no exchange ${position}`);
  return found;
}

export interface Sent {
  readonly method?: string;
  readonly body?: unknown;
  /** Sent as it is, JSON or not. */
  readonly text?: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Sends one request on a connection that is kept. */
export async function send({ url }: NomadUnderTest, path: string, sent: Sent = {}): Promise<Answer> {
  const { method = sent.body === undefined && sent.text === undefined ? 'GET' : 'PUT', signal } = sent;
  const body = sent.text ?? (sent.body === undefined ? undefined : JSON.stringify(sent.body));
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { ...(sent.token === undefined ? {} : { 'X-Nomad-Token': sent.token }), ...sent.headers },
    ...(body === undefined ? {} : { body }),
    ...(signal ? { signal } : {}),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: new Map(response.headers),
    text,
    body: parsed(text),
    index: Number(response.headers.get('x-nomad-index') ?? -1),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const TRANSPORT = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'date',
  'keep-alive',
  'transfer-encoding',
]);

function headerNames(names: Iterable<string>): string[] {
  return [...names]
    .map((name) => name.toLowerCase())
    .filter((name) => !TRANSPORT.has(name))
    .toSorted();
}

/** How an answer differs from a recorded one: status, names of headers, text or shape of the body. Empty when it does not. */
export function unlike(answer: Answer, recorded: Exchange): string[] {
  const isJson = recorded.body !== undefined;
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['status', recorded.status, answer.status],
    ['headers', headerNames(Object.keys(recorded.headers)), headerNames(answer.headers.keys())],
    ['content type', recorded.headers['Content-Type'], answer.headers.get('content-type') ?? undefined],
    ['text', isJson ? '' : recorded.bodyText, isJson ? '' : answer.text],
  ];
  const faults = pairs
    .map(([name, wanted, found]) => [name, JSON.stringify(wanted), JSON.stringify(found)] as const)
    .filter(([, wanted, found]) => wanted !== found)
    .map(([name, wanted, found]) => `${name}: ${wanted} recorded, ${found} found`);
  return isJson ? [...faults, ...shapeFaults(recorded.body, answer.body)] : faults;
}

/** Reads until the answer is as wished; fails after the time, on the server's own clock. */
export async function until(
  nomad: NomadUnderTest,
  read: () => Promise<Answer>,
  isWished: (answer: Answer) => boolean,
  withinMs = 40_000,
): Promise<Answer> {
  const endMs = nomad.nowMs() + withinMs;
  for (;;) {
    const answer = await read();
    if (isWished(answer)) return answer;
    if (nomad.nowMs() > endMs) throw new Error(`not within ${withinMs} ms; the last answer: ${answer.text}`);
    await nomad.elapse(100);
  }
}

let names = 0;

/** A job id that no other case uses; a job of that id is purged when the case has ended. */
export function newId(nomad: NomadUnderTest, name: string): string {
  names += 1;
  const id = `${name}-${process.pid}-${names}`;
  onTestFinished(() => purge(nomad, id));
  return id;
}

/** The task that every case runs: it sleeps until it is stopped. */
export function sleeper(name = 't', cpu = 50, memory = 32): Record<string, unknown> {
  return {
    Name: name,
    Driver: 'raw_exec',
    Config: { command: '/bin/sh', args: ['-c', 'exec /bin/sleep 100000'] },
    Resources: { CPU: cpu, MemoryMB: memory },
    LogConfig: { MaxFiles: 1, MaxFileSizeMB: 1 },
    KillTimeout: 1_000_000_000,
  };
}

export const UPDATE = {
  MaxParallel: 1,
  HealthCheck: 'task_states',
  MinHealthyTime: 1_000_000_000,
  HealthyDeadline: 30_000_000_000,
  ProgressDeadline: 60_000_000_000,
  Stagger: 1_000_000_000,
};

export const META = {
  replicator_enabled: 'true',
  replicator_min: '1',
  replicator_max: '4',
  replicator_cooldown: '30',
  replicator_notification_uid: 'REP1',
  replicator_retry_threshold: '3',
  replicator_scalein_cpu: '20',
  replicator_scalein_mem: '30',
  replicator_scaleout_cpu: '80',
  replicator_scaleout_mem: '80',
};

/** A service job with one group, with an update block. */
export function serviceJob(
  id: string,
  count: number,
  more: Record<string, unknown> = {},
): Record<string, any> {
  const group = { Name: 'g', Count: count, Tasks: [sleeper()], EphemeralDisk: { SizeMB: 20 }, Meta: META };
  return {
    ID: id,
    Name: id,
    Type: 'service',
    Datacenters: ['dc1'],
    TaskGroups: [group],
    Update: UPDATE,
    ...more,
  };
}

/** The same as a batch job, without an update block. */
export function batchJob(id: string, count: number, args: readonly string[] = []): Record<string, any> {
  const task =
    args.length === 0 ? sleeper() : { ...sleeper(), Config: { command: args[0], args: args.slice(1) } };
  const group = { Name: 'g', Count: count, Tasks: [task], EphemeralDisk: { SizeMB: 20 }, Meta: META };
  return { ID: id, Name: id, Type: 'batch', Datacenters: ['dc1'], TaskGroups: [group] };
}

/** Registers a job. */
export async function register(nomad: NomadUnderTest, job: object, more: object = {}): Promise<Answer> {
  return send(nomad, '/v1/jobs', { body: { Job: job, ...more } });
}

/** Waits until the job's latest deployment has the status. */
export async function deployed(nomad: NomadUnderTest, id: string, status = 'successful'): Promise<Answer> {
  const read = (): Promise<Answer> => send(nomad, `/v1/job/${id}/deployment`);
  return until(nomad, read, ({ body }) => body?.Status === status);
}

/** Waits until so many allocations of the job run. */
export async function running(nomad: NomadUnderTest, id: string, count: number): Promise<any[]> {
  const isUp = (row: any): boolean => row.ClientStatus === 'running' && row.DesiredStatus === 'run';
  const { body } = await until(
    nomad,
    () => send(nomad, `/v1/job/${id}/allocations`),
    (answer) => answer.body.filter(isUp).length === count,
  );
  return body.filter(isUp);
}

/** Registers a job and waits until its deployment has ended well. */
export async function deploy(nomad: NomadUnderTest, job: Record<string, any>): Promise<void> {
  await register(nomad, job);
  await deployed(nomad, job['ID']);
}

async function purge(nomad: NomadUnderTest, id: string): Promise<void> {
  await send(nomad, `/v1/job/${id}?purge=true`, { method: 'DELETE' });
}

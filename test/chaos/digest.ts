import { lockOfResource } from './group-cast.ts';
import type { Passage } from './passage.ts';
import { groupPath, type Mutation, readMutation } from './requests.ts';
import type { RunRecord } from './run-record.ts';
import { isGranted, keyOf, readLockCall, readWrite, type StoreWrite } from './writes.ts';

/** One holding of a lock by one process. */
export interface Term {
  /** The lock's key. */
  readonly key: string;
  readonly agent: number;
  readonly life: number;
  readonly session: string;
  /** The request that took it was sent on, was granted, and the agent knew of it. */
  readonly askedMs: number;
  readonly grantedMs: number;
  readonly knownMs: number;
}

/** A version of an operation's document. */
export interface OperationVersion {
  readonly resource: string;
  /** Undefined: it was deleted. */
  readonly document: OperationDocument | undefined;
  readonly write: StoreWrite;
  /** Names one operation for good: its resource and when it was begun. */
  readonly id: string;
}

/** The members of an operation's document that the rules read, of groups and of pools. */
export interface OperationDocument {
  readonly phase: string;
  readonly direction: 'out' | 'in';
  readonly because: string;
  readonly started: string;
  readonly from?: number;
  readonly to?: number;
  readonly node?: string;
  readonly instance?: string;
  readonly target?: string;
  /** Of a pool: when the call that may be under way was announced; Go's zero time where none is. */
  readonly unanswered?: string;
}

/** A request and the resource it changes, the operation in force when it began, and the term it was made in. */
export interface Act {
  readonly mutation: Mutation;
  readonly passage: Passage;
  /** `jobs/web/api`, `nodes/pool-a`. */
  readonly resource: string;
  /** The last version that the agent's own write had stored by then. */
  readonly intent: OperationVersion | undefined;
  readonly term: Term | undefined;
}

/** A lock's key was deleted by a person: at some time in that stretch, nobody knows when exactly. */
export interface Deletion {
  readonly key: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** What the rules look at, made of a record once. */
export interface Digest {
  readonly record: RunRecord;
  readonly terms: readonly Term[];
  /** Transactions of agents and of the operator's tools, as Consul carried them out as far as that is known. */
  readonly writes: readonly StoreWrite[];
  readonly versions: readonly OperationVersion[];
  readonly acts: readonly Act[];
  /** When the key of a lock was deleted by a person. */
  readonly deletions: readonly Deletion[];
}

/** Reads the record. */
export function digestOf(record: RunRecord): Digest {
  const passages = record.passages.toSorted((one, other) => one.arrivedMs - other.arrivedMs);
  const terms = passages.flatMap((passage) => termOf(passage));
  const writes = passages
    .map((passage) => readWrite(passage))
    .filter((one) => one !== undefined)
    .map((write) => (write.outcome === 'lost' ? foundOut(record, write) : write));
  const versions = versionsOf(record, writes);
  const acts = passages.flatMap((passage) => {
    const mutation = passage.agent < 0 ? undefined : readMutation(passage);
    return mutation ? [actOf({ record, terms, versions }, mutation)] : [];
  });
  const deletions = passages
    .filter(({ agent, method, path }) => agent < 0 && method === 'DELETE' && path.endsWith('/leader'))
    .map((passage) => ({
      key: keyOf(passage),
      fromMs: passage.arrivedMs,
      toMs: passage.answeredMs ?? Number.POSITIVE_INFINITY,
    }));
  return { record, terms, writes, versions, acts, deletions };
}

/** A write whose answer never came was carried out when Consul has told of what it set. */
function foundOut({ keyVersions }: RunRecord, write: StoreWrite): StoreWrite {
  const changes = write.changes.map((change) => {
    const told = keyVersions.find(({ key, value }) => key === change.key && value === change.value);
    return change.value === undefined ? change : { ...change, index: told?.index ?? 0 };
  });
  const index = Math.max(0, ...changes.map((change) => change.index));
  return index === 0 ? write : { ...write, changes, index, outcome: 'committed' };
}

function termOf(passage: Passage): Term[] {
  const call = readLockCall(passage);
  if (call?.kind !== 'acquire' || !isGranted(passage)) return [];
  const { agent, life, forwardedMs = 0, answeredMs = 0, deliveredMs } = passage;
  const knownMs = deliveredMs ?? Number.POSITIVE_INFINITY;
  const { session, key } = call;
  return [{ key, agent, life, session, askedMs: forwardedMs, grantedMs: answeredMs, knownMs }];
}

/** The term of a lock that a process believed in at a moment: the last it knew of. Without a key: of any. */
export function termAt(
  terms: readonly Term[],
  { agent, life, arrivedMs }: Pick<Passage, 'agent' | 'life' | 'arrivedMs'>,
  key: string | undefined,
): Term | undefined {
  return terms.findLast(
    (term) =>
      term.agent === agent &&
      term.life === life &&
      term.knownMs <= arrivedMs &&
      (key === undefined || term.key === key),
  );
}

function versionsOf({ keyRoot }: RunRecord, writes: readonly StoreWrite[]): OperationVersion[] {
  const prefix = `${keyRoot}/operations/`;
  const known = new Map<string, string>();
  const committed = writes
    .filter(({ outcome }) => outcome === 'committed')
    .toSorted((one, other) => orderOf(one) - orderOf(other));
  return committed.flatMap((write) =>
    write.changes
      .filter(({ key }) => key.startsWith(prefix))
      .map(({ key, value }) => {
        const resource = key.slice(prefix.length);
        const document = value === undefined ? undefined : (JSON.parse(value) as OperationDocument);
        const id = document ? `${resource} ${document.started}` : (known.get(resource) ?? resource);
        known.set(resource, id);
        return { resource, document, write, id };
      }),
  );
}

/** Consul carried a transaction out before its answer was at the link; of a lost one only its beginning is known. */
function orderOf({ passage }: StoreWrite): number {
  return passage.answeredMs ?? passage.forwardedMs ?? passage.arrivedMs;
}

function actOf(
  { record, terms, versions }: Pick<Digest, 'record' | 'terms' | 'versions'>,
  mutation: Mutation,
): Act {
  const { passage } = mutation;
  const resource = resourceOf(record, versions, mutation);
  const intent = versions.findLast(
    ({ write, ...version }) =>
      version.resource === resource &&
      write.passage.agent === passage.agent &&
      (write.passage.deliveredMs ?? Number.POSITIVE_INFINITY) <= passage.arrivedMs,
  );
  return {
    mutation,
    passage,
    resource,
    intent,
    term: termAt(terms, passage, lockOfResource(record, resource)),
  };
}

function resourceOf(
  { deployments }: RunRecord,
  versions: readonly OperationVersion[],
  { kind, group, target }: Mutation,
): string {
  if (group !== '') return group;
  if (kind === 'set-desired') return `nodes/${target}`;
  if (kind === 'fail-deployment') {
    const job = deployments.get(target);
    return job ? groupPath(job.namespace, job.jobId, 'api') : `deployment ${target}`;
  }
  const about = versions.find(({ document }) =>
    [document?.node, document?.instance, document?.target].includes(target),
  );
  return about?.resource ?? `unknown ${target}`;
}

/** True for a read of that key, or of the tree below that prefix, which ends with a slash. */
export function isReadOf(passage: Passage, key: string, what: 'key' | 'tree'): boolean {
  if (passage.server !== 'consul' || passage.method !== 'GET') return false;
  const isTree = /[?&]recurse/.test(passage.path);
  return isTree === (what === 'tree') && keyOf(passage) === key;
}

/**
 * Until when an agent may not have taken notice of what was delivered to it at a moment: it needs time to
 * read it, more where it or this process stood still.
 */
export function noticedMs({ lags, pauses }: RunRecord, agent: number, deliveredMs: number): number {
  let atMs = deliveredMs + NOTICE_MS;
  for (const pause of pauses) {
    if (pause.agent === agent && pause.fromMs <= atMs && pause.toMs > deliveredMs) {
      atMs = Math.max(atMs, pause.toMs + NOTICE_MS);
    }
  }
  return atMs + lagAround(lags, deliveredMs, atMs);
}

/** How long a process that is well may take from a byte's arrival to its effect on a machine that is busy. */
const NOTICE_MS = 400;

/** Time by which this process may have noted things too late in a stretch. */
export function lagAround(lags: RunRecord['lags'], fromMs: number, toMs: number): number {
  return lags
    .filter(({ atMs, ms }) => atMs >= fromMs && atMs - ms <= toMs)
    .reduce((sum, { ms }) => sum + ms, 0);
}

import { type Act, type Digest, isReadOf, lagAround, noticedMs, type Term, termAt } from '../digest.ts';
import { keysBelow } from '../../../src/domain/keys.ts';
import { isClaim, locksOfKey } from '../group-cast.ts';
import type { KeyVersion } from '../key-watch.ts';
import type { Passage } from '../passage.ts';
import type { RunRecord, Violation } from '../run-record.ts';
import { isGranted, readLockCall, type StoreWrite } from '../writes.ts';

/** A lease lasts 10 s from the start of the renewal, and must outlast the call's 5 s. */
const BEGIN_WITHIN_MS = 10_000 - 5_000;

/** What a request's way to the link may add on a busy machine. */
const WAY_MS = 250;

/** No mutating request is begun without the lock, nor without a lease that outlasts it. */
export function checkLock(digest: Digest): Violation[] {
  const requests: Begun[] = [
    ...digest.acts.map(({ passage, term, mutation }) => ({ passage, term, what: mutation.kind })),
    ...digest.writes
      .filter(({ passage, session }) => passage.agent >= 0 && session !== '')
      .map((write) => ({ passage: write.passage, term: termOfWrite(digest, write), what: 'write' })),
  ];
  return requests.flatMap((request) => judge(digest, request));
}

interface Begun {
  readonly passage: Passage;
  readonly term: Term | undefined;
  readonly what: string;
}

function termOfWrite({ terms }: Digest, { passage, session, lockKey }: StoreWrite): Term | undefined {
  const own = terms.filter((term) => term.session === session);
  return termAt(own, passage, lockKey);
}

function judge(digest: Digest, { passage, term, what }: Begun): Violation[] {
  const name = `${what} of agent ${passage.agent}`;
  const atMs = passage.arrivedMs;
  if (!term) return [{ rule: 'lock', atMs, text: `${name} was begun without ever having had the lock` }];
  const faults = [
    ...leaseFault(digest, term, passage),
    ...newsFault(digest, term, passage),
    ...returnFault(digest, term, passage),
    ...otherFault(digest, term, passage),
  ];
  return faults.map((text) => ({ rule: 'lock', atMs, text: `${name} ${text}` }));
}

/** The start of the last renewal (or of the opening) that the process knew to have succeeded. */
function leaseFault({ record }: Digest, { session }: Term, passage: Passage): string[] {
  const { arrivedMs } = passage;
  const renewals = record.passages.filter((one) => {
    const call = one.agent === passage.agent ? readLockCall(one) : undefined;
    const isRenewal = call?.session === session && (call.kind === 'renew' || call.kind === 'open');
    return isRenewal && isGranted(one) && (one.deliveredMs ?? Number.POSITIVE_INFINITY) <= arrivedMs;
  });
  const startedMs = Math.max(...renewals.map((one) => one.arrivedMs));
  const ageMs = arrivedMs - startedMs;
  const limitMs = BEGIN_WITHIN_MS + WAY_MS + lagAround(record.lags, arrivedMs - 1_000, arrivedMs + 50);
  if (ageMs <= limitMs) return [];
  return [
    `was begun ${Math.round(ageMs)} ms after the start of the last renewal: its lease does not outlast it`,
  ];
}

/** The process had been told that the lock is not its own any more, or that its session is gone. */
function newsFault({ record }: Digest, term: Term, passage: Passage): string[] {
  const news = record.passages.find((one) => {
    if (one.agent !== term.agent || one.life !== term.life || one.deliveredMs === undefined) return false;
    if ((one.answeredMs ?? 0) < term.grantedMs || one.deliveredMs > passage.arrivedMs) return false;
    return tellsOfLoss(record, one, term);
  });
  if (!news || passage.arrivedMs <= noticedMs(record, term.agent, news.deliveredMs ?? 0)) return [];
  const agoMs = Math.round(passage.arrivedMs - (news.deliveredMs ?? 0));
  return [`was begun ${agoMs} ms after it had been told that it does not hold the lock any more`];
}

function tellsOfLoss(record: RunRecord, passage: Passage, term: Term): boolean {
  const { key, session, grantedMs } = term;
  if (isReadOf(passage, key, 'key')) return isKeyNews(record, passage, term);
  const tree = groupTree(record);
  if (tree !== '' && key.startsWith(tree) && isReadOf(passage, tree, 'tree')) {
    // One that was asked for before may have been made before, however long it took.
    const isLater =
      (passage.forwardedMs ?? 0) > grantedMs || isNewerThanGrant(record, passage, { key, session });
    return passage.status === 200 && isLater && holderIn(passage, key) !== session;
  }
  const call = readLockCall(passage);
  return call?.kind === 'renew' && call.session === session && passage.status === 404;
}

/** A server that has only just started may answer with what was before the lock was granted. */
function isKeyNews(record: RunRecord, passage: Passage, term: Pick<Term, 'key' | 'session'>): boolean {
  if ((passage.index ?? Number.POSITIVE_INFINITY) < (grantIndex(record, passage, term) ?? 0)) return false;
  if (passage.status === 404) return true;
  return passage.status === 200 && holderIn(passage, term.key) !== term.session;
}

/** What a group's members follow to know who holds which partition; nothing where they are standalone. */
function groupTree({ keyRoot, group }: RunRecord): string {
  return group ? keysBelow(keyRoot).groupTree(group.name) : '';
}

/** True when the tree shows something that is no older than the grant. */
function isNewerThanGrant(record: RunRecord, passage: Passage, term: Pick<Term, 'key' | 'session'>): boolean {
  const granted = grantIndex(record, passage, term);
  const newest = Math.max(0, ...entriesIn(passage).map(({ ModifyIndex = 0 }) => ModifyIndex));
  return granted !== undefined && newest >= granted;
}

/** Consul's index of the lock's last grant to the session before the answer was there, where it was seen. */
function grantIndex(
  { keyVersions }: RunRecord,
  { deliveredMs = Number.POSITIVE_INFINITY }: Passage,
  { key, session }: Pick<Term, 'key' | 'session'>,
): number | undefined {
  const isGrant = (one: KeyVersion): boolean => one.key === key && one.session === session;
  const last = keyVersions.findLast((one) => isGrant(one) && one.seenMs <= deliveredMs);
  return (last ?? keyVersions.find(isGrant))?.index;
}

interface Entry {
  readonly Key?: string;
  readonly Session?: string;
  readonly ModifyIndex?: number;
}

const entries = new WeakMap<Passage, readonly Entry[]>();

function entriesIn(passage: Passage): readonly Entry[] {
  const known = entries.get(passage) ?? (JSON.parse(passage.reply ?? '[]') as readonly Entry[]);
  entries.set(passage, known);
  return known;
}

function holderIn(passage: Passage, key: string): string {
  const entry = entriesIn(passage).find(({ Key = key }) => Key === key);
  return entry?.Session ?? '';
}

/** It had given the lock or the session back itself. */
function returnFault({ record }: Digest, term: Term, passage: Passage): string[] {
  const given = record.passages.find((one) => {
    const call = one.agent === term.agent && one.life === term.life ? readLockCall(one) : undefined;
    const isItsOwn = call?.kind === 'close' || (call?.kind === 'release' && call.key === term.key);
    const isReturn = call?.session === term.session && isItsOwn;
    return isReturn && one.arrivedMs > term.knownMs && one.arrivedMs < passage.arrivedMs;
  });
  return given ? ['was begun after it had given the lock back'] : [];
}

/** Somebody else had been granted the lock. After a deletion nothing keeps two apart but the news, and the fence. */
function otherFault({ terms, deletions }: Digest, term: Term, passage: Passage): string[] {
  const other = terms.find(
    (one) =>
      one.key === term.key &&
      one.session !== term.session &&
      one.grantedMs > term.grantedMs &&
      one.grantedMs < passage.arrivedMs,
  );
  if (!other) return [];
  const isDeleted = deletions.some(
    ({ key, fromMs, toMs }) => key === term.key && toMs > term.askedMs && fromMs < other.grantedMs,
  );
  if (isDeleted) return [];
  const agoMs = Math.round(passage.arrivedMs - other.grantedMs);
  return [`was begun ${agoMs} ms after agent ${other.agent} had been granted the lock`];
}

/** On one resource, requests never begin under an earlier lock once one has begun under a later one. */
export function checkOrder({ acts }: Digest): Violation[] {
  const latest = new Map<string, Act>();
  const violations: Violation[] = [];
  for (const act of acts) {
    const before = latest.get(act.resource);
    const beganMs = act.term?.grantedMs ?? 0;
    if (before && (before.term?.grantedMs ?? 0) > beganMs) {
      const text =
        `${act.resource}: ${act.mutation.kind} of agent ${act.passage.agent} began under an earlier lock than ` +
        `${before.mutation.kind} of agent ${before.passage.agent} before it`;
      violations.push({ rule: 'two locks', atMs: act.passage.arrivedMs, text });
    } else latest.set(act.resource, act);
  }
  return violations;
}

/** A transaction fenced by a lock is refused once somebody else has been granted it. */
export function checkFence({ record, writes, terms: all }: Digest): Violation[] {
  return writes.flatMap(({ passage, session, lockKey, changes, outcome }) => {
    if (passage.agent < 0 || outcome !== 'committed') return [];
    const isFree = isClaim(
      record,
      changes.map(({ key }) => key),
    );
    if (session === '' && isFree) return [];
    const terms = all.filter(({ key }) => key === lockKey);
    const own = terms.findLast((one) => one.session === session && one.grantedMs < passage.arrivedMs);
    const other = terms.find(
      (one) =>
        one.session !== session &&
        one.grantedMs > (own?.grantedMs ?? 0) &&
        one.grantedMs < (passage.forwardedMs ?? 0),
    );
    const regained =
      own && terms.some((one) => one.session === session && one.askedMs > (other?.askedMs ?? 0));
    if (session !== '' && (!other || regained)) return [];
    const text =
      session === ''
        ? `agent ${passage.agent} wrote without a lock`
        : `agent ${passage.agent} wrote although agent ${other?.agent} had been granted the lock`;
    return [{ rule: 'fence', atMs: passage.arrivedMs, text }];
  });
}

/** In a group, what belongs to a partition is written under its own lock, and everything else under its writer's. */
export function checkForeignLock({ record, writes }: Digest): Violation[] {
  if (!record.group) return [];
  return writes
    .filter(({ passage, session }) => passage.agent >= 0 && session !== '')
    .flatMap(({ passage, lockKey, changes }) => {
      const stray = changes.find(({ key }) => !locksOfKey(record, key).includes(lockKey));
      if (!stray) return [];
      const text = `agent ${passage.agent} wrote ${stray.key} under ${lockKey}, which is another's lock`;
      return [{ rule: 'lock', atMs: passage.arrivedMs, text }];
    });
}

import { type Act, type Digest, isReadOf, lagAround, noticedMs, type Term } from '../digest.ts';
import type { Passage } from '../passage.ts';
import type { Violation } from '../run-record.ts';
import { isGranted, readLockCall } from '../writes.ts';

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
      .map(({ passage, session }) => ({
        passage,
        term: termOfWrite(digest, passage, session),
        what: 'write',
      })),
  ];
  return requests.flatMap((request) => judge(digest, request));
}

interface Begun {
  readonly passage: Passage;
  readonly term: Term | undefined;
  readonly what: string;
}

function termOfWrite(
  { terms }: Digest,
  { agent, life, arrivedMs }: Passage,
  session: string,
): Term | undefined {
  return terms.findLast(
    (term) =>
      term.agent === agent && term.life === life && term.session === session && term.knownMs <= arrivedMs,
  );
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
    return tellsOfLoss(one, record.keyRoot, term.session);
  });
  if (!news || passage.arrivedMs <= noticedMs(record, term.agent, news.deliveredMs ?? 0)) return [];
  const agoMs = Math.round(passage.arrivedMs - (news.deliveredMs ?? 0));
  return [`was begun ${agoMs} ms after it had been told that it does not hold the lock any more`];
}

function tellsOfLoss(passage: Passage, keyRoot: string, session: string): boolean {
  if (isReadOf(passage, keyRoot, 'lock')) {
    if (passage.status === 404) return true;
    return passage.status === 200 && holderIn(passage.reply ?? '') !== session;
  }
  const call = readLockCall(passage);
  return call?.kind === 'renew' && call.session === session && passage.status === 404;
}

function holderIn(reply: string): string {
  const [entry] = JSON.parse(reply) as { readonly Session?: string }[];
  return entry?.Session ?? '';
}

/** It had given the lock or the session back itself. */
function returnFault({ record }: Digest, term: Term, passage: Passage): string[] {
  const given = record.passages.find((one) => {
    const call = one.agent === term.agent && one.life === term.life ? readLockCall(one) : undefined;
    const isReturn = call?.session === term.session && (call.kind === 'release' || call.kind === 'close');
    return isReturn && one.arrivedMs > term.knownMs && one.arrivedMs < passage.arrivedMs;
  });
  return given ? ['was begun after it had given the lock back'] : [];
}

/** Somebody else had been granted the lock. After a deletion nothing keeps two apart but the news, and the fence. */
function otherFault({ terms, deletions }: Digest, term: Term, passage: Passage): string[] {
  const other = terms.find(
    (one) =>
      one.session !== term.session && one.grantedMs > term.grantedMs && one.grantedMs < passage.arrivedMs,
  );
  if (!other) return [];
  const isDeleted = deletions.some(({ fromMs, toMs }) => toMs > term.askedMs && fromMs < other.grantedMs);
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
export function checkFence({ writes, terms }: Digest): Violation[] {
  return writes.flatMap(({ passage, session, outcome }) => {
    if (passage.agent < 0 || outcome !== 'committed') return [];
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

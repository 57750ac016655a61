import {
  type Act,
  type Digest,
  isReadOf,
  lagAround,
  noticedMs,
  type OperationDocument,
  type OperationVersion,
} from '../digest.ts';
import { ZERO_TIME } from '../../../src/domain/instant.ts';
import type { Passage } from '../passage.ts';
import type { Mutation, RequestKind } from '../requests.ts';
import type { RunRecord, Violation } from '../run-record.ts';

/** Every mutating request has its intent stored before it begins, and asks for nothing else. */
export function checkIntents({ acts, record }: Digest): Violation[] {
  return acts.flatMap((act) => {
    const fault = intentFault(act, record.lags);
    if (fault === '') return [];
    const { kind } = act.mutation;
    const text = `${act.resource}: ${kind} of agent ${act.passage.agent} ${fault}`;
    return [{ rule: 'intent', atMs: act.passage.arrivedMs, text }];
  });
}

/** An intent is good for 10 s from where it was written; and what the way to the link may add. */
const INTENT_LIFE_MS = 10_000 + 250;

function intentFault({ intent, mutation, passage }: Act, lags: RunRecord['lags']): string {
  const document = intent?.document;
  if (!document) return 'was begun without an intent';
  const ageMs = passage.arrivedMs - intent.write.passage.arrivedMs;
  const limitMs = INTENT_LIFE_MS + lagAround(lags, passage.arrivedMs - 1_000, passage.arrivedMs);
  if (mutation.kind !== 'event' && ageMs > limitMs)
    return `was begun ${Math.round(ageMs)} ms after its intent`;
  if (document.unanswered === ZERO_TIME) return 'was begun although its intent tells of no call under way';
  if (isWanted(document, mutation)) return '';
  const asked = mutation.count >= 0 ? mutation.count : mutation.target;
  return `asks for ${asked}, which the intent in phase ${document.phase} does not`;
}

/** The phases in which each kind of request is made. */
const PHASES: Readonly<Record<RequestKind, readonly string[]>> = {
  count: ['requested', 'reverting'],
  event: ['requested', 'reverting'],
  'fail-deployment': ['reverting'],
  'set-desired': ['requested'],
  drain: ['draining', 'terminating'],
  undrain: ['undoing'],
  detach: ['detaching', 'detaching-failed'],
  terminate: ['terminating', 'replacing'],
};

function isWanted(document: OperationDocument, { kind, count, target }: Mutation): boolean {
  const { phase, from, to, node, instance, target: failed } = document;
  if (!PHASES[kind].includes(phase)) return false;
  switch (kind) {
    case 'count':
      return count === (phase === 'requested' ? to : from);
    case 'set-desired':
      return count === to;
    case 'event':
    case 'fail-deployment':
      return true;
    default:
      return [node, instance, failed].includes(target);
  }
}

interface FlagVersion {
  readonly key: string;
  readonly index: number;
  readonly isSet: boolean;
}

/**
 * No operation is begun, and no intent of a call is written, after failsafe or a pause was, by the indexes that
 * Consul gave the keys.
 */
export function checkFlags(digest: Digest): Violation[] {
  const flags = flagVersions(digest);
  const begun = new Set<string>();
  const beginnings = digest.versions.filter(({ document, id }) => {
    const isFirst = document !== undefined && !begun.has(id);
    begun.add(id);
    return isFirst;
  });
  const intents = digest.acts.map(({ intent }) => intent).filter((one) => one !== undefined);
  return [...new Set([...beginnings, ...intents])].flatMap((version) => {
    const { resource, write, document } = version;
    const index = indexOf(digest, version);
    const set = flagsOver(digest, resource).find((key) => isSetBefore(flags, key, index));
    if (set === undefined) return [];
    const text = `${resource}: agent ${write.passage.agent} wrote an intent (${document?.phase}) after ${set} had been set`;
    return [{ rule: 'failsafe', atMs: write.passage.arrivedMs, text }];
  });
}

function indexOf({ record }: Digest, { resource, write }: OperationVersion): number {
  const key = `${record.keyRoot}/operations/${resource}`;
  return write.changes.find((change) => change.key === key)?.index ?? 0;
}

function flagsOver({ record: { keyRoot } }: Digest, resource: string): readonly string[] {
  return [`${keyRoot}/failsafe`, `${keyRoot}/paused`, `${keyRoot}/state/${resource}`];
}

function flagVersions({ writes, record }: Digest): readonly FlagVersion[] {
  const committed = writes.filter(({ outcome }) => outcome === 'committed');
  return committed
    .flatMap(({ changes }) => changes)
    .filter(({ key, index }) => index > 0 && isFlagKey(key, record.keyRoot))
    .map(({ key, index, value }) => ({ key, index, isSet: isSetIn(value) }))
    .toSorted((one, other) => one.index - other.index);
}

function isFlagKey(key: string, keyRoot: string): boolean {
  const tail = key.slice(keyRoot.length + 1);
  return tail === 'failsafe' || tail === 'paused' || tail.startsWith('state/');
}

function isSetIn(value: string | undefined): boolean {
  if (value === undefined) return false;
  const document = JSON.parse(value) as { readonly set?: boolean; readonly failsafe_mode?: boolean };
  return document.set === true || document.failsafe_mode === true;
}

/** A state that is written together with the operation has the operation's own index: it does not count. */
function isSetBefore(flags: readonly FlagVersion[], key: string, index: number): boolean {
  return flags.findLast((one) => one.key === key && one.index < index)?.isSet ?? false;
}

/** No request of a resource begins once its agent has been told of a flag over it. */
export function checkFrozen(digest: Digest): Violation[] {
  const { record, acts } = digest;
  const reads = record.passages.filter(
    (one) =>
      one.agent >= 0 &&
      one.status === 200 &&
      one.deliveredMs !== undefined &&
      isReadOf(one, `${record.keyRoot}/`, 'tree'),
  );
  return acts.flatMap((act) => {
    const { passage, resource, mutation } = act;
    const told = reads.filter(
      (one) =>
        one.agent === passage.agent &&
        one.life === passage.life &&
        (one.deliveredMs ?? 0) <= passage.arrivedMs,
    );
    const noticed = told.findLast(
      (one) => noticedMs(record, one.agent, one.deliveredMs ?? 0) < passage.arrivedMs,
    );
    if (!noticed) return [];
    const later = told.filter((one) => (one.deliveredMs ?? 0) >= (noticed.deliveredMs ?? 0));
    const set = flagsOver(digest, resource).find((key) => later.every((one) => isSetInTree(one, key)));
    if (set === undefined) return [];
    const text = `${resource}: ${mutation.kind} of agent ${passage.agent} began although it had been told that ${set} is set`;
    return [{ rule: 'failsafe', atMs: passage.arrivedMs, text }];
  });
}

/** Once the command has said that failsafe is set, nothing is sent until it is lifted. */
export function checkStill({ record, acts }: Digest): Violation[] {
  return acts.flatMap(({ passage, resource, mutation }) => {
    const still = record.stills.find(
      (one) =>
        (one.resource === '' || one.resource === resource) &&
        passage.arrivedMs > one.fromMs &&
        passage.arrivedMs < one.toMs,
    );
    if (!still) return [];
    const text = `${resource}: ${mutation.kind} of agent ${passage.agent} began after the command had said that failsafe is set`;
    return [{ rule: 'failsafe', atMs: passage.arrivedMs, text }];
  });
}

const trees = new WeakMap<Passage, ReadonlyMap<string, string>>();

function isSetInTree(passage: Passage, key: string): boolean {
  const known = trees.get(passage) ?? treeOf(passage);
  trees.set(passage, known);
  return isSetIn(known.get(key));
}

function treeOf({ reply = '[]' }: Passage): ReadonlyMap<string, string> {
  const entries = JSON.parse(reply) as { readonly Key: string; readonly Value: string | null }[];
  return new Map(entries.map(({ Key, Value }) => [Key, Buffer.from(Value ?? '', 'base64').toString()]));
}

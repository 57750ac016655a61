import type { Act, Digest, OperationVersion } from '../digest.ts';
import type { Violation } from '../run-record.ts';

/** How long a request may be on its way before it is one that arrives late. */
const LATE_MS = 2_500;

/** How old the list of jobs may be that a decision is made on; what it lacks, Nomad's index refuses. */
const LIST_LATE_MS = 20_000;

/** One operation: its versions in order, and the requests made for it. */
interface Operation {
  readonly id: string;
  readonly resource: string;
  readonly versions: readonly OperationVersion[];
  readonly acts: readonly Act[];
}

function operationsOf({ versions, acts }: Digest): readonly Operation[] {
  const ids = [...new Set(versions.map(({ id }) => id))];
  return ids.map((id) => {
    const own = versions.filter((version) => version.id === id);
    return {
      id,
      resource: own[0]?.resource ?? '',
      versions: own,
      acts: acts.filter(({ intent }) => intent?.id === id),
    };
  });
}

/** No operation is done twice: of its requests, one at the most of each kind took effect. */
export function checkOnce(digest: Digest): Violation[] {
  return operationsOf(digest).flatMap(({ id, acts }) =>
    (['count', 'detach'] as const).flatMap((kind) => {
      const done = acts.filter(({ mutation, passage }) => mutation.kind === kind && passage.status === 200);
      const phases = new Set(done.map(({ intent }) => intent?.document?.phase));
      if (done.length <= phases.size) return [];
      const atMs = done.at(-1)?.passage.arrivedMs ?? 0;
      return [{ rule: 'once', atMs, text: `${id}: ${kind} took effect ${done.length} times` }];
    }),
  );
}

/** No operation is lost: what took effect in time was recorded, and what was recorded had an effect. */
export function checkRecorded(digest: Digest): Violation[] {
  return operationsOf(digest)
    .filter(({ resource }) => !resource.startsWith('nodes/'))
    .flatMap((operation) => recordFault(digest, operation));
}

function recordFault({ record, acts: all }: Digest, operation: Operation): Violation[] {
  const { id, resource, versions, acts } = operation;
  const done = acts.filter(
    ({ mutation, passage, intent }) =>
      mutation.kind === 'count' && passage.status === 200 && intent?.document?.phase === 'requested',
  );
  const isConfirmed = versions.some(({ document }) => document?.phase === 'confirming');
  const [first] = versions;
  const [fromMs, toMs] = [
    first?.write.passage.arrivedMs ?? 0,
    versions.at(-1)?.write.passage.answeredMs ?? 0,
  ];
  const isLate = all.some((act) => act.resource === resource && isLateWithin(act, fromMs, toMs));
  const byPerson = record.countChanges.some(
    (one) => one.group === resource && one.fromMs < toMs + 1_000 && one.toMs > fromMs - LIST_LATE_MS,
  );
  if (isLate || byPerson || done.length > 0 === isConfirmed) return [];
  const text = isConfirmed
    ? `${id}: confirmed, but no request of it took effect`
    : `${id}: its request took effect, and nobody recorded it`;
  return [{ rule: 'lost', atMs: fromMs, text }];
}

/** A request of this operation, or of one before it, arrived late while it was under way. */
function isLateWithin({ passage }: Act, fromMs: number, toMs: number): boolean {
  const { arrivedMs, forwardedMs = 0 } = passage;
  return forwardedMs - arrivedMs > LATE_MS && forwardedMs > fromMs && arrivedMs < toMs;
}

/** Nothing is left at the end, and the counters tell as many scalings as there were. */
export function checkCounters(digest: Digest): Violation[] {
  const { record } = digest;
  const confirmed = new Map<string, Set<string>>();
  for (const { resource, document, id } of digest.versions) {
    if (document?.phase !== 'confirming') continue;
    confirmed.set(resource, (confirmed.get(resource) ?? new Set()).add(id));
  }
  return record.jobs.length === 0
    ? []
    : [...confirmed].flatMap(([resource, ids]) => {
        const state = record.keyVersions.findLast(({ key }) => key === `${record.keyRoot}/state/${resource}`);
        const { scaleout_requests: out = 0, scalein_requests: into = 0 } = JSON.parse(
          state?.value ?? '{}',
        ) as {
          readonly scaleout_requests?: number;
          readonly scalein_requests?: number;
        };
        if (out + into === ids.size) return [];
        const text = `${resource}: ${ids.size} operations were confirmed, its counters tell of ${out + into}`;
        return [{ rule: 'lost', atMs: record.endedMs, text }];
      });
}

/** The servers' own logs tell of no mutating request of an agent that did not pass a link. */
export function checkServed({ record, acts }: Digest): Violation[] {
  const isOfAgent = (body: string): boolean => /Action=(?:Update|Detach|Terminate)/.test(body);
  const served = record.inside.awsLog.filter(({ body = '' }) => isOfAgent(body)).length;
  const forwarded = acts.filter(
    ({ passage }) => passage.server === 'aws' && passage.forwardedMs !== undefined,
  ).length;
  if (served === forwarded) return [];
  const text = `AWS served ${served} mutating calls, the links have sent on ${forwarded}`;
  return [{ rule: 'suite', atMs: record.endedMs, text }];
}

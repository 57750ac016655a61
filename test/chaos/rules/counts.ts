import type { AllocationVersion } from '../cluster-watch.ts';
import type { Act, Digest } from '../digest.ts';
import { type Passage, pathOf } from '../passage.ts';
import type { RunRecord, Violation } from '../run-record.ts';
import { type ChaosJob, INTERVAL_S, pathOfJob, SPEED } from '../world.ts';

/** No count beyond the bounds of its policy, never below 1, one at a time unless the bounds ask for more. */
export function checkBounds({ record, acts }: Digest): Violation[] {
  const jobs = new Map(record.jobs.map((job) => [pathOfJob(job), job]));
  return acts.flatMap((act) => {
    const job = jobs.get(act.resource);
    if (act.mutation.kind !== 'count' || act.intent?.document?.phase === 'reverting') return [];
    const fault = job ? boundsFault(job, act) : 'has no policy';
    if (fault === '') return [];
    return [{ rule: 'bounds', atMs: act.passage.arrivedMs, text: `${act.resource}: ${fault}` }];
  });
}

function boundsFault({ min, max }: ChaosJob, { mutation: { count }, intent }: Act): string {
  if (count < Math.max(min, 1) || count > max) return `a count of ${count}, bounds ${min} to ${max}`;
  const { from = count, because } = intent?.document ?? {};
  if (because !== 'bounds' && Math.abs(count - from) !== 1) return `from ${from} to ${count} in one step`;
  return '';
}

/** An allocation counts for the rule once it has been seen to run for so long. */
const SETTLED_MS = 10_000;

/** What an agent decides by may be so old where it cannot hear Nomad: the freshness it promises. */
const UNHEARD_MS = 45_000;

/** A sample that stands still is believed for 30 s of the agent's clock, and what a round may take. */
const STILL_MS = (30_000 + 2 * INTERVAL_S * 1_000) / SPEED + 2_000;

/** No scale-in without measurement: the last statistics of every running allocation had come, and had moved. */
export function checkMeasured({ record, acts }: Digest): Violation[] {
  const jobs = new Map(record.jobs.map((job) => [pathOfJob(job), job]));
  const seen = new Set<string>();
  return acts.flatMap((act) => {
    const job = jobs.get(act.resource);
    const { document, write, id } = act.intent ?? {};
    const isScaleIn =
      act.mutation.kind === 'count' && document?.direction === 'in' && document.phase === 'requested';
    if (!job || !write || id === undefined || !isScaleIn || seen.has(id)) return [];
    seen.add(id);
    return unmeasured(record, job, write.passage).map((text) => ({
      rule: 'measurement',
      atMs: write.passage.arrivedMs,
      text: `${act.resource}: scaled in from ${document.from} to ${document.to} although ${text}`,
    }));
  });
}

function unmeasured(record: RunRecord, { id, namespace }: ChaosJob, decided: Passage): string[] {
  const running = [...record.allocations.values()].filter((versions) => {
    const [first] = versions;
    if (first?.jobId !== id || first.namespace !== namespace) return false;
    return isRunning(versions, decided.arrivedMs, settledMs(record, versions, decided));
  });
  return running.flatMap(([first]) => {
    const asked = record.passages.filter(
      (one) =>
        one.agent === decided.agent &&
        one.life === decided.life &&
        one.arrivedMs < decided.arrivedMs &&
        pathOf(one) === `/v1/client/allocation/${first?.id}/stats`,
    );
    const last = asked.at(-1);
    if (last?.status !== 200 || (last.deliveredMs ?? Number.POSITIVE_INFINITY) > decided.arrivedMs) {
      return [`the statistics of ${first?.id} had not come`];
    }
    return isStill(asked, decided.arrivedMs) ? [`the statistics of ${first?.id} stood still`] : [];
  });
}

/** Longer where the agent may have been kept from hearing of it. */
function settledMs(
  { passages }: RunRecord,
  versions: readonly AllocationVersion[],
  { agent, life, arrivedMs }: Passage,
): number {
  const sinceMs = versions.findLast(({ seenMs }) => seenMs <= arrivedMs)?.seenMs ?? arrivedMs;
  const isKept = passages.some(
    (one) =>
      one.agent === agent &&
      one.life === life &&
      one.fault !== undefined &&
      /^\/v1\/(?:event\/stream|allocations)\b/.test(one.path) &&
      (one.faultMs ?? one.arrivedMs) < arrivedMs &&
      (one.deliveredMs ?? (one.faultMs ?? one.arrivedMs) + UNHEARD_MS) > sinceMs,
  );
  return isKept ? UNHEARD_MS : SETTLED_MS;
}

/** Running and wanted, without a break, for the whole time before. */
function isRunning(versions: readonly AllocationVersion[], atMs: number, settled: number): boolean {
  const last = versions.findLast(({ seenMs }) => seenMs <= atMs);
  const isNext = versions.some(({ seenMs }) => seenMs > atMs && seenMs < atMs + 500);
  return last?.client === 'running' && last.desired === 'run' && atMs - last.seenMs > settled && !isNext;
}

function isStill(asked: readonly Passage[], atMs: number): boolean {
  const answered = asked.filter((one) => one.status === 200 && one.deliveredMs !== undefined);
  const last = stampOf(answered.at(-1));
  const since = answered.findLast((one) => stampOf(one) !== last);
  const first = answered.find((one) => (since === undefined ? true : one.arrivedMs > since.arrivedMs));
  return first !== undefined && atMs - first.arrivedMs > STILL_MS;
}

function stampOf(passage: Passage | undefined): string {
  return /"Timestamp":(\d+)/.exec(passage?.reply ?? '')?.[1] ?? '';
}

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { keysBelow } from '../../src/domain/keys.ts';
import { cacheFolder } from '../setup/servers.mjs';
import { groupOfKind, REQUEST_GROUPS, type RequestGroup } from './requests.ts';
import type { SeedRun } from './seed-run.ts';
import { describeAct, type FaultKind, faultKindsOf } from './schedule.ts';
import { byProcess, median } from './vitals.ts';

/** What a run came to, counted. */
export interface Tally {
  /** Faults that met something, by kind. */
  readonly faults: ReadonlyMap<FaultKind, number>;
  /** Mutating requests that were checked, by kind. */
  readonly requests: ReadonlyMap<RequestGroup, number>;
  /** Transactions of agents that were checked. */
  readonly writes: number;
  /** Why the seed proves nothing; empty: it does. */
  readonly empty: readonly string[];
}

/** A seed proves nothing with fewer than so many requests of so many kinds. */
export interface Enough {
  readonly requests: number;
  readonly kinds: number;
}

/** Counts what was injected and what was checked. */
export function tallyOf({ digest }: Pick<SeedRun, 'digest'>, enough: Enough): Tally {
  const { record, acts, writes } = digest;
  const kinds = faultKindsOf(record.group !== undefined);
  const faults = new Map<FaultKind, number>(kinds.map((kind) => [kind, 0]));
  for (const { kind, hits } of record.injected) {
    if (hits > 0) faults.set(kind, (faults.get(kind) ?? 0) + 1);
  }
  const requests = new Map<RequestGroup, number>();
  for (const { mutation } of acts) {
    const group = groupOfKind(mutation.kind);
    if (group !== undefined) requests.set(group, (requests.get(group) ?? 0) + 1);
  }
  const total = [...requests.values()].reduce((sum, count) => sum + count, 0);
  const absent = [...faults].filter(([, count]) => count === 0).map(([kind]) => kind);
  const empty = [
    ...(absent.length > 0 ? [`no ${absent.join(', no ')}`] : []),
    ...(total < enough.requests ? [`${total} mutating requests of ${enough.requests}`] : []),
    ...(requests.size < enough.kinds ? [`${requests.size} kinds of them of ${enough.kinds}`] : []),
  ];
  return { faults, requests, writes: writes.filter(({ passage }) => passage.agent >= 0).length, empty };
}

/** True when the seed counts and nothing was broken. */
export function isGood(run: SeedRun, tally: Tally): boolean {
  return tally.empty.length === 0 && run.violations.length === 0;
}

/** The one line of a seed. */
export function lineOf(run: SeedRun, tally: Tally): string {
  const total = [...tally.faults.values()].reduce((sum, count) => sum + count, 0);
  const requests = REQUEST_GROUPS.filter((group) => tally.requests.has(group)).map(
    (group) => `${group} ${tally.requests.get(group)}`,
  );
  const sum = [...tally.requests.values()].reduce((all, count) => all + count, 0);
  const faults = [...tally.faults].map(([kind, count]) => `${kind} ${count}`).join(', ');
  return [
    `seed ${run.plan.seed}: ${verdictOf(run, tally)}`,
    `${total} faults (${faults})`,
    `${sum} mutating requests checked (${requests.join(', ')}) and ${tally.writes} writes to Consul`,
    `${run.violations.length} violations`,
    `${run.digest.terms.length} terms`,
    ...assignmentsOf(run),
    `faults for ${seconds(run.overMs)}, at rest ${seconds(run.settledMs)} later`,
    sizesOf(run),
  ].join(' · ');
}

/** How often partitions were divided anew, as Consul told it. */
function assignmentsOf({ digest: { record } }: SeedRun): string[] {
  if (!record.group) return [];
  const key = keysBelow(record.keyRoot).assignment(record.group.name);
  return [`${record.keyVersions.filter((one) => one.key === key).length} assignments`];
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

function verdictOf(run: SeedRun, tally: Tally): string {
  if (run.violations.length > 0) return 'FAILED';
  return tally.empty.length > 0 ? `EMPTY (${tally.empty.join('; ')})` : 'good';
}

/** The largest median of any process at its end. */
function sizesOf({ digest }: SeedRun): string {
  const ends = byProcess(digest.record.vitals).map((vitals) => vitals.slice(-10));
  const most = (what: 'handles' | 'residentMb'): number =>
    Math.round(Math.max(0, ...ends.map((one) => median(one, what))));
  return `agents at ${most('residentMb')} MB and ${most('handles')} handles at the most`;
}

/** Writes everything that was noted into a folder below `.cache/chaos`, and answers its path. */
export function keepRun(run: SeedRun): string {
  const folder = join(cacheFolder, 'chaos', run.plan.seed.replaceAll(/[^\w.-]/g, '_'));
  mkdirSync(folder, { recursive: true });
  const { record, versions } = run.digest;
  const at = (ms: number | undefined): number | undefined =>
    ms === undefined ? undefined : Math.round(ms - record.beganMs) / 1_000;
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  const lines = (items: readonly unknown[]): string =>
    items.map((one) => `${JSON.stringify(one)}\n`).join('');
  for (const [number, log] of run.logs.entries()) write(`agent-${number}.log`, log);
  write('schedule.txt', run.schedule.map((act) => `${describeAct(act)}\n`).join(''));
  write(
    'injected.txt',
    lines(record.injected.map((one) => ({ ...one, fromMs: at(one.fromMs), toMs: at(one.toMs) }))),
  );
  write(
    'violations.txt',
    run.violations.map((one) => `+${at(one.atMs)} s ${one.rule}: ${one.text}\n`).join(''),
  );
  write(
    'requests.jsonl',
    lines(
      record.passages.map((one) => ({
        ...one,
        arrivedMs: at(one.arrivedMs),
        forwardedMs: at(one.forwardedMs),
        answeredMs: at(one.answeredMs),
        deliveredMs: at(one.deliveredMs),
        body: one.body.slice(0, 2_000),
        reply: one.reply?.slice(0, 400),
      })),
    ),
  );
  write(
    'operations.jsonl',
    lines(
      versions.map(({ id, document, write: { passage, session } }) => ({
        atS: at(passage.answeredMs),
        agent: passage.agent,
        session,
        id,
        document,
      })),
    ),
  );
  return folder;
}

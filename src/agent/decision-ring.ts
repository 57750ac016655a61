import type { GroupDecision } from '../domain/decision/group-decision.ts';
import type { PoolDecision } from '../domain/decision/pool-judgement.ts';
import type { ResourceType } from '../domain/scaling-state.ts';
import type { DecisionEntry, DecisionPage, DecisionQuery } from '../ports/status-view.ts';

/**
 * The last decisions. Consecutive ones of a resource that come to the same are one run, which keeps the numbers of the
 * last and moves to the end: a quiet resource takes one place however long it is quiet.
 */
export interface DecisionRing {
  addGroup(id: string, decision: GroupDecision): void;
  addPool(id: string, decision: PoolDecision): void;
  /** The last of a resource, however long ago; undefined once it was forgotten. */
  latestOfGroup(id: string): Extract<DecisionEntry, { readonly type: 'job_group' }> | undefined;
  latestOfPool(id: string): Extract<DecisionEntry, { readonly type: 'worker_pool' }> | undefined;
  /** Whoever acts on it now is not this agent, or it is gone: the last decision is no longer today's. */
  forget(isMeant: (type: ResourceType, id: string) => boolean): void;
  page(query: DecisionQuery): DecisionPage;
}

/** How much is kept: runs, and their size as JSON. The last run is kept whatever its size. */
export interface RingBounds {
  readonly entries: number;
  readonly bytes: number;
}

export const RING_BOUNDS: RingBounds = { entries: 5_000, bytes: 4 * 1024 * 1024 };

/** Sequence numbers begin at the start's milliseconds times this: they grow over restarts. */
const PER_MS = 1_000;

interface Kept {
  readonly entry: DecisionEntry;
  /** What it came to: the same for the same run. */
  readonly course: string;
  readonly bytes: number;
}

interface Ring {
  readonly bounds: RingBounds;
  readonly now: () => number;
  /** By sequence number, in its order. */
  readonly kept: Map<number, Kept>;
  /** By resource. */
  readonly latest: Map<string, Kept>;
  /** The number before the first. */
  readonly begun: number;
  sequence: number;
  bytes: number;
  /** The highest number that was dropped for want of room. */
  dropped: number;
}

/** Starts empty. `now`: wall clock, milliseconds. */
export function createDecisionRing(now: () => number, bounds: RingBounds = RING_BOUNDS): DecisionRing {
  const sequence = Math.floor(now()) * PER_MS;
  const ring: Ring = {
    bounds,
    now,
    kept: new Map(),
    latest: new Map(),
    begun: sequence,
    sequence,
    bytes: 0,
    dropped: sequence,
  };
  return {
    addGroup: (id, decision) => {
      const course = courseOf([decision.verdict, decision.wish, decision.numbers?.count]);
      add(ring, { type: 'job_group', id, decision }, course);
    },
    addPool: (id, decision) => {
      const { verdict, ask, numbers, detail } = decision;
      const lists = [numbers?.candidates.length, numbers?.pending.length];
      const course = courseOf([verdict, ask, numbers?.desired, detail, ...lists]);
      add(ring, { type: 'worker_pool', id, decision }, course);
    },
    latestOfGroup: (id) => {
      const entry = ring.latest.get(keyOf('job_group', id))?.entry;
      return entry?.type === 'job_group' ? entry : undefined;
    },
    latestOfPool: (id) => {
      const entry = ring.latest.get(keyOf('worker_pool', id))?.entry;
      return entry?.type === 'worker_pool' ? entry : undefined;
    },
    forget: (isMeant) => {
      for (const [key, { entry }] of ring.latest) if (isMeant(entry.type, entry.id)) ring.latest.delete(key);
    },
    page: (query) => page(ring, query),
  };
}

type Made =
  | { readonly type: 'job_group'; readonly id: string; readonly decision: GroupDecision }
  | { readonly type: 'worker_pool'; readonly id: string; readonly decision: PoolDecision };

function add(ring: Ring, made: Made, course: string): void {
  const key = keyOf(made.type, made.id);
  const before = ring.latest.get(key);
  const run = before?.course === course ? before.entry : undefined;
  const nowMs = ring.now();
  ring.sequence += 1;
  const { sequence } = ring;
  const entry = {
    ...made,
    sequence,
    count: (run?.count ?? 0) + 1,
    firstMs: run?.firstMs ?? nowMs,
    lastMs: nowMs,
  };
  const kept = { entry, course, bytes: run ? (before?.bytes ?? 0) : JSON.stringify(made).length };
  if (run) drop(ring, run.sequence);
  ring.kept.set(sequence, kept);
  ring.bytes += kept.bytes;
  ring.latest.set(key, kept);
  makeRoom(ring);
}

function makeRoom(ring: Ring): void {
  if (!isOver(ring)) return;
  for (const sequence of ring.kept.keys()) {
    drop(ring, sequence);
    ring.dropped = sequence;
    if (!isOver(ring)) return;
  }
}

function isOver({ bounds, kept, bytes }: Ring): boolean {
  return kept.size > bounds.entries || (bytes > bounds.bytes && kept.size > 1);
}

function drop(ring: Ring, sequence: number): void {
  const gone = ring.kept.get(sequence);
  if (!gone) return;
  ring.kept.delete(sequence);
  ring.bytes -= gone.bytes;
}

function page(ring: Ring, { since, type, id, limit }: DecisionQuery): DecisionPage {
  const from = since ?? ring.begun;
  const isWanted = (entry: DecisionEntry): boolean =>
    entry.sequence > from &&
    (type === undefined || entry.type === type) &&
    (id === undefined || entry.id === id);
  const found = [...ring.kept.values()].map(({ entry }) => entry).filter(isWanted);
  const entries = since === undefined ? found.slice(-limit) : found.slice(0, limit);
  const isWhole = entries.length === found.length || since === undefined;
  const last = entries.at(-1)?.sequence ?? from;
  return { entries, next: isWhole ? ring.sequence : last, isComplete: from >= ring.dropped };
}

function courseOf(parts: readonly unknown[]): string {
  return JSON.stringify(parts);
}

function keyOf(type: ResourceType, id: string): string {
  return `${type} ${id}`;
}

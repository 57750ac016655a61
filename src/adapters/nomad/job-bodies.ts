import type { JobFacts, JobRef } from '../../domain/snapshot.ts';
import type { Clock } from '../../ports/clock.ts';
import { backoffMs, slept } from './backoff.ts';
import type { JobStub } from './wire-job.ts';

/** `listed`: any server may answer. `differs`: the leader must. `again`: likewise, after a failure. */
export type ReadMode = 'listed' | 'differs' | 'again';

/** Reads one job; undefined when there is none. */
export type ReadBody = (ref: JobRef, mode: ReadMode, signal: AbortSignal) => Promise<JobFacts | undefined>;

interface Entry {
  wantedIndex: number;
  facts?: JobFacts;
  /** `fresh`: facts are of the wanted index. `reading`: first attempt under way. `failed`: tried again. */
  state: 'fresh' | 'reading' | 'failed';
  /** Reading for longer than SETTLE_MS: nobody waits for it any more. */
  late: boolean;
  readonly end: AbortController;
}

/** How long the facts of a changed job may still be shown while it is read again. */
const SETTLE_MS = 2_000;
const BACKOFF = { firstMs: 1_000, mostMs: 30_000 };

/** What the bodies are read with, and who is told what becomes of it. */
export interface BodyTools {
  readonly clock: Clock;
  readonly random: () => number;
  readonly read: ReadBody;
  /** What `current` answers may have changed. */
  changed(): void;
  /** A job could not be read; it is tried again. */
  failed(error: unknown): void;
  /** No job is left that could not be read. */
  recovered(): void;
}

/**
 * The jobs that can be scaled, read whole. A job is read again when its JobModifyIndex is new; one that
 * cannot be read is left out and tried again with backoff, without holding up the others.
 */
export class JobBodies {
  private readonly tools: BodyTools;
  private readonly entries = new Map<string, Entry>();
  private readonly awaited = new Set<Entry>();
  private readonly failing = new Set<Entry>();

  constructor(tools: BodyTools) {
    this.tools = tools;
  }

  /** True when no first attempt is awaited: `current` answers all that can be had for now. */
  isSettled(): boolean {
    return this.awaited.size === 0;
  }

  /** Facts by job, in no order; a job under way, failed or gone is left out. */
  current(): readonly JobFacts[] {
    return [...this.entries.values()].flatMap((entry) =>
      entry.facts !== undefined && !entry.late ? [entry.facts] : [],
    );
  }

  /** Keys of the jobs that `current` leaves out although they are wanted. */
  unread(): ReadonlySet<string> {
    const keys = [...this.entries].filter(([, entry]) => entry.facts === undefined || entry.late);
    return new Set(keys.map(([key]) => key));
  }

  /** Takes the whole list. `anew`: indexes have started over, so nothing read before counts. */
  replace(stubs: readonly JobStub[], anew: boolean): void {
    const wanted = new Map(stubs.filter((stub) => stub.scalable).map((stub) => [keyOfJob(stub), stub]));
    for (const key of this.entries.keys()) if (!wanted.has(key) || anew) this.remove(key);
    for (const stub of wanted.values()) this.want(stub);
  }

  /** Takes changes of the list. */
  update(upserts: readonly JobStub[], removals: readonly string[]): void {
    for (const key of removals) this.remove(key);
    for (const stub of upserts) {
      if (stub.scalable) this.want(stub);
      else this.remove(keyOfJob(stub));
    }
  }

  /** Reads a job again although the list shows no change: it was found to differ from what is known. */
  recheck(ref: JobRef): void {
    const entry = this.entries.get(keyOfJob(ref));
    if (entry === undefined || entry.state !== 'fresh') return;
    this.start(ref, entry, 'differs');
  }

  /** Stops all reading. */
  close(): void {
    for (const key of this.entries.keys()) this.remove(key);
  }

  private want(stub: JobStub): void {
    const known = this.entries.get(keyOfJob(stub));
    if (known === undefined) {
      const entry: Entry = {
        wantedIndex: stub.modifyIndex,
        state: 'reading',
        late: false,
        end: new AbortController(),
      };
      this.entries.set(keyOfJob(stub), entry);
      this.start(stub, entry, 'listed');
      return;
    }
    known.wantedIndex = stub.modifyIndex;
    if (known.state === 'fresh' && !isCurrent(known)) this.start(stub, known, 'listed');
  }

  private remove(key: string): void {
    const entry = this.entries.get(key);
    if (entry === undefined) return;
    this.entries.delete(key);
    this.awaited.delete(entry);
    entry.end.abort(new Error('no longer listed'));
    this.mend(entry);
  }

  private start(ref: JobRef, entry: Entry, mode: ReadMode): void {
    entry.state = 'reading';
    this.awaited.add(entry);
    const cancel = this.tools.clock.after(SETTLE_MS, () => {
      if (entry.facts === undefined || entry.state !== 'reading') return;
      entry.late = true;
      this.settle(entry);
    });
    void this.readUntilCurrent(ref, entry, mode).finally(cancel);
  }

  private async readUntilCurrent(ref: JobRef, entry: Entry, mode: ReadMode): Promise<void> {
    const { signal } = entry.end;
    for (let failures = 0; !signal.aborted;) {
      try {
        const facts = await this.tools.read(ref, failures === 0 ? mode : 'again', signal);
        if (signal.aborted || this.take(entry, facts)) return;
      } catch (error) {
        if (signal.aborted) return;
        this.fail(entry, error);
      }
      failures += 1;
      await slept(this.tools.clock, backoffMs(BACKOFF, { failures, random: this.tools.random() }), signal);
    }
  }

  /** True when the facts are of the wanted index or newer; older ones are not shown. */
  private take(entry: Entry, facts: JobFacts | undefined): boolean {
    const done = facts !== undefined && facts.modifyIndex >= entry.wantedIndex;
    if (done) entry.facts = facts;
    else delete entry.facts;
    entry.state = done ? 'fresh' : 'failed';
    entry.late = false;
    this.mend(entry);
    this.settle(entry);
    return done;
  }

  private fail(entry: Entry, error: unknown): void {
    delete entry.facts;
    entry.state = 'failed';
    entry.late = false;
    this.failing.add(entry);
    this.tools.failed(error);
    this.settle(entry);
  }

  private mend(entry: Entry): void {
    if (this.failing.delete(entry) && this.failing.size === 0) this.tools.recovered();
  }

  private settle(entry: Entry): void {
    this.awaited.delete(entry);
    this.tools.changed();
  }
}

/** A job's key in the list of jobs. */
export function keyOfJob(ref: JobRef): string {
  return JSON.stringify([ref.namespace, ref.jobId]);
}

function isCurrent(entry: Entry): boolean {
  return entry.facts !== undefined && entry.facts.modifyIndex >= entry.wantedIndex;
}

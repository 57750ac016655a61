import type { Clock } from '../../ports/clock.ts';
import { isPortError } from '../../ports/port-error.ts';
import { backoffMs, slept } from './backoff.ts';

/** `listed`: any server may answer. `differs`: the leader must. `again`: likewise, after a failure. */
export type ReadMode = 'listed' | 'differs' | 'again';

/** Reads one item whole; undefined when there is none. */
export type ReadBody<S, F> = (stub: S, mode: ReadMode, signal: AbortSignal) => Promise<F | undefined>;

/** Index by which Nomad tells a newer version of an item. */
interface Indexed {
  readonly modifyIndex: number;
}

/** An item of a list, and what is known of it. */
export interface Body<S, F> {
  readonly stub: S;
  /** The last that was read, if any was since the item has been listed. */
  readonly facts: F | undefined;
  /** True when nobody should wait for newer facts any more, or what was read was too old. */
  readonly outdated: boolean;
  /** True when the token was not allowed to read it, the last time. */
  readonly denied: boolean;
}

interface Entry<S, F> {
  stub: S;
  facts: F | undefined;
  outdated: boolean;
  denied: boolean;
  /** `fresh`: facts are of the wanted index. `reading`: first attempt under way. `failed`: tried again. */
  state: 'fresh' | 'reading' | 'failed';
  /** Ends its reading, while there is one. */
  end: AbortController | undefined;
}

/** How long the facts of a changed item may still be shown while it is read again. */
const SETTLE_MS = 2_000;
/** New items whose reading begins in one turn of the event loop. */
const BEGUN_TOGETHER = 100;
const BACKOFF = { firstMs: 1_000, mostMs: 30_000 };

/** What the bodies are read with, and who is told what becomes of it. */
export interface BodyTools<S, F> {
  readonly clock: Clock;
  readonly random: () => number;
  readonly read: ReadBody<S, F>;
  readonly keyOf: (stub: S) => string;
  /** Runs something in another turn of the event loop; absent where nobody waits for one. */
  readonly later: ((run: () => void) => void) | undefined;
  /** What `all` answers may have changed. */
  changed(): void;
  /** An item could not be read; it is tried again. */
  failed(error: unknown): void;
  /** No item is left that could not be read. */
  recovered(): void;
}

/**
 * The items of a list, read whole. One is read again when its index is new; one that cannot be read is
 * tried again with backoff, without holding up the others.
 */
export class Bodies<S extends Indexed, F extends Indexed> {
  private readonly tools: BodyTools<S, F>;
  private readonly entries = new Map<string, Entry<S, F>>();
  private readonly awaited = new Set<Entry<S, F>>();
  private readonly failing = new Set<Entry<S, F>>();
  /** New items whose reading has not begun; awaited too. */
  private readonly waiting = new Set<Entry<S, F>>();
  private isPausing = false;

  constructor(tools: BodyTools<S, F>) {
    this.tools = tools;
  }

  /** True when no first attempt is awaited: `all` answers all that can be had for now. */
  isSettled(): boolean {
    return this.awaited.size === 0;
  }

  /** By key, in no order. */
  all(): ReadonlyMap<string, Body<S, F>> {
    return this.entries;
  }

  /** Takes the whole list. `anew`: indexes have started over, so nothing read before counts. */
  replace(stubs: readonly S[], anew: boolean): void {
    const wanted = new Map(stubs.map((stub) => [this.tools.keyOf(stub), stub]));
    for (const key of this.entries.keys()) if (!wanted.has(key) || anew) this.remove(key);
    for (const stub of wanted.values()) this.want(stub);
    this.beginSome();
  }

  /** Takes changes of the list. */
  update(upserts: readonly S[], removals: readonly string[]): void {
    for (const key of removals) this.remove(key);
    for (const stub of upserts) this.want(stub);
    this.beginSome();
  }

  /** Takes an item that was told whole: nothing is left to be read of it. Not taken when as new a one is known. */
  offer(stub: S, facts: F): void {
    const key = this.tools.keyOf(stub);
    const known = this.entries.get(key);
    if (known !== undefined && facts.modifyIndex < known.stub.modifyIndex) return;
    if (known?.state === 'fresh' && facts.modifyIndex <= (known.facts?.modifyIndex ?? 0)) return;
    this.remove(key);
    const settled = { outdated: false, denied: false, state: 'fresh', end: undefined } as const;
    this.entries.set(key, { stub, facts, ...settled });
  }

  /** Reads an item again although the list shows no change: it was found to differ from what is known. */
  recheck(key: string): void {
    const entry = this.entries.get(key);
    if (entry?.state === 'fresh') this.start(entry, 'differs');
  }

  /** Stops all reading. */
  close(): void {
    for (const key of this.entries.keys()) this.remove(key);
  }

  /** An index that is lower than before shows that the servers have started over: nothing read of it counts. */
  private want(stub: S): void {
    const key = this.tools.keyOf(stub);
    const before = this.entries.get(key);
    if (before !== undefined && stub.modifyIndex < before.stub.modifyIndex) this.remove(key);
    const known = this.entries.get(key);
    if (known !== undefined) {
      known.stub = stub;
      if (known.state === 'fresh' && !isCurrent(known, known.facts)) this.start(known, 'listed');
      return;
    }
    const entry: Entry<S, F> = {
      stub,
      facts: undefined,
      outdated: false,
      denied: false,
      state: 'reading',
      end: undefined,
    };
    this.entries.set(key, entry);
    this.waiting.add(entry);
    this.awaited.add(entry);
  }

  /** Thousands of new items are begun in parts: whoever else has something to do is let through in between. */
  private beginSome(): void {
    if (this.isPausing) return;
    const most = this.tools.later === undefined ? this.waiting.size : BEGUN_TOGETHER;
    for (const entry of [...this.waiting].slice(0, most)) {
      this.waiting.delete(entry);
      this.start(entry, 'listed');
    }
    if (this.waiting.size === 0) return;
    this.isPausing = true;
    this.tools.later?.(() => {
      this.isPausing = false;
      this.beginSome();
    });
  }

  private remove(key: string): void {
    const entry = this.entries.get(key);
    if (entry === undefined) return;
    this.entries.delete(key);
    this.awaited.delete(entry);
    this.waiting.delete(entry);
    entry.end?.abort(new Error('no longer listed'));
    this.mend(entry);
  }

  private start(entry: Entry<S, F>, mode: ReadMode): void {
    entry.state = 'reading';
    this.awaited.add(entry);
    const end = new AbortController();
    entry.end = end;
    const cancel = this.tools.clock.after(SETTLE_MS, () => {
      if (entry.facts === undefined || entry.state !== 'reading') return;
      entry.outdated = true;
      this.settle(entry);
    });
    void this.readUntilCurrent(entry, mode, end.signal).finally(cancel);
  }

  private async readUntilCurrent(entry: Entry<S, F>, mode: ReadMode, signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted;) {
      try {
        const facts = await this.tools.read(entry.stub, failures === 0 ? mode : 'again', signal);
        if (signal.aborted || this.take(entry, facts)) return;
      } catch (error) {
        if (signal.aborted) return;
        this.fail(entry, error);
      }
      failures += 1;
      await slept(this.tools.clock, backoffMs(BACKOFF, { failures, random: this.tools.random() }), signal);
    }
  }

  /** True when the facts are of the wanted index or newer. */
  private take(entry: Entry<S, F>, facts: F | undefined): boolean {
    const done = isCurrent(entry, facts);
    entry.facts = facts;
    entry.outdated = !done;
    entry.denied = false;
    entry.state = done ? 'fresh' : 'failed';
    if (done) entry.end = undefined;
    this.mend(entry);
    this.settle(entry);
    return done;
  }

  private fail(entry: Entry<S, F>, error: unknown): void {
    entry.outdated = true;
    entry.denied = isPortError(error, 'denied');
    entry.state = 'failed';
    this.failing.add(entry);
    this.tools.failed(error);
    this.settle(entry);
  }

  private mend(entry: Entry<S, F>): void {
    if (this.failing.delete(entry) && this.failing.size === 0) this.tools.recovered();
  }

  private settle(entry: Entry<S, F>): void {
    this.awaited.delete(entry);
    this.tools.changed();
  }
}

function isCurrent<S extends Indexed, F extends Indexed>(
  entry: Entry<S, F>,
  facts: F | undefined,
): facts is F {
  return facts !== undefined && facts.modifyIndex >= entry.stub.modifyIndex;
}

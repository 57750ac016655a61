import type { AllocationFacts } from '../../domain/snapshot.ts';
import type { Clock } from '../../ports/clock.ts';
import { readJobChange, readNodeChange, readQueuedChange } from './changes.ts';
import type { ChangeSink, JobChange, NodeChange, QueuedChange } from './changes.ts';
import { EventLedger } from './event-ledger.ts';
import type { StreamEvent, StreamSink } from './event-stream.ts';
import { numberOf } from './json.ts';
import type { FeedSink } from './list-feed.ts';
import { onAbort } from './on-abort.ts';
import { readAllocation } from './wire-allocation.ts';

/** Whom an inbox tells. */
export interface InboxSinks {
  readonly sink: FeedSink<AllocationFacts>;
  readonly changes: ChangeSink;
}

/** The write that a connection begins with. `isLast`: it is the last one of the connection before, told once more. */
export interface FirstWrite {
  readonly index: number;
  readonly isLast: boolean;
}

/** Least time between two times that something is passed on: a deployment is not a hundred views. */
const TOGETHER_MS = 200;

/** The type of a node's last event; that it is gone, its list shows. */
const GONE = 'NodeDeregistration';

/** Takes what a stream tells, and passes it on bundled; lets others wait for what it tells. */
export class EventInbox {
  readonly ledger = new EventLedger();
  /** Clock.monotonicMs() when it was last certain that nothing was missing. */
  contactMs = 0;
  /** True until there has been a list: what is told before is kept. */
  isHeld = true;
  private readonly clock: Clock;
  private readonly sinks: InboxSinks;
  private readonly waiting = new Set<() => void>();
  private jobs: JobChange[] = [];
  private nodes: NodeChange[] = [];
  private queued: QueuedChange[] = [];
  private isOpen = false;
  private first: FirstWrite | undefined;
  /** What the write of the highest index was of. */
  private lastMark = '';
  private cancel: (() => void) | undefined;
  private flushedMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, sinks: InboxSinks) {
    this.clock = clock;
    this.sinks = sinks;
  }

  /** Begins with a new connection. */
  open(): StreamSink {
    this.isOpen = false;
    this.first = undefined;
    return {
      opened: () => {
        this.isOpen = true;
        this.wake();
      },
      told: (index, events) => this.take(index, events),
    };
  }

  /** Passes on what has come. */
  flush(): void {
    this.cancel?.();
    this.cancel = undefined;
    if (this.isHeld) return;
    const { jobs, nodes, queued } = this;
    this.jobs = [];
    this.nodes = [];
    this.queued = [];
    if (jobs.length > 0) this.sinks.changes.jobs(jobs);
    if (nodes.length > 0) this.sinks.changes.nodes(nodes);
    if (queued.length > 0) this.sinks.changes.queued(queued);
    const upserts = this.ledger.take();
    if (jobs.length + nodes.length + queued.length + upserts.length === 0) return;
    this.flushedMs = this.clock.monotonicMs();
    this.heard(upserts);
  }

  /** Tells that nothing is missing, as of `contactMs`, and what has come. */
  confirm(contactMs: number): void {
    this.contactMs = contactMs;
    this.flush();
    this.heard([]);
  }

  /** Resolves once the server answers; never when the signal is aborted first. */
  async opened(signal: AbortSignal): Promise<void> {
    await this.until(() => this.isOpen, signal);
  }

  /** The first write of this connection; undefined when there is none within the time. */
  async firstWrite(ms: number, signal: AbortSignal): Promise<FirstWrite | undefined> {
    await this.until(() => this.first !== undefined, signal, ms);
    return this.first;
  }

  /** True once everything up to the index is known; false when it is not within the time. */
  reaches(index: number, ms: number, signal: AbortSignal): Promise<boolean> {
    return this.until(() => this.ledger.reached >= index, signal, ms);
  }

  /** Stops what would be passed on later. */
  close(): void {
    this.cancel?.();
    this.cancel = undefined;
  }

  private heard(upserts: readonly AllocationFacts[]): void {
    const event = { kind: 'changes', upserts, removals: [], index: this.ledger.shown } as const;
    this.sinks.sink.heard(event, this.contactMs);
  }

  /** Throws WireFault for what is no job, allocation or node. */
  private take(index: number, events: readonly StreamEvent[]): void {
    const { ledger } = this;
    const mark = events.map(({ topic, type, key }) => `${topic} ${type} ${key}`).join();
    this.first ??= { index, isLast: index === ledger.streamIndex && mark === this.lastMark };
    for (const event of events) this.sort(index, event);
    if (index > ledger.streamIndex) {
      ledger.streamIndex = index;
      this.lastMark = mark;
    }
    this.wake();
    const waitMs = this.flushedMs + TOGETHER_MS - this.clock.monotonicMs();
    this.cancel ??= this.clock.after(Math.max(0, waitMs), () => this.flush());
  }

  private sort(index: number, event: StreamEvent): void {
    const { topic, type, payload } = event;
    if (topic === 'Job') this.jobs.push(readJobChange(index, event));
    else if (topic === 'Node') {
      if (type !== GONE) this.nodes.push(readNodeChange(index, event));
    } else if (topic === 'Evaluation') {
      const change = readQueuedChange(index, event);
      if (change !== undefined) this.queued.push(change);
    } else if (topic === 'Allocation') {
      const modifyIndex = numberOf(payload, 'ModifyIndex');
      this.ledger.told(index, { facts: readAllocation(payload), modifyIndex });
    }
  }

  private wake(): void {
    for (const look of this.waiting) look();
  }

  /** Waits for something to be so: false when the time is over, or the signal aborted, first. */
  private until(isSo: () => boolean, signal: AbortSignal, ms = Number.POSITIVE_INFINITY): Promise<boolean> {
    return new Promise((resolve) => {
      const releases: (() => void)[] = [];
      const end = (so: boolean): void => {
        for (const release of releases) release();
        resolve(so);
      };
      const look = (): void => {
        if (isSo()) end(true);
      };
      this.waiting.add(look);
      releases.push(() => void this.waiting.delete(look));
      if (Number.isFinite(ms)) releases.push(this.clock.after(ms, () => end(isSo())));
      releases.push(onAbort(signal, () => end(false)));
      look();
    });
  }
}

import type { AllocationFacts } from '../../domain/snapshot.ts';
import { createBlockingFeed } from './blocking-feed.ts';
import type { SessionParts } from './event-session.ts';
import type { FeedSink } from './list-feed.ts';
import { onAbort } from './on-abort.ts';

interface Running {
  readonly ending: AbortController;
  readonly over: Promise<void>;
}

/** The list of allocations by blocking queries, while no stream tells it. */
export class StandIn {
  /** Told when it begins: what was told before is not what is shown from then on. */
  begun: () => void = () => undefined;
  private readonly parts: SessionParts;
  private readonly sink: FeedSink<AllocationFacts>;
  private readonly signal: AbortSignal;
  private running: Running | undefined;
  private cancel: (() => void) | undefined;

  constructor(parts: SessionParts, sink: FeedSink<AllocationFacts>, signal: AbortSignal) {
    this.parts = parts;
    this.sink = sink;
    this.signal = signal;
  }

  get isRunning(): boolean {
    return this.running !== undefined;
  }

  /** Begins after so many milliseconds, unless it is dismissed before. */
  call(ms: number): void {
    if (this.running !== undefined || this.signal.aborted) return;
    this.cancel?.();
    if (ms <= 0) this.begin();
    else this.cancel = this.parts.clock.after(ms, () => this.begin());
  }

  /** Nothing more is heard of it. */
  dismiss(): void {
    this.cancel?.();
    this.cancel = undefined;
    const { running } = this;
    this.running = undefined;
    running?.ending.abort(new Error('the stream tells the list'));
  }

  private begin(): void {
    this.cancel = undefined;
    if (this.signal.aborted) return;
    const ending = new AbortController();
    const letGo = onAbort(this.signal, () => ending.abort(this.signal.reason));
    const { sink } = this;
    const heardOf: FeedSink<AllocationFacts> = {
      heard: (event, contactMs) => {
        if (!ending.signal.aborted) sink.heard(event, contactMs);
      },
      failed: (error) => {
        if (!ending.signal.aborted) sink.failed(error);
      },
    };
    this.begun();
    const over = createBlockingFeed(this.parts.source, this.parts)(heardOf, ending.signal).finally(letGo);
    this.running = { ending, over };
  }

  /** Ends it, and waits for its end. */
  async close(): Promise<void> {
    const over = this.running?.over;
    this.dismiss();
    await over;
  }
}

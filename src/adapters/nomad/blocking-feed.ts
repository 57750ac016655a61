import type { Clock } from '../../ports/clock.ts';
import { isPortError } from '../../ports/port-error.ts';
import type { PortError } from '../../ports/port-error.ts';
import { backoffMs, FOLLOW_BACKOFF, slept } from './backoff.ts';
import { malformed } from './errors.ts';
import type { Query } from './exchange.ts';
import type { FeedEvent, FeedSink, ListFeed } from './list-feed.ts';
import type { ListAnswer, Listing, Question, Reader } from './reader.ts';

/**
 * A blocking query waits 15 to 20 s: a quiet list costs less than one request in 10 s, and its
 * freshness is renewed well before anyone would doubt it. A proxy that cuts earlier (504) halves it.
 */
export const WAIT_MS = { least: 15_000, most: 20_000, shortest: 2_000 };
/** Nomad waits up to a sixteenth longer; then the answer has to be made and sent. */
const ANSWER_MARGIN_MS = 10_000;
/** Least time between two requests for one list, where nothing else is said. */
const LEAST_GAP_MS = 1_000;

/** One list endpoint. */
export interface ListSource<T> {
  /** `jobs`: in error texts and to the listener. */
  readonly list: string;
  readonly permission: string;
  readonly path: string;
  readonly query: Query;
  readonly readItem: (value: unknown) => T;
  /** Asked about an empty list before it is told; throws PortError where it only looks empty. */
  readonly confirmEmpty?: (signal: AbortSignal) => Promise<void>;
}

/** What a feed works with. */
export interface FeedTools {
  readonly reader: Reader;
  readonly clock: Clock;
  readonly random: () => number;
  /** Least time between two requests for a list of so many items. */
  readonly gapMs?: (items: number) => number;
}

/** Feeds one list by blocking, stale queries. */
export function createBlockingFeed<T>(source: ListSource<T>, tools: FeedTools): ListFeed<T> {
  return (sink, signal) => new BlockingFeed(source, tools).run(sink, signal);
}

class BlockingFeed<T> {
  private readonly source: ListSource<T>;
  private readonly tools: FeedTools;
  /** Asked to be exceeded; 0 asks for an answer at once. */
  private index = 0;
  /** The last answer's: a lower one means that the servers started over. */
  private seen = 0;
  private items = 0;
  private leastWaitMs = WAIT_MS.least;

  constructor(source: ListSource<T>, tools: FeedTools) {
    this.source = source;
    this.tools = tools;
  }

  async run(sink: FeedSink<T>, signal: AbortSignal): Promise<void> {
    const { clock, random } = this.tools;
    for (let failures = 0; !signal.aborted;) {
      const begunMs = clock.monotonicMs();
      const error = await this.turn(sink, signal);
      failures = error === undefined ? 0 : failures + 1;
      const leastMs = this.tools.gapMs?.(this.items) ?? LEAST_GAP_MS;
      const gapMs = leastMs - (clock.monotonicMs() - begunMs);
      const pauseMs =
        error === undefined ? gapMs : backoffMs(FOLLOW_BACKOFF, { failures, random: random(), error });
      if (pauseMs > 0) await slept(clock, pauseMs, signal);
    }
  }

  private async turn(sink: FeedSink<T>, signal: AbortSignal): Promise<PortError | undefined> {
    const spread = (WAIT_MS.most - WAIT_MS.least) / WAIT_MS.least;
    const waitMs = Math.round(this.leastWaitMs * (1 + spread * this.tools.random()));
    try {
      const deadlineMs = waitMs + waitMs / 16 + ANSWER_MARGIN_MS;
      const { reader, clock } = this.tools;
      const answer = await reader.block(this.listing(waitMs), deadlineMs, signal);
      const contactMs = clock.monotonicMs() - answer.contactMs;
      const event = this.take(answer);
      if (event.kind === 'list' && event.items.length === 0) await this.source.confirmEmpty?.(signal);
      sink.heard(event, contactMs);
      return undefined;
    } catch (error) {
      if (signal.aborted) return undefined;
      return this.fail(error, sink);
    }
  }

  private take({ index, items }: ListAnswer<T>): FeedEvent<T> {
    if (items === undefined) return { kind: 'changes', upserts: [], removals: [], index };
    const restarted = index < this.seen;
    this.seen = index;
    this.items = items.length;
    this.index = restarted ? 0 : Math.max(1, index);
    return { kind: 'list', items, index, restarted };
  }

  /** The next query asks for an answer at once, so that an outage ends when it ends. */
  private fail(error: unknown, sink: FeedSink<T>): PortError | undefined {
    const told = isPortError(error)
      ? error
      : malformed({ ...this.question(0), mutating: false }, String(error));
    if (told.detail.status === 504 && this.index > 0 && this.leastWaitMs > WAIT_MS.shortest) {
      this.leastWaitMs = Math.max(WAIT_MS.shortest, this.leastWaitMs / 2);
      return undefined;
    }
    this.index = 0;
    sink.failed(told);
    return told;
  }

  private listing(waitMs: number): Listing<T> {
    const isKnown = (index: number): boolean => index === this.index && index > 0;
    return { question: this.question(waitMs), isKnown, readItem: this.source.readItem };
  }

  private question(waitMs: number): Question {
    const { list, permission, path, query } = this.source;
    const waiting = this.index > 0 ? { index: String(this.index), wait: `${waitMs}ms` } : {};
    return { doing: `list ${list}`, permission, path, query: { ...query, ...waiting }, stale: true };
  }
}

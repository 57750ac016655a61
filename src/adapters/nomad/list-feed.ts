import type { PortError } from '../../ports/port-error.ts';

/** What a feed tells of a list: all of it first, then all of it again or what has changed. */
export type FeedEvent<T> =
  | {
      readonly kind: 'list';
      readonly items: readonly T[];
      readonly index: number;
      /** True when the servers' index went backwards: nothing known from before may be relied upon. */
      readonly restarted: boolean;
    }
  | {
      readonly kind: 'changes';
      readonly upserts: readonly T[];
      /** Keys, as the list's `keyOf` makes them. */
      readonly removals: readonly string[];
      readonly index: number;
    };

/** Who listens to a feed. */
export interface FeedSink<T> {
  /** `contactMs`: Clock.monotonicMs() when the answering server was last in touch with its leader. */
  heard(event: FeedEvent<T>, contactMs: number): void;
  /** Told at each failure; the feed goes on by itself. */
  failed(error: PortError): void;
}

/** Feeds a sink until the signal is aborted, then resolves. Blocking queries are one kind, a stream another. */
export type ListFeed<T> = (sink: FeedSink<T>, signal: AbortSignal) => Promise<void>;

/** True for an event that tells of nothing but contact. */
export function isQuiet(event: FeedEvent<unknown>): boolean {
  return event.kind === 'changes' && event.upserts.length === 0 && event.removals.length === 0;
}

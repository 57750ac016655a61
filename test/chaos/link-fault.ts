import type { LinkFaultKind, Passage } from './passage.ts';

/** Something that is wrong with a link for a while. */
export interface LinkFault {
  readonly kind: LinkFaultKind;
  /** Which requests it may meet; all where it is left out. */
  readonly meets?: (passage: Passage) => boolean;
  /** Share of them that it meets. */
  readonly share: number;
  /** Milliseconds: how long a delayed or late request is held, a slow body takes. */
  readonly holdMs: readonly [number, number];
  /** Reset, 5xx, drop: after the server has carried the request out, instead of before it sees it. */
  readonly afterwards: boolean;
  /** Partition: new connections are refused; else they are accepted and nothing passes. */
  readonly refuses?: boolean;
}

/** A fault in force; `hits` counts the requests it has met. */
export interface ActiveFault extends LinkFault {
  hits: number;
  /** Ends it: what a partition holds goes on its way then. */
  end(): void;
}

import type { Gauge } from './bar.ts';
import type { News, ScaleDecision } from './journal.ts';
import type { Range } from './sparkline.ts';

/** All that one picture of the live view shows. Times are the cluster's, milliseconds since the epoch. */
export interface FrameModel {
  readonly scenario: string;
  readonly summary: string;
  readonly seed: number;
  readonly speed: number;
  readonly nowMs: number;
  readonly startedMs: number;
  /** Session of the leader, undefined while nobody leads, and how long ago it was renewed on the machine's clock. */
  readonly leader: { readonly session: string; readonly renewedAgoMs: number } | undefined;
  /** Requests a second of the machine's clock. */
  readonly rates: { readonly nomad: number; readonly consul: number };
  readonly groups: readonly GroupView[];
  /** Oldest first. */
  readonly news: readonly News[];
  readonly addresses: Addresses;
  /** Time of the cluster that one column of a sparkline stands for. */
  readonly columnMs: number;
}

export interface Addresses {
  readonly nomad: string;
  readonly consul: string;
}

export interface GroupView {
  readonly id: string;
  readonly count: number;
  readonly running: number;
  readonly bounds: Range | undefined;
  readonly cpu: Gauge | undefined;
  readonly mem: Gauge | undefined;
  /** The count, one value a column, oldest first. */
  readonly history: readonly number[];
  /** The decision of the last round as a sentence; '' before the first. */
  readonly verdict: string;
  /** What the decision is, for its colour. */
  readonly mood: 'out' | 'in' | 'hold' | 'trouble' | 'none';
  readonly lastChange: ScaleDecision | undefined;
}

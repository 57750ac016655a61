import type { Gauge } from './bar.ts';
import type { News, ScaleDecision } from './journal.ts';
import type { PoolChange } from './pool-journal.ts';
import type { Room } from './room-bar.ts';
import type { Range } from './sparkline.ts';

/** All that one picture of the live view shows. Times are the cluster's, milliseconds since the epoch. */
export interface FrameModel {
  readonly scenario: string;
  readonly summary: string;
  readonly seed: number;
  readonly speed: number;
  readonly nowMs: number;
  readonly startedMs: number;
  /**
   * Session of the agent that leads, undefined while none does, and how long ago it was renewed on the machine's
   * clock. A team has its leader among its members.
   */
  readonly leader: { readonly session: string; readonly renewedAgoMs: number } | undefined;
  /** Requests a second of the machine's clock; undefined for a server that is not there. */
  readonly rates: { readonly nomad: number; readonly consul: number; readonly aws: number | undefined };
  readonly pools: readonly PoolView[];
  readonly groups: readonly GroupView[];
  /** The agents, where they are a group. */
  readonly team?: TeamView | undefined;
  /** Oldest first. */
  readonly news: readonly News[];
  readonly addresses: Addresses;
  /** Time of the cluster that one column of a sparkline stands for. */
  readonly columnMs: number;
}

export interface Addresses {
  readonly nomad: string;
  readonly consul: string;
  /** '' where none is served. */
  readonly aws: string;
}

/** What a decision is, for its colour. */
export type Mood = 'out' | 'in' | 'hold' | 'trouble' | 'none';

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
  readonly mood: Mood;
  readonly lastChange: ScaleDecision | undefined;
  /** The member of the team that may act on it now, '' for none; undefined where the agent stands alone. */
  readonly holder?: string | undefined;
}

/** Agents that run as a group. */
export interface TeamView {
  readonly group: string;
  readonly partitions: number;
  /** In the order of their ids. */
  readonly members: readonly MemberView[];
  /** What is to be known of how partitions pass on, and whether somebody waits for it. */
  readonly note: string;
  readonly isWaiting: boolean;
  /** How that went the last time; '' before the first. */
  readonly last: string;
}

export interface MemberView {
  readonly id: string;
  /** `ready`, `killed` …, and `leads`. */
  readonly state: string;
  readonly mood: 'good' | 'trouble' | 'gone';
  /** Numbers of the partitions whose locks it holds. */
  readonly holds: readonly number[];
  /** How many task groups are in them. */
  readonly groups: number;
}

export interface PoolView {
  readonly id: string;
  /** Nodes that take work, and instances that the group is to have. */
  readonly ready: number;
  readonly desired: number;
  readonly bounds: Range;
  /** Undefined before the first decision with numbers. */
  readonly room: Room | undefined;
  readonly nodes: readonly NodeView[];
  /** The decision of the last round as a sentence; '' before the first. */
  readonly verdict: string;
  readonly mood: Mood;
  /** Rounds in a row that asked for a change of the size, and how many must; undefined while none is asked for. */
  readonly asked: { readonly count: number; readonly of: number } | undefined;
  readonly operation: OperationView | undefined;
  readonly failures: number;
  readonly isFailsafe: boolean;
  readonly lastChange: PoolChange | undefined;
}

export interface NodeView {
  /** The end of its name, or of its instance's id where there is no node. */
  readonly label: string;
  /** Share of its capacity that work has taken, 0 to 1; undefined without a node. */
  readonly share: number | undefined;
  /** What is to be told of it; '' for a ready one. */
  readonly state: string;
}

export interface OperationView {
  /** `out 3→4` or `in workers-3`, without the arrow's glyph. */
  readonly direction: 'out' | 'in';
  readonly from: string;
  readonly to: string;
  readonly phase: string;
  readonly phaseMs: number;
  /** What it waits for or does. */
  readonly step: string;
  readonly isFrozen: boolean;
}

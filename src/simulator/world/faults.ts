/** Statistics that do not come: which, and what comes instead. */
export interface StatisticsFault {
  readonly mode: 'error' | 'hang' | 'stale';
  /** Of the running allocations of each group; 1 when left out. */
  readonly fraction?: number;
  readonly allocations?: readonly string[];
  readonly nodes?: readonly string[];
  readonly jobs?: readonly string[];
}

/** Answers given in place of the right ones. */
export interface ResponseFault {
  readonly status: number;
  readonly body: string;
  /** Of the requests that match; 1 when left out. */
  readonly fraction?: number;
  /** The beginning of the paths it applies to; all when left out. */
  readonly path?: string;
}

/** What is wrong with the servers at the moment. */
export interface Faults {
  readonly statistics: StatisticsFault | null;
  readonly hasLeader: boolean;
  /** Fraction of requests answered 429. */
  readonly throttled: number;
  readonly response: ResponseFault | null;
  /** Time each request takes before it is looked at. */
  readonly latencyMs: readonly [number, number];
}

export const NO_FAULTS: Faults = {
  statistics: null,
  hasLeader: true,
  throttled: 0,
  response: null,
  latencyMs: [0, 0],
};

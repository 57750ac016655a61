/** What happens to a call instead of what should. */
export type CallFaultMode =
  /** Refused as too many calls. */
  | 'throttle'
  /** Refused for want of the IAM action. */
  | 'deny'
  /** 500, or what is said; nothing is done. */
  | 'error'
  /** 200 with a page of HTML, as a proxy in between may answer; nothing is done. */
  | 'html'
  /** Never answered; nothing is done. */
  | 'hang'
  /** Done, and never answered. */
  | 'lost'
  /** Done, and answered with 500. */
  | 'done-error';

/** Calls that go wrong. */
export interface CallFault {
  readonly mode: CallFaultMode;
  /** The actions it applies to, e.g. `DetachInstances`; all when left out. */
  readonly actions?: readonly string[];
  /** Only so many of them, then it is over. */
  readonly next?: number;
  /** Of the calls that fit; 1 when left out. */
  readonly fraction?: number;
  /** For `error`: what is answered; `InternalFailure` with 500 when left out. */
  readonly code?: string;
  readonly message?: string;
  readonly status?: number;
}

/** What is wrong with the service at the moment. */
export interface CloudFaults {
  /** The first that fits applies. */
  readonly calls: readonly CallFault[];
  /** Time each call takes before it is looked at. */
  readonly latencyMs: readonly [number, number];
  /** Describe* answer as of so long ago, drawn for each call. */
  readonly staleMs: readonly [number, number];
}

export const NO_CLOUD_FAULTS: CloudFaults = { calls: [], latencyMs: [0, 0], staleMs: [0, 0] };

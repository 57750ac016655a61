/** What went wrong beyond a port, as far as a caller may act on it. */
export type PortErrorKind =
  'not-found' | 'conflict' | 'denied' | 'throttled' | 'unavailable' | 'timeout' | 'invalid' | 'cancelled';

/** Why a mutating call was refused although it was well formed. */
export type ConflictKind =
  | 'job-changed'
  | 'deployment-active'
  | 'bounds'
  | 'fence'
  | 'session-gone'
  | 'exists'
  /** The instance is not in the group. */
  | 'not-a-member'
  /** The instance is protected from scale-in. */
  | 'protected'
  /** The group is busy with an activity of its own. */
  | 'activity';

/** The closed detail of a failure; which optional members are set depends on the kind. */
export interface PortErrorDetail {
  readonly service: 'nomad' | 'consul' | 'aws' | 'notifier';
  /** What was being done, as a person would say it: `read job web`. */
  readonly doing: string;
  /** What came back, one line, without secrets. */
  readonly text: string;
  /** denied: the missing permission, e.g. `session:write`, `key:write replicator/config/leader`. */
  readonly permission?: string;
  /** throttled: milliseconds to wait before the next call, when the server said so. */
  readonly retryAfterMs?: number;
  /** conflict: what stood in the way. */
  readonly conflict?: ConflictKind;
  /** HTTP status of the answer, if there was one. */
  readonly status?: number;
  /** True when a mutating call may have been carried out although no answer came. */
  readonly outcomeUnknown?: boolean;
}

/** The one error type that crosses a port. `message` is one line, fit for a log, without secrets. */
export class PortError extends Error {
  override readonly name = 'PortError';
  readonly kind: PortErrorKind;
  readonly detail: PortErrorDetail;

  constructor(kind: PortErrorKind, detail: PortErrorDetail, cause?: unknown) {
    const options = cause === undefined ? undefined : { cause };
    super(`${detail.service}: ${detail.doing}: ${detail.text}`, options);
    this.kind = kind;
    this.detail = detail;
  }
}

/** True for a PortError, of `kind` if given. */
export function isPortError(error: unknown, kind?: PortErrorKind): error is PortError {
  return error instanceof PortError && (kind === undefined || error.kind === kind);
}

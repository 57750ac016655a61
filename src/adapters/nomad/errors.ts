import { PortError } from '../../ports/port-error.ts';
import type { ConflictKind, PortErrorDetail, PortErrorKind } from '../../ports/port-error.ts';

/** What a request is for, as its errors tell it. */
export interface Attempt {
  /** `read job web`. */
  readonly doing: string;
  /** The ACL capability it needs: `namespace:read-job`. */
  readonly permission: string;
  readonly mutating: boolean;
}

/** An answer as far as errors look at it. */
export interface Refusal {
  readonly status: number;
  readonly text: string;
  readonly retryAfter?: string | undefined;
}

interface KnownText {
  readonly text: RegExp;
  readonly kind: PortErrorKind;
  readonly conflict?: ConflictKind;
  readonly permission?: string;
}

/** `permission` of an error where no policy helps because the token itself is not known. */
export const TOKEN_UNKNOWN = 'token unknown';

const KNOWN_TEXTS: readonly KnownText[] = [
  { text: /^Enforcing job modify index \d/, kind: 'conflict', conflict: 'job-changed' },
  {
    text: /^task group ".*" specified for scaling does not exist/,
    kind: 'conflict',
    conflict: 'job-changed',
  },
  { text: /^job scaling blocked due to active deployment/, kind: 'conflict', conflict: 'deployment-active' },
  { text: /^group count was (greater|less) than scaling policy/, kind: 'conflict', conflict: 'bounds' },
  {
    text: /task group count must not be (greater|less) than (maximum|minimum) count in scaling policy/,
    kind: 'conflict',
    conflict: 'bounds',
  },
  { text: /^can't fail terminal deployment/, kind: 'conflict', conflict: 'job-changed' },
  { text: /^deployment not found/, kind: 'not-found' },
  { text: /^node not found/, kind: 'not-found' },
  { text: /^ACL token not found/, kind: 'denied', permission: TOKEN_UNKNOWN },
  { text: /^acl token lookup failed/, kind: 'denied', permission: TOKEN_UNKNOWN },
  { text: /^Permission denied/, kind: 'denied' },
  { text: /^No cluster leader/, kind: 'unavailable' },
];

const CONNECTION_TEXTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  ECONNABORTED: 'connection reset',
  EPIPE: 'connection reset',
  ERR_BAD_RESPONSE: 'connection closed within the answer',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'host name cannot be looked up',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'no route to host',
  ETIMEDOUT: 'connection timed out',
  EPROTO: 'no TLS spoken there',
};

/** What an agent that is not the leader puts before the leader's own words. */
const PASSED_ON = /^(?:rpc error: )+/;

const LONGEST_TEXT = 300;
const MAX_RETRY_AFTER_S = 3_600;

/** A refused request as PortError. A 5xx that is not understood leaves a write's outcome unknown. */
export function refused(attempt: Attempt, answer: Refusal): PortError {
  const text = `${answer.status} ${oneLine(answer.text)}`.trim();
  const said = answer.text.trim().replace(PASSED_ON, '');
  const known = KNOWN_TEXTS.find((entry) => entry.text.test(said));
  const kind = known?.kind ?? kindOfStatus(answer.status);
  const permission = kind === 'denied' ? (known?.permission ?? attempt.permission) : undefined;
  const retryAfterMs = kind === 'throttled' ? parseRetryAfter(answer.retryAfter) : undefined;
  return portError(kind, attempt, {
    text: permission === undefined ? text : `${text} (${permission})`,
    status: answer.status,
    ...(permission !== undefined && { permission }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(known?.conflict !== undefined && { conflict: known.conflict }),
    ...(attempt.mutating && { outcomeUnknown: known === undefined && answer.status >= 500 }),
  });
}

/** How a request ended that got no answer. `begun`: its first byte had been sent. */
export interface Breakdown {
  readonly begun: boolean;
  readonly cause: 'deadline' | 'stopped' | 'failed';
  readonly host: string;
}

/** A request without an answer as PortError. Carries nothing of the error but its code. */
export function brokenDown(attempt: Attempt, how: Breakdown, error: unknown): PortError {
  const code = codeOf(error);
  const kind = kindOfBreakdown(how.cause, code);
  return portError(kind, attempt, {
    text: textOfBreakdown(how, code),
    ...(attempt.mutating && { outcomeUnknown: how.begun }),
  });
}

/** An answer that is not what it should be. A write that got it has been carried out, as far as is known. */
export function malformed(attempt: Attempt, why: string): PortError {
  return portError('invalid', attempt, {
    text: oneLine(why),
    ...(attempt.mutating && { outcomeUnknown: true }),
  });
}

/** PortError of this adapter. */
export function portError(
  kind: PortErrorKind,
  attempt: Attempt,
  detail: Omit<PortErrorDetail, 'service' | 'doing'>,
): PortError {
  return new PortError(kind, { service: 'nomad', doing: attempt.doing, ...detail });
}

function kindOfStatus(status: number): PortErrorKind {
  if (status === 401 || status === 403) return 'denied';
  if (status === 404) return 'not-found';
  if (status === 429) return 'throttled';
  return status >= 500 ? 'unavailable' : 'invalid';
}

function kindOfBreakdown(cause: Breakdown['cause'], code: string): PortErrorKind {
  if (cause === 'deadline') return 'timeout';
  if (cause === 'stopped') return 'cancelled';
  return code.startsWith('HPE_') || code.startsWith('Z_') ? 'invalid' : 'unavailable';
}

function textOfBreakdown(how: Breakdown, code: string): string {
  if (how.cause === 'deadline') return 'no answer in time';
  if (how.cause === 'stopped') return how.begun ? 'stopped while under way' : 'stopped before it was sent';
  return `${CONNECTION_TEXTS[code] ?? `connection failed${code === '' ? '' : ` (${code})`}`}: ${how.host}`;
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return codeOf(error.cause);
}

function parseRetryAfter(header: string | undefined): number | undefined {
  const seconds = Number(header);
  if (header === undefined || !Number.isFinite(seconds) || seconds < 0) return undefined;
  return Math.min(seconds, MAX_RETRY_AFTER_S) * 1_000;
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > LONGEST_TEXT ? `${line.slice(0, LONGEST_TEXT)}…` : line;
}

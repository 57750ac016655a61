import { PortError } from '../../ports/port-error.ts';
import type { PortErrorDetail, PortErrorKind } from '../../ports/port-error.ts';
import { findRefusal } from './refusals.ts';
import type { Refusal } from './refusals.ts';
import { connectionCode, takeApart, targetOf } from './thrown.ts';
import type { Thrown } from './thrown.ts';

/** What a call is for, as its errors tell it. */
export interface Attempt {
  /** `read group workers`. */
  readonly doing: string;
  readonly region: string;
  /** The IAM action it needs: `autoscaling:DetachInstances`. */
  readonly permission: string;
  readonly mutating: boolean;
}

/** How a call came to its end. `begun`: its first byte had been sent. */
export interface End {
  readonly begun: boolean;
  readonly cause: 'deadline' | 'stopped' | 'failed';
}

const CONNECTION_TEXTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection reset',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'host name cannot be looked up',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'no route to host',
  EPROTO: 'no TLS spoken there',
};

const LONGEST_TEXT = 300;
const MOST_RETRY_AFTER_MS = 3_600_000;

/** A call that failed, as PortError: what AWS said, or why it said nothing. */
export function failed(attempt: Attempt, end: End, error: unknown): PortError {
  const thrown = takeApart(error);
  const known = findRefusal(thrown.code, thrown.text);
  if (known !== undefined || thrown.isAnswer) return refused(attempt, thrown, known);
  if (end.cause !== 'failed') return interrupted(attempt, end);
  return thrown.status === undefined ? broken(attempt, end, error) : notAws(attempt, thrown.status);
}

/** An answer that is not what it should be. A write that got it may have been carried out. */
export function malformed(attempt: Attempt, why: string): PortError {
  return portError('invalid', attempt, {
    text: oneLine(why),
    ...(attempt.mutating && { outcomeUnknown: true }),
  });
}

/** A call that nobody waits for any more. */
function interrupted(attempt: Attempt, { begun, cause }: End): PortError {
  const isLate = cause === 'deadline';
  const stopped = begun ? 'stopped while under way' : 'stopped before it was sent';
  return portError(isLate ? 'timeout' : 'cancelled', attempt, {
    text: isLate ? 'no answer in time' : stopped,
    ...(attempt.mutating && { outcomeUnknown: begun }),
  });
}

/** AWS's refusal. A 5xx that is not understood leaves a write's outcome unknown. */
function refused(attempt: Attempt, thrown: Thrown, known: Refusal | undefined): PortError {
  const { status } = thrown;
  const kind = known?.kind ?? kindOfStatus(status);
  const permission = kind === 'denied' ? permissionFor(attempt, thrown, known) : undefined;
  const retryAfterMs = kind === 'throttled' ? retryAfter(thrown) : undefined;
  const isUnclear = known === undefined && (status === undefined || status >= 500);
  return portError(kind, attempt, {
    text: textOf(thrown, known, permission),
    ...(status !== undefined && { status }),
    ...(permission !== undefined && { permission }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(known?.conflict !== undefined && { conflict: known.conflict }),
    ...(attempt.mutating && { outcomeUnknown: isUnclear }),
  });
}

function textOf(thrown: Thrown, known: Refusal | undefined, permission: string | undefined): string {
  const says = known?.say ?? thrown.text;
  const said = thrown.status === undefined ? says : `${thrown.status} ${thrown.code}: ${says}`;
  return permission === undefined ? oneLine(said) : `${oneLine(said)} (${permission})`;
}

function notAws(attempt: Attempt, status: number): PortError {
  return portError(status >= 400 ? 'unavailable' : 'invalid', attempt, {
    text: `${status}, and what came is no answer of AWS`,
    status,
    ...(attempt.mutating && { outcomeUnknown: true }),
  });
}

/** No answer: the connection failed, or an attempt took too long. */
function broken(attempt: Attempt, end: End, error: unknown): PortError {
  const { code, text } = takeApart(error);
  const reason = connectionCode(error);
  const isSlow = reason === 'ETIMEDOUT' || (reason === '' && code === 'TimeoutError');
  const isConnecting = /establish a connection/.test(text);
  const isInvalid = reason.startsWith('HPE_');
  const kind = isSlow && !isConnecting ? 'timeout' : 'unavailable';
  const what = isConnecting ? 'no connection in time' : isSlow ? 'no answer in time' : wordsFor(reason, code);
  const host = targetOf(error);
  return portError(isInvalid ? 'invalid' : kind, attempt, {
    text: oneLine(`${what}: ${host === '' ? `region ${attempt.region}` : host}`),
    ...(attempt.mutating && { outcomeUnknown: end.begun }),
  });
}

function wordsFor(reason: string, code: string): string {
  return CONNECTION_TEXTS[reason] ?? `the call failed (${reason === '' ? code : reason})`;
}

function portError(
  kind: PortErrorKind,
  attempt: Attempt,
  detail: Omit<PortErrorDetail, 'service' | 'doing'>,
): PortError {
  return new PortError(kind, { service: 'aws', doing: attempt.doing, ...detail });
}

function kindOfStatus(status: number | undefined): PortErrorKind {
  if (status === 401 || status === 403) return 'denied';
  if (status === 429) return 'throttled';
  return status === undefined || status >= 500 ? 'unavailable' : 'invalid';
}

/** AWS names the action it misses; that may be another one than the call's, e.g. of a role to be assumed. */
function permissionFor(attempt: Attempt, thrown: Thrown, known: Refusal | undefined): string {
  const named = /not authorized to perform:? ([a-z0-9-]+:[A-Za-z0-9*]+)/.exec(thrown.text)?.[1];
  return known?.permission ?? named ?? attempt.permission;
}

function retryAfter(thrown: Thrown): number | undefined {
  const [seconds, ms] = [thrown.header('retry-after'), thrown.header('x-amz-retry-after')];
  const asked = ms === undefined ? Number(seconds ?? Number.NaN) * 1_000 : Number(ms);
  return Number.isFinite(asked) && asked >= 0 ? Math.min(asked, MOST_RETRY_AFTER_MS) : undefined;
}

const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/\b(?:A3T[A-Z0-9]|AKIA|ASIA)[A-Z0-9]{8,}\b/g, '…'],
  [/\b(Credential|Signature|X-Amz-Security-Token|SessionToken)\s*[=:]\s*[^\s,;&]+/gi, '$1=…'],
  [/Encoded authorization failure message: \S+/g, ''],
];

function oneLine(text: string): string {
  const clean = SECRETS.reduce((rest, [pattern, instead]) => rest.replaceAll(pattern, instead), text);
  const line = clean.replaceAll(/\s+/g, ' ').trim();
  return line.length > LONGEST_TEXT ? `${line.slice(0, LONGEST_TEXT)}…` : line;
}

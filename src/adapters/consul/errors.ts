import { PortError, isPortError } from '../../ports/port-error.ts';
import type { ConflictKind, PortErrorDetail, PortErrorKind } from '../../ports/port-error.ts';
import { UnreadableAnswer, type Answer } from './answer.ts';
import { isRecord } from './record.ts';

/** What an error has to say about the call that failed. */
export interface FailedCall {
  readonly doing: string;
  /** The ACL rule that the call needs, e.g. `key:write replicator/config/leader`. */
  readonly permission: string;
  readonly deadlineMs: number;
  /** True when the call changes something and its first byte may have gone out. */
  readonly mayHaveHappened: () => boolean;
}

/** Who ended a call before its answer came: its deadline, or its caller. */
export type Ending = 'timeout' | 'cancelled' | undefined;

/** What a refusing answer means. `unsure`: the change may have been made all the same. */
export interface Refusal {
  readonly kind: PortErrorKind;
  readonly text: string;
  readonly permission?: string;
  readonly conflict?: ConflictKind;
  readonly retryAfterMs?: number;
  readonly unsure?: boolean;
}

interface KnownText {
  readonly pattern: RegExp;
  readonly kind: PortErrorKind;
  readonly conflict?: ConflictKind;
  readonly says?: string;
}

/** Texts of Consul 1.8.7 that decide, as recorded; a client agent puts `rpc error making call: ` before them. */
const KNOWN_TEXTS: readonly KnownText[] = [
  { pattern: /ACL not found/, kind: 'denied', says: 'the token is not known to Consul' },
  { pattern: /invalid session "|missing session/, kind: 'conflict', conflict: 'session-gone' },
  { pattern: /Session id '.*' not found/, kind: 'conflict', conflict: 'session-gone' },
  { pattern: /failed session lookup/, kind: 'conflict', conflict: 'session-gone' },
  { pattern: /Invalid Session TTL/, kind: 'invalid' },
  { pattern: /No cluster leader/, kind: 'unavailable' },
  // The check of a session: not yet brought from the agent to the servers, or not yet passed there.
  { pattern: /Missing check '.*' registration|Check '.*' is in critical state/, kind: 'unavailable' },
  // A check or service that the agent does not know, with and without access control.
  { pattern: /Unknown (?:check|service)|does not have associated TTL/, kind: 'not-found' },
];

const LONGEST_TEXT = 300;

/** Errors of opening a connection: nothing of the request was sent. */
const BEFORE_SENDING: ReadonlySet<unknown> = new Set(['connect', 'getaddrinfo']);

/** The PortError of an answer that refuses. */
export function toRefusal(answer: Answer, call: FailedCall, refusal = explain(answer, call)): PortError {
  const { kind, unsure, ...detail } = refusal;
  const unknown = unsure === true && call.mayHaveHappened();
  return new PortError(kind, {
    service: 'consul',
    doing: call.doing,
    ...detail,
    text: toLine(detail.text),
    status: answer.status,
    ...(unknown ? { outcomeUnknown: true } : {}),
  });
}

/** The PortError of a call that got no answer it could read. A PortError stays what it is. */
export function toPortError(failure: unknown, call: FailedCall, ending: Ending): PortError {
  if (isPortError(failure)) return failure;
  const unknown = call.mayHaveHappened() && !isBeforeSending(failure);
  const detail: Omit<PortErrorDetail, 'text'> = {
    service: 'consul',
    doing: call.doing,
    ...(unknown ? { outcomeUnknown: true } : {}),
  };
  if (ending === 'cancelled') return new PortError('cancelled', { ...detail, text: 'cancelled' });
  if (ending === 'timeout' || hasFlag(failure, 'isTimeout')) {
    return new PortError('timeout', { ...detail, text: `no answer within ${call.deadlineMs} ms` });
  }
  const kind = hasFlag(failure, 'isValidation') ? 'invalid' : 'unavailable';
  return new PortError(kind, { ...detail, text: toLine(describe(failure)) }, failure);
}

function explain(answer: Answer, call: FailedCall): Refusal {
  const text = bodyText(answer);
  const known = KNOWN_TEXTS.find((entry) => entry.pattern.test(text));
  if (known !== undefined) {
    const { kind, conflict, says } = known;
    return { kind, text: says ?? text, ...(conflict === undefined ? {} : { conflict }) };
  }
  return explainStatus(answer, text, call);
}

function explainStatus(answer: Answer, text: string, call: FailedCall): Refusal {
  const { status, retryAfterMs } = answer;
  if (status === 403) {
    return { kind: 'denied', text: `${text}: needs ${call.permission}`, permission: call.permission };
  }
  if (status === 429) {
    return { kind: 'throttled', text, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  }
  if (status >= 500) return { kind: 'unavailable', text, unsure: true };
  return { kind: status === 404 ? 'not-found' : 'invalid', text };
}

function bodyText(answer: Answer): string {
  const { body, status } = answer;
  if (typeof body === 'string' && body.trim() !== '') return body;
  return `status ${status}`;
}

function isBeforeSending(failure: unknown): boolean {
  if (failure instanceof AggregateError) return failure.errors.every((error) => isBeforeSending(error));
  return failure instanceof Error && 'syscall' in failure && BEFORE_SENDING.has(failure.syscall);
}

/** A failed attempt at several addresses has its texts inside, and none of its own. */
function describe(failure: unknown): string {
  if (failure instanceof UnreadableAnswer) return `unreadable answer: ${failure.message}`;
  if (failure instanceof AggregateError) return failure.errors.map((error) => describe(error)).join(', ');
  if (!(failure instanceof Error)) return String(failure);
  return failure.message.replace(/^consul: (?:[\w.]+: )?/, '') || failure.name;
}

function hasFlag(failure: unknown, flag: string): boolean {
  return isRecord(failure) && failure[flag] === true;
}

function toLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > LONGEST_TEXT ? `${line.slice(0, LONGEST_TEXT)}…` : line;
}

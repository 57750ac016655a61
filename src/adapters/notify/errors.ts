import { PortError, type PortErrorKind } from '../../ports/port-error.ts';

/** Whom a POST goes to, as errors tell it. */
export interface Addressee {
  /** `pagerduty`. */
  readonly name: string;
  /** What of a refusal's text may be told: it never holds a secret. */
  readonly tellable: (text: string) => string;
}

/** An answer that is no 2xx. */
export interface Refusal {
  readonly status: number;
  readonly text: string;
  /** The header, '' for none. */
  readonly retryAfter: string;
}

const LONGEST_TEXT = 300;
const MOST_RETRY_AFTER_S = 600;

const CONNECTION_TEXTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  ECONNABORTED: 'connection reset',
  EPIPE: 'connection reset',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'host name cannot be looked up',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'no route to host',
  ETIMEDOUT: 'connection timed out',
};

/** A refused notice. */
export function refused(to: Addressee, { status, text, retryAfter }: Refusal): PortError {
  const kind = kindOfStatus(status);
  const retryAfterMs = kind === 'throttled' ? parseRetryAfter(retryAfter) : undefined;
  const told = oneLine(to.tellable(text));
  return portError(kind, to, {
    text: told === '' ? String(status) : `${status} ${told}`,
    status,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

/** A notice without an answer. Of the error itself nothing is told but its code: it holds address and headers. */
export function brokenDown(
  to: Addressee,
  error: unknown,
  how: { readonly isLate: boolean; readonly isStopped: boolean },
): PortError {
  if (how.isLate) return portError('timeout', to, { text: 'no answer within 5 s', outcomeUnknown: true });
  if (how.isStopped) return portError('cancelled', to, { text: 'stopped', outcomeUnknown: true });
  const code = codeOf(error);
  const text = CONNECTION_TEXTS[code] ?? `connection failed${code === '' ? '' : ` (${code})`}`;
  return portError('unavailable', to, { text, outcomeUnknown: true });
}

function portError(
  kind: PortErrorKind,
  to: Addressee,
  detail: Omit<PortError['detail'], 'service' | 'doing'>,
): PortError {
  return new PortError(kind, { service: 'notifier', doing: `notify ${to.name}`, ...detail });
}

function kindOfStatus(status: number): PortErrorKind {
  if (status === 401 || status === 403) return 'denied';
  if (status === 404 || status === 410) return 'not-found';
  if (status === 408) return 'timeout';
  if (status === 429) return 'throttled';
  return status >= 500 ? 'unavailable' : 'invalid';
}

function codeOf(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z0-9_]{1,40}$/.test(code) ? code : '';
}

function parseRetryAfter(header: string): number | undefined {
  if (!/^\d+$/.test(header)) return undefined;
  return Math.min(Number(header), MOST_RETRY_AFTER_S) * 1_000;
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > LONGEST_TEXT ? `${line.slice(0, LONGEST_TEXT)}…` : line;
}

/** The text without the secret. */
export function without(secret: string, text: string): string {
  return secret === '' ? text : text.replaceAll(secret, '(redacted)');
}

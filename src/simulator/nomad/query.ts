import { Refusal } from '../world/refusal.ts';
import type { FaceRequest } from '../face.ts';

const DEFAULT_WAIT_MS = 300_000;
const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** The parameters that every read understands. */
export interface Query {
  /** 0: answer at once. */
  readonly minIndex: number;
  readonly waitMs: number;
  readonly isStale: boolean;
  readonly prefix: string;
  readonly namespace: string;
}

/** Reads a Go duration; undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  if (!/^[-+]?(?:\d+(?:\.\d*)?(?:ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined;
  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d*)?)(ns|us|µs|ms|s|m|h)/g)) {
    totalMs += Number(amount) * (UNIT_MS[unit ?? ''] ?? 0);
  }
  return text.startsWith('-') ? -totalMs : totalMs;
}

/** Reads the common parameters. Throws a Refusal for a bad index or wait. */
export function readQuery({ query }: FaceRequest): Query {
  const wait = query.get('wait') ?? '';
  const waitMs = wait === '' ? 0 : parseDuration(wait);
  if (waitMs === undefined) throw new Refusal(400, 'Invalid wait time');
  const index = query.get('index') ?? '';
  if (!/^\d*$/.test(index)) throw new Refusal(400, 'Invalid index');
  return {
    minIndex: Number(index),
    waitMs: waitMs <= 0 ? DEFAULT_WAIT_MS : Math.min(waitMs, DEFAULT_WAIT_MS),
    isStale: query.has('stale'),
    prefix: query.get('prefix') ?? '',
    namespace: query.get('namespace') || 'default',
  };
}

/** Reads an optional boolean as Go does. Throws a Refusal for anything else. */
export function readBoolean({ query }: FaceRequest, name: string): boolean | undefined {
  const text = query.get(name) ?? '';
  if (text === '') return undefined;
  if (/^(?:1|t|T|TRUE|true|True)$/.test(text)) return true;
  if (/^(?:0|f|F|FALSE|false|False)$/.test(text)) return false;
  const cause = `strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`;
  throw new Refusal(500, `Failed to parse value of ${JSON.stringify(name)} (${text}) as a bool: ${cause}`);
}

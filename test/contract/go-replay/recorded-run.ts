import { readFileSync } from 'node:fs';

/** One call of the recorded agent. Its answer is known by status, index and length, not by its body. */
export interface RecordedCall {
  /** Seconds since the agent's start. */
  readonly t: number;
  /** `consul`, `nomad`, or a client's own agent, `nomad client 2`. */
  readonly to: string;
  readonly method: string;
  readonly path: string;
  readonly requestBody?: string;
  /** Missing when the caller hung up. */
  readonly status?: number;
  /** How long the answer took. */
  readonly ms: number;
  /** Of the answer as sent. */
  readonly bytes?: number;
  readonly index?: string;
  readonly encoding?: string;
  readonly cut?: boolean;
}

/** Every call of a run, in order. */
export function recordedCalls(run: string): readonly RecordedCall[] {
  const url = new URL(`../../recordings/replicator-go/${run}/requests.json`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8')) as RecordedCall[];
}

/** Whose protocol the call speaks. */
export function serverOf({ to }: Pick<RecordedCall, 'to'>): 'nomad' | 'consul' {
  return to === 'consul' ? 'consul' : 'nomad';
}

/** The path without its query. */
export function pathOf({ path }: Pick<RecordedCall, 'path'>): string {
  return path.split('?')[0] ?? '';
}

/** `GET /v1/job/:id/allocations`: ids, names and keys left out; a lock is told from a plain write. */
export function kindOf({ method, path }: Pick<RecordedCall, 'method' | 'path'>): string {
  const plain = pathOf({ path })
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ':id')
    .replace(/^\/v1\/job\/[^/]+/, '/v1/job/:id')
    .replace(/^\/v1\/kv\/.*/, '/v1/kv/:key');
  const lock = /[?&](acquire|release|raw|keys|recurse)\b/.exec(path)?.[1];
  return `${method} ${plain}${lock === undefined ? '' : ` ${lock}`}`;
}

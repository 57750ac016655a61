import type { FaceResponse } from '../face.ts';
import { metaHeaders, textAnswer } from './answers.ts';
import type { Call } from './call.ts';
import { ConsulRefusal } from './consul-error.ts';
import { parseGoDuration } from './go-duration.ts';
import type { Watch, Watchers } from './watchers.ts';

const DEFAULT_WAIT_MS = 300_000;
const MAX_WAIT_MS = 600_000;
const JITTER_PARTS = 16;
const MAX_UINT64 = (1n << 64n) - 1n;

/** What one look at the state gave: the answer, the index it is of, and what would change it. */
export interface Look {
  readonly index: number;
  readonly watch: Watch;
  readonly answer: FaceResponse;
}

export interface BlockingRead {
  look(): Look;
  readonly watchers: Watchers;
}

/** `?index` and `?wait`: how new an answer must be, and how long it may be waited for. */
export interface ReadOptions {
  readonly minIndex: number;
  readonly waitMs: number;
}

function checkConsistency(query: URLSearchParams): void {
  if (query.has('stale') && query.has('consistent'))
    throw new ConsulRefusal(400, 'Cannot specify ?stale with ?consistent, conflicting semantics.');
  const maxStale = query.get('max_stale') ?? '';
  if (maxStale !== '' && 'fault' in parseGoDuration(maxStale))
    throw new ConsulRefusal(400, `Invalid max_stale value ${JSON.stringify(maxStale)}`);
}

function waitOf(query: URLSearchParams): number {
  const text = query.get('wait') ?? '';
  if (text === '') return DEFAULT_WAIT_MS;
  const wait = parseGoDuration(text);
  if ('fault' in wait) throw new ConsulRefusal(400, 'Invalid wait time');
  return wait.ns <= 0 ? DEFAULT_WAIT_MS : Math.min(wait.ns / 1e6, MAX_WAIT_MS);
}

function indexOf(query: URLSearchParams): number {
  const text = query.get('index') ?? '';
  if (text === '') return 0;
  if (!/^\d+$/.test(text) || BigInt(text) > MAX_UINT64) throw new ConsulRefusal(400, 'Invalid index');
  return Number(text);
}

/** Reads the options of a read; refuses (400) what Consul refuses, in its order. */
export function readOptionsOf({ query }: Call): ReadOptions {
  checkConsistency(query);
  const waitMs = waitOf(query);
  return { waitMs, minIndex: indexOf(query) };
}

const UNREACHED = { knowsLeader: false, lastContactMs: 0 };

/** Reads of sessions and services tell their meta data even when they are refused on the way to the leader. */
export function refusedRead(error: unknown): FaceResponse {
  if (!(error instanceof ConsulRefusal)) throw error;
  return textAnswer(error.status, error.message, metaHeaders(UNREACHED, 0));
}

/**
 * Answers at once without an index or with something newer than it; else when that comes, or with the last look
 * when the wait is over (up to 1/16 late). Rejects when the caller hangs up or the server dies.
 */
export async function readBlocking(
  call: Call,
  options: ReadOptions,
  read: BlockingRead,
): Promise<FaceResponse> {
  const { clock, random } = call.server;
  const lateMs = options.minIndex === 0 ? 0 : (options.waitMs / JITTER_PARTS) * random.next();
  const endMs = clock.monotonicMs() + options.waitMs + lateMs;
  for (;;) {
    const { index, watch, answer } = read.look();
    if (options.minIndex === 0 || Math.max(1, index) > options.minIndex) return answer;
    const restMs = Math.max(0, endMs - clock.monotonicMs());
    const isWoken = await read.watchers.wait(watch, restMs, call.request.signal);
    if (!isWoken) return answer;
  }
}

import type { Answer } from './answer.ts';
import type { Blocking } from './client.ts';

/** How long blocking reads wait; see the options of the adapter. */
export interface ReadOptions {
  readonly waitMs?: number | undefined;
  readonly random?: (() => number) | undefined;
}

const DEFAULT_WAIT_MS = 30_000;
/** Longer than Consul itself looks for a leader (7 s). */
const READ_DEADLINE_MS = 10_000;
/** Consul adds up to a sixteenth of the wait; the rest is for the network. */
const WAIT_MARGIN_MS = 2_000;

/** A read from `index` on, its wait spread by a tenth each way. */
export function toBlocking(index: number, options: ReadOptions): Blocking {
  const { waitMs = DEFAULT_WAIT_MS, random = Math.random } = options;
  const spread = 0.9 + 0.2 * random();
  return { index, waitMs: Math.round(waitMs * spread) };
}

/** What a read is called in metrics, and how long it may take. */
export function limitsOf({ index, waitMs }: Blocking) {
  const blockingMs = waitMs + waitMs / 16 + WAIT_MARGIN_MS;
  return index > 0
    ? ({ kind: 'watch', deadlineMs: Math.ceil(blockingMs) } as const)
    : ({ kind: 'read', deadlineMs: READ_DEADLINE_MS } as const);
}

/** The index for the next read: 0 when it went backwards or makes no sense, so that it answers at once. */
export function nextIndex({ index = 0 }: Answer, asked: number): number {
  return index < asked ? 0 : index;
}

import type { UsageReading } from '../snapshot.ts';

/** A sample's time, and since when (on the agent's own monotonic clock) it has been that one. */
export interface SeenSample {
  readonly stamp: string;
  readonly sinceMs: number;
}

/** The last sample seen of each allocation, by allocation id. */
export type SampleMemory = ReadonlyMap<string, SeenSample>;

/** Remembers this round's samples; allocations that were not asked are forgotten. */
export function rememberSamples(
  memory: SampleMemory,
  readings: ReadonlyMap<string, UsageReading>,
  nowMs: number,
): SampleMemory {
  const next = new Map<string, SeenSample>();
  for (const [id, reading] of readings) {
    const known = memory.get(id);
    if (reading.kind === 'missing') {
      if (known) next.set(id, known);
    } else if (known?.stamp === reading.stamp) next.set(id, known);
    else next.set(id, { stamp: reading.stamp, sinceMs: nowMs });
  }
  return next;
}

/** True when a sample has stood still for `staleAfterMs`: the client no longer measures. */
export function isStale(seen: SeenSample | undefined, nowMs: number, staleAfterMs: number): boolean {
  return seen !== undefined && nowMs - seen.sinceMs >= staleAfterMs;
}

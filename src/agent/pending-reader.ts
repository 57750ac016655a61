import { type EvaluationFacts, type JobRef, jobName, type QueuedGroup } from '../domain/snapshot.ts';
import type { Clock } from '../ports/clock.ts';
import type { Nomad } from '../ports/nomad.ts';

/** Reads why queued allocations wait; all pools share what one has asked. */
export interface PendingReader {
  /** Evaluations of the jobs that have queued allocations. Throws PortError. */
  read(queued: readonly QueuedGroup[], signal: AbortSignal): Promise<readonly EvaluationFacts[]>;
}

/** An answer serves every pool that asks within this time. */
const SHARED_MS = 4_000;

interface Asked {
  readonly atMs: number;
  readonly answer: Promise<readonly EvaluationFacts[]>;
}

/** Starts with nothing asked. */
export function createPendingReader(nomad: Nomad, clock: Clock): PendingReader {
  const asked = new Map<string, Asked>();
  const readJob = (ref: JobRef, signal: AbortSignal): Promise<readonly EvaluationFacts[]> => {
    const key = jobName(ref);
    const nowMs = clock.monotonicMs();
    for (const [name, one] of asked) if (nowMs - one.atMs > SHARED_MS) asked.delete(name);
    const known = asked.get(key);
    if (known) return known.answer;
    const answer = nomad.readRollout(ref, signal).then((rollout) => rollout.evaluations);
    asked.set(key, { atMs: nowMs, answer });
    answer.catch(() => asked.delete(key));
    return answer;
  };
  return {
    read: async (queued, signal) => {
      const jobs = new Map(queued.map((one) => [jobName(one), one]));
      const all = await Promise.all([...jobs.values()].map((job) => readJob(job, signal)));
      return all.flat();
    },
  };
}

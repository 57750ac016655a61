/** A version of a job, and when it was first known here: monotonic milliseconds of the lists' clock. */
export interface SeenVersion {
  readonly modifyIndex: number;
  readonly sinceMs: number;
}

/** Notes a version; of one that is known already the first time stays. */
export function noteVersion(known: SeenVersion | undefined, modifyIndex: number, nowMs: number): SeenVersion {
  return known?.modifyIndex === modifyIndex ? known : { modifyIndex, sinceMs: nowMs };
}

/** True when what is listed may lack what that version brought: it is older, and was not heard of since. */
export function mayLack(
  version: SeenVersion | undefined,
  listed: { readonly index: number; readonly freshMs: number },
): boolean {
  return version !== undefined && listed.index < version.modifyIndex && listed.freshMs <= version.sinceMs;
}

/** Lists that have been heard for so long after a change are believed, whatever the indexes say: Nomad was restored. */
const PATIENCE_MS = 60_000;

/**
 * True when a job as it is known here may be from before our own change of it, although the lists are fresh: jobs are
 * read one by one after them. A cluster whose index is below that change has started over, and knows nothing of it.
 */
export function mayPrecede(
  own: SeenVersion | undefined,
  known: { readonly index: number; readonly clusterIndex: number; readonly freshMs: number },
): boolean {
  if (own === undefined || known.index >= own.modifyIndex) return false;
  const heardForMs = known.freshMs - own.sinceMs;
  return heardForMs <= 0 || (heardForMs <= PATIENCE_MS && known.clusterIndex >= own.modifyIndex);
}

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

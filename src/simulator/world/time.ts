const NS_PER_MS = 1_000_000n;
const NS_PER_S = 1_000_000_000n;

/** A time in nanoseconds, some milliseconds after another. */
export function nsAfter(ns: bigint, ms: number): bigint {
  return ns + BigInt(Math.round(ms)) * NS_PER_MS;
}

/** Milliseconds since the epoch of a time in nanoseconds, rounded down. */
export function msOfNs(ns: bigint): number {
  return Number(ns / NS_PER_MS);
}

/** Nanoseconds since the epoch of a time in milliseconds, with sub-millisecond digits. */
export function nsOfMs(ms: number, digits: number): bigint {
  return BigInt(Math.floor(ms)) * NS_PER_MS + BigInt(digits);
}

/** Milliseconds of a duration in nanoseconds. */
export function msOfDurationNs(ns: number | bigint): number {
  return Number(ns) / 1e6;
}

/** As Go writes a time: RFC 3339 in UTC, nanoseconds without trailing zeros. */
export function rfc3339(ns: bigint): string {
  const seconds = new Date(Number(ns / NS_PER_S) * 1000).toISOString().slice(0, 19);
  const rest = (ns % NS_PER_S).toString().padStart(9, '0').replace(/0+$/, '');
  return rest === '' ? `${seconds}Z` : `${seconds}.${rest}Z`;
}

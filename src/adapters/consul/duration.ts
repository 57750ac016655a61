const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

const PART = /(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/gy;

/** A duration as Go writes it: `12s`, or `1500ms` when it is no whole number of seconds. */
export function toGoDuration(ms: number): string {
  return ms % 1_000 === 0 ? `${ms / 1_000}s` : `${Math.round(ms)}ms`;
}

/** Milliseconds of a Go duration such as `12s` or `1m0.5s`; undefined when it is none. */
export function parseGoDuration(text: string): number | undefined {
  let total = 0;
  let read = 0;
  for (const [part, amount, unit] of text.matchAll(PART)) {
    total += Number(amount) * (UNIT_MS[unit ?? ''] ?? 0);
    read += part.length;
  }
  return read > 0 && read === text.length ? total : undefined;
}

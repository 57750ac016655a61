const UNIT_NS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};
const TERM = /^(\d+\.?\d*|\.\d+)([^\d.]*)/;

/** A duration in nanoseconds, or the words in which Go 1.15 refuses it. */
export type GoDuration = { readonly ns: number } | { readonly fault: string };

function sumOfTerms(digits: string, whole: string): GoDuration {
  let ns = 0;
  for (let rest = digits; rest !== '';) {
    const term = TERM.exec(rest);
    if (term === null) return { fault: `time: invalid duration "${whole}"` };
    const [matched, amount = '', unit = ''] = term;
    if (unit === '') return { fault: `time: missing unit in duration "${whole}"` };
    const unitNs = UNIT_NS[unit];
    if (unitNs === undefined) return { fault: `time: unknown unit "${unit}" in duration "${whole}"` };
    ns += Number(amount) * unitNs;
    rest = rest.slice(matched.length);
  }
  return { ns: Math.trunc(ns) };
}

/** Reads `15s`, `1m30s`, `-1.5h`, `0` as Go does. */
export function parseGoDuration(text: string): GoDuration {
  const isNegative = text.startsWith('-');
  const digits = text.replace(/^[+-]/, '');
  if (digits === '0') return { ns: 0 };
  if (digits === '') return { fault: `time: invalid duration "${text}"` };
  const sum = sumOfTerms(digits, text);
  return 'ns' in sum && isNegative ? { ns: -sum.ns } : sum;
}

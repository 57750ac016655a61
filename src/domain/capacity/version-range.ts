/** True when a version lies in a range; false also where either is not understood. */
export type VersionTest = (version: string) => boolean;

/**
 * A range as constraints write it, `>= 0.6.1, < 2.0` → its test; undefined for one that is not understood. Only
 * plain versions are: a pre-release is never inside.
 */
export function readVersionRange(text: string): VersionTest | undefined {
  const tests = text.split(',').map(readBound);
  if (!tests.every((test) => test !== undefined)) return undefined;
  return (version) => {
    const numbers = readVersion(version);
    return numbers !== undefined && tests.every((test) => test(numbers));
  };
}

type Numbers = readonly number[];

const COMPARISONS: ReadonlyMap<string, (order: number) => boolean> = new Map([
  ['', (order: number) => order === 0],
  ['=', (order: number) => order === 0],
  ['!=', (order: number) => order !== 0],
  ['>', (order: number) => order > 0],
  ['>=', (order: number) => order >= 0],
  ['<', (order: number) => order < 0],
  ['<=', (order: number) => order <= 0],
]);

function readBound(text: string): ((version: Numbers) => boolean) | undefined {
  const [, operator = '', bound = ''] = /^\s*([<>!=]*)\s*(\S+)\s*$/.exec(text) ?? [];
  const numbers = readVersion(bound);
  const holds = COMPARISONS.get(operator);
  if (!numbers || !holds) return undefined;
  return (version) => holds(compare(version, numbers));
}

/** `1.2.3`, `v1.2`, `1.9.0+ent` → its numbers. */
function readVersion(text: string): Numbers | undefined {
  const parts = /^v?(\d+(?:\.\d+)*)(?:\+[\w.-]+)?$/.exec(text.trim());
  return parts?.[1]?.split('.').map(Number);
}

function compare(one: Numbers, other: Numbers): number {
  const length = Math.max(one.length, other.length);
  for (let at = 0; at < length; at += 1) {
    const difference = (one[at] ?? 0) - (other[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

const HASH_START = 0x811c9dc5;

function mix(value: number): number {
  let t = value >>> 0;
  t = Math.imul(t ^ (t >>> 16), 0x45d9f3b5);
  t = Math.imul(t ^ (t >>> 15), 0x2c1b3c6d);
  return (t ^ (t >>> 16)) >>> 0;
}

function hashText(text: string, start: number): number {
  let hash = start;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** A number in [0, 1) that depends on nothing but the parts. */
export function hashUnit(...parts: readonly (string | number)[]): number {
  return mix(hashOf(...parts)) / 2 ** 32;
}

/** A 32-bit number that depends on nothing but the parts. */
export function hashOf(...parts: readonly (string | number)[]): number {
  let hash = HASH_START;
  for (const part of parts) {
    hash = typeof part === 'number' ? mix(hash ^ mix(part | 0) ^ mix(part * 8191)) : hashText(part, hash);
  }
  return hash;
}

/** A seeded generator: the same seed gives the same numbers, ids included. */
export class Random {
  private state: number;

  constructor(seed: number | string) {
    this.state = typeof seed === 'number' ? mix(seed ^ HASH_START) : hashText(seed, HASH_START);
  }

  /** In [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number in [from, to]. */
  int(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  /** A number in the range. */
  between(range: readonly [number, number]): number {
    return range[0] + this.next() * (range[1] - range[0]);
  }

  /** Lower case, 36 characters, as Nomad writes its ids (no version bits). */
  uuid(): string {
    const hex = Array.from({ length: 4 }, () => this.int(0, 0xffffffff).toString(16).padStart(8, '0')).join(
      '',
    );
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }

  /** A generator of its own, so that drawing from one does not move the other. */
  fork(label: string): Random {
    return new Random(hashText(label, this.state));
  }

  /** A new array in random order. */
  shuffled<T>(items: readonly T[]): T[] {
    return items
      .map((item) => ({ item, rank: this.next() }))
      .toSorted((a, b) => a.rank - b.rank)
      .map(({ item }) => item);
  }
}

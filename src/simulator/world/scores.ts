import type { Usage } from './node-usage.ts';
import type { Node } from './types.ts';

const BEST_FIT = 18;

/** Bin-packing: 0 for an empty node, 1 for a full one. */
export function fitScore(node: Node, used: Usage): number {
  const freeCpu = 1 - used.cpuMhz / Math.max(1, node.cpuMhz - node.reservedCpuMhz);
  const freeMemory = 1 - used.memoryMb / Math.max(1, node.memoryMb - node.reservedMemoryMb);
  const score = 20 - (10 ** freeCpu + 10 ** freeMemory);
  return Math.min(BEST_FIT, Math.max(0, score)) / BEST_FIT;
}

/** The mean over bin-packing and every other score that says something. */
export function normalized(scores: Readonly<Record<string, number>>): number {
  const counted = Object.entries(scores).filter(([name, score]) => name === 'binpack' || score !== 0);
  return counted.reduce((sum, [, score]) => sum + score, 0) / counted.length;
}

interface Scored {
  readonly score: number;
}

/** The first of equals wins. */
export function isBetter(candidate: Scored, best: Scored | undefined): boolean {
  return !best || candidate.score > best.score;
}

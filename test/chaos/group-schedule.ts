import type { Random } from '../../src/simulator/random.ts';
import type { Act, GroupFaultKind } from './schedule.ts';

/** Every kind of fault that only a group can have: each seed of a group has each of them. */
export const GROUP_FAULT_KINDS: readonly GroupFaultKind[] = [
  'kill-in-rebalance',
  'terminate-in-rebalance',
  'stop-in-rebalance',
  'partition-in-rebalance',
  'two-leaders',
  'stale-assignment',
  'late-assignment',
  'configure',
];

/** Members that are hit early are back before the faults are over: one that was killed takes longest. */
const LATE: readonly GroupFaultKind[] = ['two-leaders', 'stale-assignment', 'late-assignment', 'configure'];

/** When each of them begins, each once, and once more what is short where there is time for it. */
export function placeGroupFaults(
  random: Random,
  spanMs: number,
): readonly { readonly atMs: number; readonly kind: GroupFaultKind }[] {
  const early = GROUP_FAULT_KINDS.filter((kind) => !LATE.includes(kind));
  const again = spanMs > 60_000 ? random.shuffled(LATE) : [];
  // Each of the four rebalances is followed by something that is no rebalance, but one.
  const hit = random
    .shuffled(early)
    .flatMap((kind, at) => [kind, ...random.shuffled(LATE).slice(at, at + 1)]);
  const missing = LATE.filter((kind) => !hit.includes(kind));
  const kinds = [...hit, ...missing, ...again];
  const slotMs = (spanMs - 6_000) / kinds.length;
  return kinds.map((kind, at) => ({
    kind,
    atMs: Math.round(3_000 + (at + random.next() * 0.6) * slotMs),
  }));
}

/** What of an act depends on its kind. `afterMs` counts from the new assignment. */
export function groupAct(kind: GroupFaultKind, random: Random): Partial<Act> {
  const afterMs = random.int(0, 400);
  switch (kind) {
    case 'kill-in-rebalance':
    case 'terminate-in-rebalance':
      return { afterMs, forMs: random.int(300, 3_000) };
    case 'stop-in-rebalance':
      return { afterMs, forMs: random.next() < 0.5 ? random.int(2_000, 5_000) : random.int(11_000, 16_000) };
    case 'partition-in-rebalance': {
      const isLong = random.next() < 0.6;
      const server = random.next() < 0.8 ? 'consul' : 'nomad';
      return { afterMs, server, forMs: isLong ? random.int(11_000, 18_000) : random.int(2_000, 5_000) };
    }
    case 'two-leaders':
      return { whom: 'leader', server: 'consul', forMs: random.int(3_000, 6_000) };
    case 'late-assignment':
      return { server: 'consul', share: 1, holdMs: [2_000, 4_500], forMs: random.int(5_000, 9_000) };
    case 'stale-assignment':
      return { forMs: 1_000 };
    case 'configure':
      return { forMs: random.int(3_000, 8_000) };
  }
}

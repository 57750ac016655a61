import { patienceMs } from '../../src/agent/group/enter-group.ts';
import { LEASE_TIMINGS } from '../../src/domain/lease.ts';
import type { Post } from './crew.ts';
import { type GroupSight, isSettled } from './group-sight.ts';

/** How the partitions of a member that has ended came to others. */
export interface Handover {
  readonly member: string;
  readonly how: 'killed' | 'stopped';
  readonly partitions: number;
  /** Of the machine's clock, from the signal until others held all of them. */
  readonly tookMs: number;
}

/** A member that has ended, while partitions that it had are not held by others. */
export interface Leaving {
  readonly member: string;
  readonly how: Handover['how'];
  readonly partitions: readonly number[];
  readonly sinceMs: number;
}

/** Follows how partitions pass from member to member. */
export interface GroupWatch {
  /** An agent's process is about to be started or ended. */
  ordered(id: string, post: Post): void;
  look(): void;
  /** The group as it stands in Consul now. */
  sight(): GroupSight;
  leaving(): readonly Leaving[];
  readonly handovers: readonly Handover[];
}

export interface GroupWatchOptions {
  readonly sight: () => GroupSight;
  /** The machine's clock: sessions run on it. */
  readonly nowMs: () => number;
  /** Told what is worth a line. */
  readonly tell: (text: string) => void;
}

/** What a takeover takes at the most, but for one interval. */
export const TAKEOVER_MS = patienceMs(LEASE_TIMINGS) + 1_000;

/** Starts with nothing seen. */
export function watchGroup(options: GroupWatchOptions): GroupWatch {
  const { sight, nowMs, tell } = options;
  const leaving = new Map<string, Leaving>();
  const dying = new Set<string>();
  const handovers: Handover[] = [];
  const told = { shares: '' };
  const settle = (seen: GroupSight, of: Leaving): void => {
    const takers = of.partitions.map((number) => seen.holders[number] ?? '');
    if (takers.some((id) => id === '' || id === of.member)) return;
    leaving.delete(of.member);
    const tookMs = nowMs() - of.sinceMs;
    handovers.push({ member: of.member, how: of.how, partitions: takers.length, tookMs });
    tell(describeHandover(of, takers, tookMs));
  };
  return {
    handovers,
    sight,
    leaving: () => [...leaving.values()],
    ordered: (id, post) => {
      leaving.delete(id);
      dying.delete(id);
      const partitions = sight().members.find((member) => member.id === id)?.partitions ?? [];
      if ((post !== 'killed' && post !== 'stopped') || partitions.length === 0) return;
      leaving.set(id, { member: id, how: post, partitions, sinceMs: nowMs() });
      if (post === 'killed') dying.add(id);
    },
    look: () => {
      const seen = sight();
      for (const one of leaving.values()) {
        if (isDead(seen, one.member) && dying.delete(one.member)) tell(describeDeath(one));
        settle(seen, one);
      }
      if (!isSettled(seen)) return;
      const shares = describeShares(seen);
      if (shares !== told.shares) tell(shares);
      told.shares = shares;
    },
  };
}

function isDead({ members }: GroupSight, id: string): boolean {
  return members.find((member) => member.id === id)?.isAlive !== true;
}

function describeDeath({ member, partitions }: Leaving): string {
  const delayS = LEASE_TIMINGS.lockDelayMs / 1000;
  return `the session of ${member} has ended: nobody can lock its ${describeCount(partitions)} for another ${delayS} s by the clock on the wall`;
}

function describeHandover(of: Leaving, takers: readonly string[], tookMs: number): string {
  const [verb, since] =
    of.how === 'killed' ? ['taken over', 'it was killed'] : ['been handed', 'it was told to stop'];
  const ids = [...new Set(takers)].toSorted();
  const who = `${ids.join(' and ')} ${ids.length === 1 ? 'has' : 'have'}`;
  const what = `the ${describeCount(of.partitions)} of ${of.member}`;
  return `${who} ${verb} ${what}, ${(tookMs / 1000).toFixed(1)} s by the clock on the wall after ${since}`;
}

/** `1 partition`, `6 partitions`. */
function describeCount({ length }: readonly number[]): string {
  return `${length} partition${length === 1 ? '' : 's'}`;
}

function describeShares({ members }: GroupSight): string {
  const shares = members.filter(({ partitions }) => partitions.length > 0);
  const texts = shares.map(({ id, partitions }) => `${id} ${ranges(partitions)} (${partitions.length})`);
  return `partitions: ${texts.join(', ')}`;
}

/** `[0, 1, 2, 5]` → `0-2 5`. */
function ranges(numbers: readonly number[]): string {
  const parts: [number, number][] = [];
  for (const number of numbers) {
    const last = parts.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else parts.push([number, number]);
  }
  return parts.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(' ');
}

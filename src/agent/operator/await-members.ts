import { isAlive, readSeenMembers, type SeenMember } from '../../domain/group/seen-member.ts';
import type { Keys } from '../../domain/keys.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Coordination, StoredEntry } from '../../ports/coordination.ts';
import { isPortError } from '../../ports/port-error.ts';

/** Ids of the members that are alive, by whether they have what was waited for. */
export interface Acknowledgement {
  readonly acknowledged: readonly string[];
  readonly missing: readonly string[];
}

export interface Awaiting {
  readonly group: string;
  readonly withinMs: number;
  readonly has: (member: SeenMember) => boolean;
}

/** What a wait is done with. */
export interface Watch {
  readonly coordination: Coordination;
  readonly clock: Clock;
  readonly keys: Keys;
  readonly signal: AbortSignal;
}

/** The members whose lock is held. */
export function aliveMembers(
  entries: readonly StoredEntry[],
  keys: Keys,
  group: string,
): readonly SeenMember[] {
  return readSeenMembers(entries, keys.members(group)).filter(isAlive);
}

/** Waits until all members that are alive have it, `withinMs` at most. Throws PortError if nothing can be read. */
export async function awaitMembers(watch: Watch, of: Awaiting): Promise<Acknowledgement> {
  const ending = new AbortController();
  const stopTimer = watch.clock.after(of.withinMs, () => ending.abort());
  const signal = AbortSignal.any([watch.signal, ending.signal]);
  try {
    const first = await read(watch, of, { index: 0, signal: watch.signal });
    return await follow({ ...watch, signal }, of, first);
  } finally {
    stopTimer();
  }
}

interface Sight {
  readonly index: number;
  readonly members: readonly SeenMember[];
}

async function read(
  { coordination, keys }: Watch,
  { group }: Awaiting,
  from: { readonly index: number; readonly signal: AbortSignal },
): Promise<Sight> {
  const { entries, index } = await coordination.readTree(keys.groupTree(group), from.index, from.signal);
  return { index, members: aliveMembers(entries, keys, group) };
}

/** A burst of changes is read in parts of this length. */
const SPACING_MS = 100;

async function follow(watch: Watch, of: Awaiting, first: Sight): Promise<Acknowledgement> {
  let sight = first;
  while (!watch.signal.aborted && !sight.members.every(of.has)) {
    try {
      sight = await read(watch, of, { index: sight.index, signal: watch.signal });
      await watch.clock.sleep(SPACING_MS, watch.signal);
    } catch (error) {
      if (watch.signal.aborted) break;
      if (!isPortError(error)) throw error;
      sight = { ...sight, index: 0 };
      await tryRest(watch);
    }
  }
  const ids = (has: boolean): string[] =>
    sight.members.filter((one) => of.has(one) === has).map(({ id }) => id);
  return { acknowledged: ids(true), missing: ids(false) };
}

/** Consul does not answer: it is asked again until the time is over. */
async function tryRest({ clock, signal }: Watch): Promise<void> {
  await clock.sleep(1_000, signal).catch(() => undefined);
}

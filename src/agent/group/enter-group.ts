import { decodeGroupName, encodeGroupName } from '../../domain/group/group-document.ts';
import type { Keys } from '../../domain/keys.ts';
import type { LeaseTimings } from '../../domain/lease.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Coordination, StoredEntry } from '../../ports/coordination.ts';
import { isPortError } from '../../ports/port-error.ts';
import { rest } from '../moment.ts';
import type { Outages } from '../outages.ts';
import type { Store } from '../store.ts';
import type { LockSight } from '../watch-lock.ts';

export interface EntranceOptions {
  readonly coordination: Coordination;
  readonly clock: Clock;
  readonly keys: Keys;
  readonly group: string;
  readonly serviceId: string;
  readonly timings: LeaseTimings;
  readonly outages: Outages;
  readonly store: () => Store;
}

const RETRY_MS = 1_000;

/**
 * Takes the key root for the group; the store knows of it then. Answers why not: it belongs to another. Goes on until
 * Consul answers.
 */
export async function claimKeyRoot(of: EntranceOptions, signal: AbortSignal): Promise<string | undefined> {
  const { coordination, clock, keys, group, outages } = of;
  const doing = `read ${keys.group}`;
  while (!signal.aborted) {
    try {
      const entry = (await coordination.readKey(keys.group, 0, signal)).entries[0];
      const refusal = entry && refusalOf(of, entry);
      if (refusal !== undefined) return refusal;
      const claim = { kind: 'set', key: keys.group, value: encodeGroupName(group), index: 0 } as const;
      if (!entry) await coordination.checkAndSet([claim], signal);
      await of.store().refresh(signal);
      outages.passed('consul', doing);
      return undefined;
    } catch (error) {
      if (isPortError(error, 'conflict')) continue;
      if (!signal.aborted) outages.failed('consul', doing, error);
      await rest(clock, RETRY_MS, signal);
    }
  }
  return undefined;
}

function refusalOf({ keys, group, outages }: EntranceOptions, entry: StoredEntry): string | undefined {
  outages.passed('consul', `read ${keys.group}`);
  const name = decodeGroupName(entry.value);
  if (!name.ok) return `${keys.group}: ${name.fault}; mend or delete it`;
  if (name.value === group) return undefined;
  return `group: the key root ${keys.root} belongs to the group ${name.value}, not to ${group}; join that, or choose another consul_key_root`;
}

/**
 * Waits until nobody holds the member's lock, for as long as a killed one with the same id keeps it closed. Answers
 * why not: another agent has the id.
 */
export async function awaitOwnLock(of: EntranceOptions, signal: AbortSignal): Promise<string | undefined> {
  const { clock, coordination, keys, group, serviceId, outages } = of;
  const lockKey = keys.member(group, serviceId);
  const untilMs = clock.monotonicMs() + patienceMs(of.timings);
  while (!signal.aborted) {
    try {
      const sight = await readLock(coordination, lockKey, signal);
      outages.passed('consul', `read ${lockKey}`);
      if (sight.session === '') return undefined;
      if (clock.monotonicMs() >= untilMs) return inUse(of);
    } catch (error) {
      if (!signal.aborted) outages.failed('consul', `read ${lockKey}`, error);
    }
    await rest(clock, RETRY_MS, signal);
  }
  return undefined;
}

async function readLock(coordination: Coordination, key: string, signal: AbortSignal): Promise<LockSight> {
  const { entries, index } = await coordination.readKey(key, 0, signal);
  return { session: entries[0]?.session ?? '', index };
}

/** How long a lock may stay closed after its holder was killed. */
export function patienceMs({ ttlMs, lockDelayMs }: LeaseTimings): number {
  return 2 * ttlMs + lockDelayMs;
}

/** What is told an agent whose id another one has. */
export function inUse({ group, serviceId }: Pick<EntranceOptions, 'group' | 'serviceId'>): string {
  return `service_id: another agent of the group ${group} is called ${serviceId}; give each one its own`;
}

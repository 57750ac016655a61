import { onTestFinished } from 'vitest';
import { followStore, type Store } from '../../src/agent/store.ts';
import { beginTerm, type Term } from '../../src/agent/term.ts';
import { keysBelow } from '../../src/domain/keys.ts';
import { drive } from '../support/virtual-agent.ts';
import { never, openRoom, type Room } from './consul-room.ts';

/** Below `replicator/config`. */
export const keys = keysBelow('replicator/config');

/** A process's copy of the key root, and the lock. */
export interface StoreRig extends Room {
  readonly store: Store;
  readonly term: Term;
  readonly changes: { count: number };
  text(key: string): string | undefined;
  drive<T>(promise: Promise<T>): Promise<T>;
}

/** A store that has read the key root, and a term that holds the lock. */
export async function startStore(before: (room: Room) => void = () => undefined): Promise<StoreRig> {
  const room = openRoom();
  before(room);
  const { clock, coordination, outages } = room;
  const changes = { count: 0 };
  const spec = { name: 'test', ttlMs: 600_000, lockDelayMs: 15_000 };
  const session = await drive(clock, coordination.openSession(spec, never));
  await drive(clock, coordination.acquireLock(keys.leader, session, never));
  const changed = (): void => void (changes.count += 1);
  const store = followStore({ coordination, clock, keys, outages, changed });
  onTestFinished(() => store.stop());
  const partition = { number: 0, lockKey: keys.leader };
  const term = beginTerm({ partition, session, lockIndex: 0, leaseLeftMs: () => 10_000 });
  await clock.advance(1_000);
  return {
    ...room,
    store,
    term,
    changes,
    text: (key) => store.get(key)?.value,
    drive: (promise) => drive(clock, promise),
  };
}

/** A change that sets a key; index 0: it must not exist. */
export const set = (key: string, value: string, index = 0) => ({ kind: 'set', key, value, index }) as const;

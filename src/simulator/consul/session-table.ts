import { ConsulRefusal } from './consul-error.ts';
import type { ConsulSession } from './records.ts';
import { guardOf, lowerBound } from './radix.ts';
import type { SortedKeys } from './radix.ts';
import type { Watch } from './watchers.ts';

const UUID_LENGTH = 36;
const DASHES = [8, 13, 18, 23];

/** The id as the table knows it; refuses (500) what is no UUID. Case does not matter to a look-up. */
export function sessionKey(id: string): string {
  const failed = 'failed session lookup: index error:';
  if (id.length !== UUID_LENGTH) throw new ConsulRefusal(500, `${failed} UUID must be 36 characters`);
  const digits = id.split('').filter((character, at) => character !== '-' || !DASHES.includes(at));
  const bad = digits.find((character) => !/[0-9a-fA-F]/.test(character));
  if (bad === undefined) return id.toLowerCase();
  const point = bad.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  throw new ConsulRefusal(500, `${failed} Invalid UUID: encoding/hex: invalid byte: U+${point} '${bad}'`);
}

function bytesOf(id: string): string {
  return Buffer.from(id.replaceAll('-', ''), 'hex').toString('latin1');
}

/** The sessions by id, and the index that reads of them answer with. */
export class SessionTable {
  readonly #sessions = new Map<string, ConsulSession>();
  #keys: string[] = [];
  #index = 0;

  get keys(): SortedKeys {
    return this.#keys;
  }

  get index(): number {
    return this.#index;
  }

  has(id: string): boolean {
    return this.#sessions.has(id.toLowerCase());
  }

  /** Refuses (500) an id that is no UUID. */
  get(id: string): ConsulSession | undefined {
    return this.#sessions.get(sessionKey(id));
  }

  list(): readonly ConsulSession[] {
    return [...this.#sessions.values()].toSorted((left, right) => (left.id < right.id ? -1 : 1));
  }

  /** The key that waiting readers know the session by. */
  add(session: ConsulSession): string {
    const key = bytesOf(session.id);
    this.#sessions.set(session.id, session);
    this.#keys.splice(lowerBound(this.#keys, key), 0, key);
    this.#index = session.createIndex;
    return key;
  }

  remove(session: ConsulSession, index: number): string {
    const key = bytesOf(session.id);
    this.#sessions.delete(session.id);
    this.#keys.splice(lowerBound(this.#keys, key), 1);
    this.#index = index;
    return key;
  }

  watchOf(id: string): Watch {
    const key = bytesOf(sessionKey(id));
    return this.#sessions.has(sessionKey(id)) ? { key } : { guard: guardOf(this.#keys, key) };
  }
}

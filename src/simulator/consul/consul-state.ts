import type { Clock } from '../../ports/clock.ts';
import { CatalogTable } from './catalog-table.ts';
import { ConsulRefusal } from './consul-error.ts';
import { KvTable } from './kv-table.ts';
import { storeEntry } from './kv-operations.ts';
import type { LocalService } from './local-agent.ts';
import { LockDelays } from './lock-delays.ts';
import { type ConsulSession, NODE_CHECK, sessionChecks } from './records.ts';
import { SessionTable } from './session-table.ts';
import { Watchers } from './watchers.ts';

const FIRST_INDEX = 12;
const TTL_MULTIPLIER = 2;
const TOMBSTONE_MS = 15 * 60_000;

/** What the leader keeps: the raft index, the tables, who waits on them, TTL timers, lock-delays, tombstone reaping. */
export class ConsulState {
  readonly kv = new KvTable();
  readonly sessions = new SessionTable();
  readonly catalog = new CatalogTable();
  readonly lockDelays: LockDelays;
  readonly kvWatchers: Watchers;
  readonly sessionWatchers: Watchers;
  /** By the name of a service, in lower case. */
  readonly catalogWatchers: Watchers;
  readonly #clock: Clock;
  readonly #ttlTimers = new Map<string, () => void>();
  #cancelReaping: (() => void) | undefined;
  #index = FIRST_INDEX;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.lockDelays = new LockDelays(clock);
    this.kvWatchers = new Watchers(clock);
    this.sessionWatchers = new Watchers(clock);
    this.catalogWatchers = new Watchers(clock);
  }

  /** One raft entry: an index is used up even when `change` throws, which then leaves no trace. */
  apply<T>(change: (index: number) => T): T {
    this.#index += 1;
    try {
      const result = change(this.#index);
      this.#commit();
      return result;
    } catch (error) {
      this.kv.rollback();
      throw error;
    }
  }

  /** Adds a session in a raft entry of its own caller and starts its TTL. */
  addSession(session: ConsulSession): void {
    const key = this.sessions.add(session);
    this.startTtl(session);
    this.sessionWatchers.notify({ written: [key], removed: [] }, this.sessions.keys);
  }

  /** Ends a session: its keys are released or deleted, and closed for its lock-delay. */
  endSession(session: ConsulSession): void {
    this.apply((index) => this.#end(session, index));
  }

  /** Takes a service over from the agent, or its absence; ends the sessions whose check is critical or gone. */
  syncService(id: string, service: LocalService | undefined): void {
    const name = (service?.wish.name ?? this.catalog.get(id)?.name ?? '').toLowerCase();
    const isChanged = this.apply((index) => {
      const changed = service ? this.catalog.put(service, index) : this.catalog.remove(id, index);
      for (const session of this.sessions.list()) if (this.#isBroken(session)) this.#end(session, index);
      return changed;
    });
    if (isChanged) this.catalogWatchers.notify({ written: [name], removed: [] }, []);
  }

  #isBroken(session: ConsulSession): boolean {
    const statuses = sessionChecks(session).filter((check) => check !== NODE_CHECK);
    return statuses.some((check) => (this.catalog.statusOf(check) ?? 'critical') === 'critical');
  }

  #end(session: ConsulSession, index: number): void {
    this.stopTtl(session.id);
    const key = this.sessions.remove(session, index);
    for (const entry of this.kv.heldBy(session.id)) {
      if (session.behavior === 'delete') this.kv.remove(entry.key, index);
      else storeEntry(this.kv, { ...entry, session: '' }, index);
      this.lockDelays.begin(entry.key, session.lockDelayNs / 1e6);
    }
    this.sessionWatchers.notify({ written: [], removed: [key] }, this.sessions.keys);
  }

  /** Starts the TTL afresh: the session ends two TTLs from now unless it is renewed. */
  startTtl(session: ConsulSession): void {
    this.stopTtl(session.id);
    if (session.ttlMs <= 0) return;
    const end = (): void => this.endSession(session);
    this.#ttlTimers.set(session.id, this.#clock.after(TTL_MULTIPLIER * session.ttlMs, end));
  }

  stopTtl(id: string): void {
    this.#ttlTimers.get(id)?.();
    this.#ttlTimers.delete(id);
  }

  /** Stops every timer and cuts off every waiting read: this state is given up. */
  stop(): void {
    for (const session of this.sessions.list()) this.stopTtl(session.id);
    this.#cancelReaping?.();
    const lost = new ConsulRefusal(500, 'rpc error making call: EOF');
    this.kvWatchers.cut(lost);
    this.sessionWatchers.cut(lost);
    this.catalogWatchers.cut(lost);
  }

  #commit(): void {
    const touched = this.kv.commit();
    if (touched.written.length + touched.removed.length > 0) this.kvWatchers.notify(touched, this.kv.keys);
    if (touched.removed.length > 0) this.#planReaping();
  }

  #planReaping(): void {
    if (this.#cancelReaping !== undefined) return;
    const upTo = this.#index;
    this.#cancelReaping = this.#clock.after(TOMBSTONE_MS, () => {
      this.#cancelReaping = undefined;
      if (this.apply(() => this.kv.reap(upTo)) > 0) this.#planReaping();
    });
  }
}

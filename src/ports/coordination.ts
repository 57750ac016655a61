import type { WritePermit } from './write-permit.ts';

/** How a session is made. Source: the replicator specification, leadership. */
export interface SessionSpec {
  readonly name: string;
  readonly ttlMs: number;
  readonly lockDelayMs: number;
  /** Id of a member's service: the session ends with its TTL check, as every session does with its node's. */
  readonly check?: string | undefined;
}

/** One key as read. `index` is Consul's ModifyIndex; `session` names the lock's holder, '' for none. */
export interface StoredEntry {
  readonly key: string;
  readonly value: string;
  readonly index: number;
  readonly session: string;
}

/** What a blocking read saw. `index` is handed back to the next one; 0 asks for an answer at once. */
export interface TreeRead {
  readonly entries: readonly StoredEntry[];
  readonly index: number;
}

/** A change of one key under check-and-set: `index` is what was read, 0 for a key that must not exist. */
export type StoreChange =
  | { readonly kind: 'set'; readonly key: string; readonly value: string; readonly index: number }
  | { readonly kind: 'delete'; readonly key: string; readonly index: number };

/** What must still hold for a write to be made: the lock is ours and these keys are as last read. */
export interface Fence {
  readonly lockKey: string;
  readonly session: string;
  /** Keys that must not have changed; index 0 means that the key must not exist. */
  readonly unchanged: readonly { readonly key: string; readonly index: number }[];
}

/**
 * Sessions, locks, fenced writes and blocking reads. Every method throws PortError only: `denied` names
 * the missing ACL rule, `conflict` is `session-gone` or `fence`. Reads may be tried again by the caller.
 */
export interface Coordination {
  /**
   * Makes a session (behaviour release). Answers its id. `unavailable` while the check is critical, or has not come
   * from the Consul agent to its servers yet: to be tried again.
   */
  openSession(spec: SessionSpec, signal: AbortSignal): Promise<string>;
  /** Renews; answers the TTL the server states, milliseconds. `conflict`/`session-gone` when it is dead. */
  renewSession(session: string, signal: AbortSignal): Promise<number>;
  /** Destroys a session; one that is gone already is no error. Its locks fall under lock-delay. */
  closeSession(session: string, signal: AbortSignal): Promise<void>;
  /** The name of the Consul node that a session belongs to; undefined when there is no such session. */
  readSession(session: string, signal: AbortSignal): Promise<string | undefined>;
  /** The version of the Consul agent that is asked, `1.8.7`. */
  readVersion(signal: AbortSignal): Promise<string>;
  /** Asks for a lock once. False: held by another, or closed by lock-delay. */
  acquireLock(key: string, session: string, signal: AbortSignal): Promise<boolean>;
  /** Gives a lock back, without lock-delay. Not ours any more is no error. */
  releaseLock(key: string, session: string, signal: AbortSignal): Promise<void>;
  /** One key; blocks until it changes or about `waitMs` have passed when `index` > 0. */
  readKey(key: string, index: number, signal: AbortSignal): Promise<TreeRead>;
  /** All keys below a prefix; blocks likewise. */
  readTree(prefix: string, index: number, signal: AbortSignal): Promise<TreeRead>;
  /**
   * Makes all changes in one transaction under the fence, or none (`conflict`, detail `fence`).
   * Answers the new index of each key set. One attempt, 5 s deadline.
   */
  write(
    fence: Fence,
    changes: readonly StoreChange[],
    permit: WritePermit,
  ): Promise<ReadonlyMap<string, number>>;
  /**
   * The same without a lock, for what an operator commands: each key must be as it was read, and those of `unchanged`
   * as well (`conflict`, detail `fence`). Agents write under their lock only.
   */
  checkAndSet(
    changes: readonly StoreChange[],
    signal: AbortSignal,
    unchanged?: Fence['unchanged'],
  ): Promise<ReadonlyMap<string, number>>;
}

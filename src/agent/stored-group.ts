import { decodeFlag } from '../domain/flag-document.ts';
import type { GroupOperation } from '../domain/group-operation.ts';
import type { Keys } from '../domain/keys.ts';
import { decodeGroupOperation, encodeGroupOperation } from '../domain/operation-document.ts';
import { initialState, type ScalingState } from '../domain/scaling-state.ts';
import type { GroupRef } from '../domain/snapshot.ts';
import { decodeState, encodeState, isSameState } from '../domain/state-document.ts';
import type { StoreChange, StoredEntry } from '../ports/coordination.ts';
import type { SeenKey, Store } from './store.ts';

/** What KV holds of a group. Index 0: the key does not exist. */
export interface StoredGroup {
  readonly ref: GroupRef;
  readonly state: ScalingState;
  readonly stateIndex: number;
  readonly operation: GroupOperation | undefined;
  readonly operationIndex: number;
  /** Failsafe of the group or of everything. */
  readonly failsafe: boolean;
  readonly paused: boolean;
  /** State and flags as they were read: what an intent is fenced by. */
  readonly seen: readonly SeenKey[];
}

export type StoredReading =
  | { readonly ok: true; readonly stored: StoredGroup }
  | { readonly ok: false; readonly key: string; readonly fault: string };

const readState = remembered((entry) => decodeState(entry.value));
const readOperationEntry = remembered((entry) => decodeGroupOperation(entry.value));

/** Entries never change, they are replaced: what one says is read once. */
function remembered<T>(read: (entry: StoredEntry) => T): (entry: StoredEntry) => T {
  const known = new WeakMap<StoredEntry, T>();
  return (entry) => {
    const reading = known.get(entry) ?? read(entry);
    known.set(entry, reading);
    return reading;
  };
}

/** Reads a group's state, operation and the global flags from the store's copy. */
export function readStored(store: Store, keys: Keys, ref: GroupRef): StoredReading {
  const stateKey = keys.groupState(ref);
  const stateEntry = store.get(stateKey);
  const state = stateEntry && readState(stateEntry);
  if (state?.ok === false) return { ok: false, key: stateKey, fault: state.fault };
  const operation = readOperation(store, keys.groupOperation(ref), ref);
  if (!operation.ok) return { ok: false, key: keys.groupOperation(ref), fault: operation.fault };
  const known = state?.state ?? initialState({ name: ref.group, type: 'job_group', path: stateKey });
  return {
    ok: true,
    stored: {
      ref,
      state: known,
      stateIndex: stateEntry?.index ?? 0,
      operation: operation.operation,
      operationIndex: operation.index,
      failsafe: known.failsafeMode || isSet(store, keys.failsafe),
      paused: isSet(store, keys.paused),
      seen: [keys.failsafe, keys.paused, stateKey].map((key) => ({ key, index: indexOf(store, key) })),
    },
  };
}

type OperationRead =
  | { readonly ok: true; readonly operation: GroupOperation | undefined; readonly index: number }
  | { readonly ok: false; readonly fault: string };

function readOperation(store: Store, key: string, ref: GroupRef): OperationRead {
  const entry = store.get(key);
  if (!entry) return { ok: true, operation: undefined, index: 0 };
  const reading = readOperationEntry(entry);
  if (!reading.ok) return reading;
  if (!isOf(reading.operation, ref)) return { ok: false, fault: 'it is the operation of another group' };
  return { ok: true, operation: reading.operation, index: entry.index };
}

function isSet(store: Store, key: string): boolean {
  return decodeFlag(store.get(key)?.value).set;
}

function indexOf(store: Store, key: string): number {
  return store.get(key)?.index ?? 0;
}

function isOf(operation: GroupOperation, ref: GroupRef): boolean {
  const isSameJob = operation.namespace === ref.namespace && operation.jobId === ref.jobId;
  return isSameJob && operation.group === ref.group;
}

/** The change that stores a state: none when nothing but `last_updated` would differ. */
export function stateChange(
  stored: StoredGroup,
  next: ScalingState,
  at: { readonly key: string; readonly nowMs: number },
): StoreChange[] {
  if (stored.stateIndex > 0 && isSameState(stored.state, next)) return [];
  return [{ kind: 'set', key: at.key, value: encodeState(next, at.nowMs), index: stored.stateIndex }];
}

/** The change that stores, or with undefined deletes, the operation. */
export function operationChange(
  keys: Keys,
  stored: StoredGroup,
  next: GroupOperation | undefined,
): StoreChange[] {
  const key = keys.groupOperation(stored.ref);
  const index = stored.operationIndex;
  if (next) return [{ kind: 'set', key, value: encodeGroupOperation(next), index }];
  return index > 0 ? [{ kind: 'delete', key, index }] : [];
}

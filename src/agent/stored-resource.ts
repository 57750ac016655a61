import { decodeFlag } from '../domain/flag-document.ts';
import type { Keys } from '../domain/keys.ts';
import type { ScalingState } from '../domain/scaling-state.ts';
import { decodeState, encodeState, isSameState } from '../domain/state-document.ts';
import type { StoreChange, StoredEntry } from '../ports/coordination.ts';
import type { SeenKey, Store } from './store.ts';

/** What KV holds of a resource: a task group or a worker pool. Index 0: the key does not exist. */
export interface StoredResource<Operation> {
  readonly stateKey: string;
  readonly state: ScalingState;
  readonly stateIndex: number;
  readonly operationKey: string;
  readonly operation: Operation | undefined;
  readonly operationIndex: number;
  /** Failsafe of the resource or of everything. */
  readonly failsafe: boolean;
  readonly paused: boolean;
  /** State and flags as they were read: what an intent is fenced by. */
  readonly seen: readonly SeenKey[];
}

export type ResourceReading<Operation> =
  | { readonly ok: true; readonly stored: StoredResource<Operation> }
  | { readonly ok: false; readonly key: string; readonly fault: string };

/** An operation's text, read. */
export type OperationReading<Operation> =
  { readonly ok: true; readonly operation: Operation } | { readonly ok: false; readonly fault: string };

/** How one kind of resource is kept. */
export interface ResourceKind<Operation> {
  readonly stateKey: string;
  readonly operationKey: string;
  /** The state of a resource that was never scaled. */
  readonly initial: () => ScalingState;
  readonly readOperation: (entry: StoredEntry) => OperationReading<Operation>;
}

const readState = remembered((entry) => decodeState(entry.value));

/** Entries never change, they are replaced: what one says is read once. */
export function remembered<T>(read: (entry: StoredEntry) => T): (entry: StoredEntry) => T {
  const known = new WeakMap<StoredEntry, T>();
  return (entry) => {
    const reading = known.get(entry) ?? read(entry);
    known.set(entry, reading);
    return reading;
  };
}

/** Reads a resource's state, operation and the global flags from the store's copy. */
export function readResource<Operation>(
  store: Store,
  keys: Keys,
  kind: ResourceKind<Operation>,
): ResourceReading<Operation> {
  const { stateKey, operationKey } = kind;
  const stateEntry = store.get(stateKey);
  const state = stateEntry && readState(stateEntry);
  if (state?.ok === false) return { ok: false, key: stateKey, fault: state.fault };
  const operationEntry = store.get(operationKey);
  const operation = operationEntry && kind.readOperation(operationEntry);
  if (operation?.ok === false) return { ok: false, key: operationKey, fault: operation.fault };
  const known = state?.state ?? kind.initial();
  const flags = readFlags(store, keys);
  return {
    ok: true,
    stored: {
      stateKey,
      state: known,
      stateIndex: stateEntry?.index ?? 0,
      operationKey,
      operation: operation?.operation,
      operationIndex: operationEntry?.index ?? 0,
      failsafe: known.failsafeMode || flags.failsafe,
      paused: flags.paused,
      seen: [keys.failsafe, keys.paused, stateKey].map((key) => ({ key, index: store.get(key)?.index ?? 0 })),
    },
  };
}

/** The flags for everything. */
export function readFlags(store: Store, keys: Keys): Pick<StoredResource<unknown>, 'failsafe' | 'paused'> {
  const isSet = (key: string): boolean => decodeFlag(store.get(key)?.value).set;
  return { failsafe: isSet(keys.failsafe), paused: isSet(keys.paused) };
}

/** The change that stores a state: none when nothing but `last_updated` would differ. */
export function stateChange(
  stored: Pick<StoredResource<unknown>, 'stateKey' | 'state' | 'stateIndex'>,
  next: ScalingState,
  nowMs: number,
): StoreChange[] {
  if (stored.stateIndex > 0 && isSameState(stored.state, next)) return [];
  return [{ kind: 'set', key: stored.stateKey, value: encodeState(next, nowMs), index: stored.stateIndex }];
}

/** The change that stores an operation's text, or with undefined deletes it. */
export function operationChange(
  stored: Pick<StoredResource<unknown>, 'operationKey' | 'operationIndex'>,
  text: string | undefined,
): StoreChange[] {
  const { operationKey: key, operationIndex: index } = stored;
  if (text !== undefined) return [{ kind: 'set', key, value: text, index }];
  return index > 0 ? [{ kind: 'delete', key, index }] : [];
}

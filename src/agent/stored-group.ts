import type { GroupOperation } from '../domain/group-operation.ts';
import type { Keys } from '../domain/keys.ts';
import { decodeGroupOperation, encodeGroupOperation } from '../domain/operation-document.ts';
import { initialState } from '../domain/scaling-state.ts';
import type { GroupRef } from '../domain/snapshot.ts';
import type { StoreChange } from '../ports/coordination.ts';
import type { Store } from './store.ts';
import {
  operationChange,
  type OperationReading,
  readResource,
  remembered,
  type StoredResource,
} from './stored-resource.ts';

/** What KV holds of a task group. */
export interface StoredGroup extends StoredResource<GroupOperation> {
  readonly ref: GroupRef;
}

export type StoredReading =
  | { readonly ok: true; readonly stored: StoredGroup }
  | { readonly ok: false; readonly key: string; readonly fault: string };

const readEntry = remembered((entry) => decodeGroupOperation(entry.value));

/** Reads a group's state, operation and the global flags from the store's copy. */
export function readStored(store: Store, keys: Keys, ref: GroupRef): StoredReading {
  const stateKey = keys.groupState(ref);
  const reading = readResource(store, keys, {
    stateKey,
    operationKey: keys.groupOperation(ref),
    initial: () => initialState({ name: ref.group, type: 'job_group', path: stateKey }),
    readOperation: (entry) => ofGroup(readEntry(entry), ref),
  });
  return reading.ok ? { ok: true, stored: { ...reading.stored, ref } } : reading;
}

function ofGroup(reading: OperationReading<GroupOperation>, ref: GroupRef): OperationReading<GroupOperation> {
  if (!reading.ok) return reading;
  const { namespace, jobId, group } = reading.operation;
  if (namespace === ref.namespace && jobId === ref.jobId && group === ref.group) return reading;
  return { ok: false, fault: 'it is the operation of another group' };
}

/** The change that stores, or with undefined deletes, a group's operation. */
export function groupOperationChange(stored: StoredGroup, next: GroupOperation | undefined): StoreChange[] {
  return operationChange(stored, next && encodeGroupOperation(next));
}

/** True when KV holds this operation just as it is here: an earlier write of it, its answer lost, has not moved it on. */
export function isStoredAs({ operation }: StoredGroup, known: GroupOperation): boolean {
  return operation !== undefined && encodeGroupOperation(operation) === encodeGroupOperation(known);
}

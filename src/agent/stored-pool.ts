import type { Keys } from '../domain/keys.ts';
import type { PoolOperation } from '../domain/pool-operation.ts';
import { decodePoolOperation, encodePoolOperation } from '../domain/pool-operation-document.ts';
import { initialState } from '../domain/scaling-state.ts';
import type { StoreChange } from '../ports/coordination.ts';
import type { Store } from './store.ts';
import {
  operationChange,
  type OperationReading,
  readResource,
  remembered,
  type StoredResource,
} from './stored-resource.ts';

/** What KV holds of a worker pool. */
export interface StoredPool extends StoredResource<PoolOperation> {
  readonly pool: string;
}

export type StoredPoolReading =
  | { readonly ok: true; readonly stored: StoredPool }
  | { readonly ok: false; readonly key: string; readonly fault: string };

const readEntry = remembered((entry) => decodePoolOperation(entry.value));

/** Reads a pool's state, operation and the global flags from the store's copy. */
export function readStoredPool(store: Store, keys: Keys, pool: string): StoredPoolReading {
  const stateKey = keys.poolState(pool);
  const reading = readResource(store, keys, {
    stateKey,
    operationKey: keys.poolOperation(pool),
    initial: () => initialState({ name: pool, type: 'worker_pool', path: stateKey }),
    readOperation: (entry) => ofPool(readEntry(entry), pool),
  });
  return reading.ok ? { ok: true, stored: { ...reading.stored, pool } } : reading;
}

function ofPool(reading: OperationReading<PoolOperation>, pool: string): OperationReading<PoolOperation> {
  if (!reading.ok || reading.operation.pool === pool) return reading;
  return { ok: false, fault: 'it is the operation of another pool' };
}

/** The change that stores, or with undefined deletes, a pool's operation. */
export function poolOperationChange(stored: StoredPool, next: PoolOperation | undefined): StoreChange[] {
  return operationChange(stored, next && encodePoolOperation(next));
}

/** True when KV holds this operation just as it is here: an earlier write of it, its answer lost, has not moved it on. */
export function isStoredAs({ operation }: StoredPool, known: PoolOperation): boolean {
  return operation !== undefined && encodePoolOperation(operation) === encodePoolOperation(known);
}

import type { Fence, StoreChange } from '../../ports/coordination.ts';
import { parseFaults, parseResults, type Answer } from './answer.ts';
import type { KvOperation } from './client.ts';
import type { Refusal } from './errors.ts';

const MOST_OPERATIONS = 64;
/** Consul's default for the body of a transaction. Beyond it, it may hang up before its 413 is read. */
const LARGEST_BYTES = 524_288;

/** Why Consul would refuse a transaction for its size alone; undefined when it would not. */
export function findExcess(operations: readonly KvOperation[]): string | undefined {
  const count = operations.length;
  if (count > MOST_OPERATIONS) return `${count} operations, a transaction holds ${MOST_OPERATIONS}`;
  const bytes = Buffer.byteLength(JSON.stringify(operations));
  return bytes > LARGEST_BYTES ? `${bytes} bytes, a transaction holds ${LARGEST_BYTES}` : undefined;
}

/** The checks of a fence, to stand before the changes: Consul makes all operations or none. */
export function toChecks(fence: Fence): readonly KvOperation[] {
  return [
    { Verb: 'check-session', Key: fence.lockKey, Session: fence.session },
    ...toUnchanged(fence.unchanged),
  ];
}

/** The checks of keys that must be as they were read. */
export function toUnchanged(keys: Fence['unchanged']): readonly KvOperation[] {
  return keys.map(({ key, index }) => toCheck(key, index));
}

/** The changes, each of them a check-and-set. */
export function toWrites(changes: readonly StoreChange[]): readonly KvOperation[] {
  return changes.map((change) => toWrite(change));
}

/** The new index of each key that was set. A check of the same key answers before its write does. */
export function readIndexes(answer: Answer, changes: readonly StoreChange[]): ReadonlyMap<string, number> {
  const set = new Set(changes.filter((change) => change.kind === 'set').map((change) => change.key));
  const indexes = new Map<string, number>();
  for (const { key, index } of parseResults(answer)) {
    if (set.has(key)) indexes.set(key, index);
  }
  return indexes;
}

/** What a 409 means: missing rights hide among its errors, and verbs that an old Consul does not know. */
export function explainConflict(answer: Answer, operations: readonly KvOperation[]): Refusal {
  const faults = parseFaults(answer).map(({ operation, what }) => ({
    operation: operations[operation],
    what,
  }));
  const text = faults.map((fault) => describeFault(fault)).join('; ') || 'the transaction was refused';
  const denied = faults.find((fault) => fault.what.includes('Permission denied'));
  if (denied !== undefined) {
    const permission = neededPermission(denied.operation);
    return { kind: 'denied', text: `${text}: needs ${permission}`, permission };
  }
  if (faults.some((fault) => fault.what.startsWith('unknown KV verb'))) return { kind: 'invalid', text };
  return { kind: 'conflict', conflict: 'fence', text };
}

function toCheck(key: string, index: number): KvOperation {
  return index === 0
    ? { Verb: 'check-not-exists', Key: key }
    : { Verb: 'check-index', Key: key, Index: index };
}

function toWrite(change: StoreChange): KvOperation {
  if (change.kind === 'delete') return { Verb: 'delete-cas', Key: change.key, Index: change.index };
  const value = Buffer.from(change.value, 'utf8').toString('base64');
  return { Verb: 'cas', Key: change.key, Value: value, Index: change.index };
}

function describeFault(fault: { operation: KvOperation | undefined; what: string }): string {
  const { operation, what } = fault;
  return operation === undefined ? what : `${operation.Verb} ${operation.Key}: ${what}`;
}

function neededPermission(operation: KvOperation | undefined): string {
  if (operation === undefined) return 'key:write';
  const writes = operation.Verb === 'cas' || operation.Verb === 'delete-cas';
  return `key:${writes ? 'write' : 'read'} ${operation.Key}`;
}

import type { Coordination, StoreChange } from '../../ports/coordination.ts';
import { PortError } from '../../ports/port-error.ts';
import { WRITE_DEADLINE_MS, type WritePermit } from '../../ports/write-permit.ts';
import type { Answer } from './answer.ts';
import type { Call, Calls } from './calls.ts';
import type { Attempt, KvOperation } from './client.ts';
import type { Connections, WriteConnection } from './connections.ts';
import { toRefusal } from './errors.ts';
import { explainConflict, findExcess, readIndexes, toChecks, toUnchanged, toWrites } from './transaction.ts';

type Writes = Pick<Coordination, 'write' | 'checkAndSet'>;

/** Writes: one transaction, one attempt; under a lock, its right checked where its first byte goes out. */
export function createWrites(calls: Calls, connections: Pick<Connections, 'openWrite'>): Writes {
  return {
    write: (fence, changes, permit) => {
      const doing = `write ${describe(changes)} under the lock ${fence.lockKey}`;
      const operations = [...toChecks(fence), ...toWrites(changes)];
      return transact(calls, connections, { doing, operations, changes, permit });
    },
    checkAndSet: (changes, signal, unchanged = []) => {
      const doing = `write ${describe(changes)}`;
      const operations = [...toUnchanged(unchanged), ...toWrites(changes)];
      return transact(calls, connections, {
        doing,
        operations,
        changes,
        permit: { assertHeld: () => undefined, signal },
      });
    },
  };
}

interface Writing {
  readonly doing: string;
  readonly operations: readonly KvOperation[];
  readonly changes: readonly StoreChange[];
  readonly permit: WritePermit;
}

async function transact(
  calls: Calls,
  connections: Pick<Connections, 'openWrite'>,
  { doing, operations, changes, permit }: Writing,
): Promise<ReadonlyMap<string, number>> {
  const excess = findExcess(operations);
  if (excess !== undefined) throw new PortError('invalid', { service: 'consul', doing, text: excess });
  const connection = connections.openWrite(permit);
  const call: Call = {
    kind: 'write',
    doing,
    permission: 'key:write',
    deadlineMs: WRITE_DEADLINE_MS,
    mayHaveHappened: () => connection.guard.begun(),
    signal: permit.signal,
  };
  return calls.run(call, async (attempt) => {
    const answer = await send(connection, operations, attempt);
    refuse(answer, call, operations);
    return readIndexes(answer, changes);
  });
}

async function send(
  { client, guard }: WriteConnection,
  operations: readonly KvOperation[],
  attempt: Attempt,
): Promise<Answer> {
  try {
    return await client.transact(operations, attempt);
  } catch (failure) {
    throw guard.refusal() ?? failure;
  } finally {
    await guard.close();
  }
}

function refuse(answer: Answer, call: Call, operations: readonly KvOperation[]): void {
  if (answer.status === 200) return;
  if (answer.status === 409) throw toRefusal(answer, call, explainConflict(answer, operations));
  throw toRefusal(answer, call);
}

function describe(changes: readonly StoreChange[]): string {
  const keys = changes.map((change) => change.key);
  return (keys.length > 3 ? `${keys.length} keys` : keys.join(', ')) || 'nothing';
}

import type { Coordination, Fence, StoreChange } from '../../ports/coordination.ts';
import { PortError } from '../../ports/port-error.ts';
import { WRITE_DEADLINE_MS } from '../../ports/write-permit.ts';
import type { Answer } from './answer.ts';
import type { Call, Calls } from './calls.ts';
import type { Attempt, KvOperation } from './client.ts';
import type { Connections, WriteConnection } from './connections.ts';
import { toRefusal } from './errors.ts';
import { explainConflict, findExcess, readIndexes, toOperations } from './transaction.ts';

/** Fenced writes: one transaction, one attempt, its right checked where its first byte goes out. */
export function createFencedWrite(
  calls: Calls,
  connections: Pick<Connections, 'openWrite'>,
): Coordination['write'] {
  return async (fence, changes, permit) => {
    const doing = describe(fence, changes);
    const operations = toOperations(fence, changes);
    const excess = findExcess(operations);
    if (excess !== undefined) throw new PortError('invalid', { service: 'consul', doing, text: excess });
    const connection = connections.openWrite(permit);
    const call: Call = {
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
  };
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

function describe(fence: Fence, changes: readonly StoreChange[]): string {
  const keys = changes.map((change) => change.key);
  const what = keys.length > 3 ? `${keys.length} keys` : keys.join(', ');
  return `write ${what || 'nothing'} under the lock ${fence.lockKey}`;
}

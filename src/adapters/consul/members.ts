import { type Membership, SERVICE_NAME } from '../../ports/membership.ts';
import { isPortError, PortError } from '../../ports/port-error.ts';
import { parseList, parseServices } from './answer.ts';
import { limitsOf, nextIndex, type ReadOptions, toBlocking } from './blocking.ts';
import type { Call, Calls } from './calls.ts';
import { checkOf } from './client.ts';
import type { Connections } from './connections.ts';
import { ask, changing, reading } from './exchange.ts';

const REGISTER_DEADLINE_MS = 5_000;
/** As for the renewal of a session, which it accompanies. */
const PASS_DEADLINE_MS = 3_000;
const WRITE_RIGHT = `service:write ${SERVICE_NAME}`;

/** Services and their checks. Changes go over the connections of locks, which no crowd of reads delays. */
export function createMembers(calls: Calls, connections: Connections, options: ReadOptions): Membership {
  const { locks } = connections;
  const pass: Membership['pass'] = (id, signal) =>
    ask(calls, changing(`pass the check of ${id}`, WRITE_RIGHT, { deadlineMs: PASS_DEADLINE_MS, signal }), {
      send: (attempt) => locks.passCheck(checkOf(id), attempt),
      parse: () => undefined,
    });
  const limits = (signal: AbortSignal) => ({ deadlineMs: REGISTER_DEADLINE_MS, signal });
  return {
    pass,
    register: async (service, signal) => {
      await ask(calls, changing(`register the service ${service.id}`, WRITE_RIGHT, limits(signal)), {
        send: (attempt) => locks.registerService(service, attempt),
        parse: () => undefined,
      });
      // A check that is critical stays so when its service is registered again.
      await pass(service.id, signal);
    },
    deregister: (id, signal) =>
      unlessUnknown(
        ask(calls, changing(`deregister the service ${id}`, WRITE_RIGHT, limits(signal)), {
          send: (attempt) => locks.deregisterService(id, attempt),
          parse: () => undefined,
        }),
      ),
    services: createServicesRead(calls, connections, options),
  };
}

function createServicesRead(
  calls: Calls,
  { reads }: Pick<Connections, 'reads'>,
  options: ReadOptions,
): Membership['services'] {
  return async (group, index, signal) => {
    const query = toBlocking(index, options);
    const { kind, deadlineMs } = limitsOf(query);
    const doing = `read the services of the group ${group}`;
    const call = { ...reading(doing, `service:read ${SERVICE_NAME}`, { deadlineMs, signal }), kind };
    const read = await ask(calls, call, {
      send: (attempt) => reads.readServices(group, query, attempt),
      parse: (answer) => ({ entries: parseServices(answer), index: nextIndex(answer, index) }),
    });
    if (read.entries.length > 0) return read;
    const atOnce = { deadlineMs: limitsOf({ index: 0, waitMs: 0 }).deadlineMs, signal };
    const nodes = await ask(calls, reading('read the nodes', 'node:read', atOnce), {
      send: (attempt) => reads.readNodes(attempt),
      parse: parseList,
    });
    if (nodes.length === 0) throw hiddenNodes(call);
    return read;
  };
}

/** Consul leaves services out whose node the token may not read, without a word; and there is always a node. */
function hiddenNodes({ doing }: Call): PortError {
  const permission = 'node:read';
  const text = `no node may be seen: needs ${permission}`;
  return new PortError('denied', { service: 'consul', doing, text, permission });
}

/** What is not there need not be taken away. */
async function unlessUnknown(taking: Promise<void>): Promise<void> {
  try {
    await taking;
  } catch (failure) {
    if (!isPortError(failure, 'not-found')) throw failure;
  }
}

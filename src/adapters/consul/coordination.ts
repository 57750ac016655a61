import type { Coordination } from '../../ports/coordination.ts';
import type { Membership } from '../../ports/membership.ts';
import { createCalls } from './calls.ts';
import { createConnections } from './connections.ts';
import { createFacts } from './facts.ts';
import { createLocks } from './locks.ts';
import { createMembers } from './members.ts';
import type { CoordinationOptions } from './options.ts';
import { createReads } from './reads.ts';
import { createWrites } from './writes.ts';

/** Both ports over the same connections. */
export interface ConsulAdapter extends Coordination {
  readonly membership: Membership;
  close(): Promise<void>;
}

/**
 * Coordination and membership over Consul's HTTP API. Throws PortError `invalid` for a bad address. `close` ends calls
 * in flight as `cancelled` and closes the connections; sessions and services are the caller's to end before.
 */
export function createCoordination(options: CoordinationOptions): ConsulAdapter {
  const connections = createConnections(options);
  const calls = createCalls(options.clock, options.observe);
  return {
    ...createLocks(calls, connections),
    ...createFacts(calls, connections),
    ...createReads(calls, connections, options),
    ...createWrites(calls, connections),
    membership: createMembers(calls, connections, options),
    close: async () => {
      await calls.close();
      connections.destroy();
    },
  };
}

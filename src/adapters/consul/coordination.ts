import type { Coordination } from '../../ports/coordination.ts';
import { createCalls } from './calls.ts';
import { createConnections } from './connections.ts';
import { createLocks } from './locks.ts';
import type { CoordinationOptions } from './options.ts';
import { createReads } from './reads.ts';
import { createWrites } from './writes.ts';

/**
 * Coordination over Consul's HTTP API. Throws PortError `invalid` for a bad address. `close` ends calls in
 * flight as `cancelled` and closes the connections; sessions are the caller's to close before.
 */
export function createCoordination(options: CoordinationOptions): Coordination & { close(): Promise<void> } {
  const connections = createConnections(options);
  const calls = createCalls(options.clock, options.observe);
  return {
    ...createLocks(calls, connections),
    ...createReads(calls, connections, options),
    ...createWrites(calls, connections),
    close: async () => {
      await calls.close();
      connections.destroy();
    },
  };
}

import type { Coordination } from '../../ports/coordination.ts';
import { createCalls } from './calls.ts';
import { createConnections } from './connections.ts';
import { createFencedWrite } from './fenced-write.ts';
import { createLocks } from './locks.ts';
import type { CoordinationOptions } from './options.ts';
import { createReads } from './reads.ts';

/**
 * Coordination over Consul's HTTP API. Throws PortError `invalid` for a bad address. `close` ends calls in
 * flight as `cancelled` and closes the connections; sessions are the caller's to close before.
 */
export function createCoordination(options: CoordinationOptions): Coordination & { close(): Promise<void> } {
  const connections = createConnections(options);
  const calls = createCalls(options.clock);
  return {
    ...createLocks(calls, connections),
    ...createReads(calls, connections, options),
    write: createFencedWrite(calls, connections),
    close: async () => {
      await calls.close();
      connections.destroy();
    },
  };
}

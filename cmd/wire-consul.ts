import type { ConsulConfig } from '../src/config/config.ts';
import type { Clock } from '../src/ports/clock.ts';
import type { Coordination } from '../src/ports/coordination.ts';
import { tlsOf } from './wire.ts';

/** A Consul for a command that runs once. `close` gives its connections back. */
export interface WiredConsul {
  readonly coordination: Coordination;
  /** The machine's own. */
  readonly clock: Clock;
  readonly close: () => Promise<void>;
}

/** Loads the Consul adapter and connects it. */
export async function wireConsul({ url, token, tls }: ConsulConfig): Promise<WiredConsul> {
  const [{ systemClock }, { createWriteAgent }, { createCoordination }] = await Promise.all([
    import('../src/adapters/system/clock.ts'),
    import('../src/adapters/system/write-agent.ts'),
    import('../src/adapters/consul/coordination.ts'),
  ]);
  const clock = systemClock();
  const coordination = createCoordination({
    address: url,
    token: token?.reveal(),
    tls: tlsOf(tls),
    clock,
    writeAgent: createWriteAgent,
  });
  return { coordination, clock, close: () => coordination.close() };
}

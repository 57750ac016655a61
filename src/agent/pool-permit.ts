import { PortError } from '../ports/port-error.ts';
import type { WritePermit } from '../ports/write-permit.ts';
import type { RoundContext } from './round-context.ts';
import { readStoredPool } from './stored-pool.ts';
import type { Term } from './term.ts';

/**
 * A term's permit for one pool: refuses as well once failsafe or a pause is known to be set, although the
 * intent was recorded before. The operation then stands still.
 */
export function poolPermit(context: RoundContext, term: Term, pool: string): WritePermit {
  return {
    signal: term.permit.signal,
    assertHeld: () => {
      term.permit.assertHeld();
      const reading = readStoredPool(context.store, context.keys, pool);
      if (reading.ok && !reading.stored.failsafe && !reading.stored.paused) return;
      const text = 'failsafe or a pause has been set meanwhile';
      throw new PortError('cancelled', { service: 'aws', doing: `scale the pool ${pool}`, text });
    },
  };
}

import { type GroupRef, groupId } from '../domain/snapshot.ts';
import { PortError } from '../ports/port-error.ts';
import type { WritePermit } from '../ports/write-permit.ts';
import type { RoundContext } from './round-context.ts';
import { readStored } from './stored-group.ts';
import type { Term } from './term.ts';

/**
 * A term's permit for one group: refuses as well once failsafe or a pause is known to be set, although the
 * intent was recorded before. The operation then stands still.
 */
export function permitFor(context: RoundContext, term: Term, ref: GroupRef): WritePermit {
  return {
    signal: term.permit.signal,
    assertHeld: () => {
      term.permit.assertHeld();
      const reading = readStored(context.store, context.keys, ref);
      if (reading.ok && !reading.stored.failsafe && !reading.stored.paused) return;
      const text = 'failsafe or a pause has been set meanwhile';
      throw new PortError('cancelled', { service: 'nomad', doing: `scale ${groupId(ref)}`, text });
    },
  };
}

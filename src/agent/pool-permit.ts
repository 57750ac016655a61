import type { Moment } from '../domain/lease.ts';
import type { WritePermit } from '../ports/write-permit.ts';
import { intentPermit } from './intent.ts';
import type { RoundContext } from './round-context.ts';
import { readStoredPool } from './stored-pool.ts';
import type { Term } from './term.ts';

/** The permit for one pool's call; its intent was begun to be written at `begunAt`, on the machine's clock. */
export function poolPermit(
  context: RoundContext,
  term: Term,
  of: { readonly pool: string; readonly begunAt: Moment },
): WritePermit {
  return intentPermit(term.permit, {
    clock: context.machineClock,
    begunAt: of.begunAt,
    isClosed: () => context.acting.isClosed(),
    isStopped: () => {
      const reading = readStoredPool(context.store, context.keys, of.pool);
      return !reading.ok || reading.stored.failsafe || reading.stored.paused;
    },
    service: 'aws',
    doing: `scale the pool ${of.pool}`,
  });
}

import type { Moment } from '../domain/lease.ts';
import { type GroupRef, groupId } from '../domain/snapshot.ts';
import type { WritePermit } from '../ports/write-permit.ts';
import { intentPermit } from './intent.ts';
import type { RoundContext } from './round-context.ts';
import { readStored } from './stored-group.ts';
import type { Term } from './term.ts';

/** The permit for one group's call; its intent was begun to be written at `begunAt`, on the machine's clock. */
export function permitFor(
  context: RoundContext,
  term: Term,
  of: { readonly ref: GroupRef; readonly begunAt: Moment },
): WritePermit {
  return intentPermit(term.permit, {
    clock: context.machineClock,
    begunAt: of.begunAt,
    isClosed: () => context.acting.isClosed(),
    isStopped: () => {
      const reading = readStored(context.store, context.keys, of.ref);
      return !reading.ok || reading.stored.failsafe || reading.stored.paused;
    },
    service: 'nomad',
    doing: `scale ${groupId(of.ref)}`,
  });
}

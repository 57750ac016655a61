import { isPortError, type PortErrorKind } from '../ports/port-error.ts';
import { isNotLeading } from './acting.ts';
import type { LoopOptions } from './loop.ts';
import type { SharedContext } from './round-context.ts';

/** What a service does not answer just now: an outage, told once however many rounds run into it. */
const OUTAGE_KINDS: readonly PortErrorKind[] = ['unavailable', 'timeout', 'throttled', 'denied'];

type Telling = Pick<SharedContext, 'outages' | 'troubles' | 'emit'>;

/** Tells why a round failed. A lost lock and a conflicting write are no news: the next round sees what there is. */
export function tellFailure(context: Telling, what: string, error: unknown): void {
  if (isNotLeading(error) || isStoreConflict(error)) return;
  if (isPortError(error) && OUTAGE_KINDS.includes(error.kind)) {
    context.outages.failed(error.detail.service, what, error);
  } else context.troubles.failed(what, error);
}

/** A whole round went well: no service keeps this resource waiting any more. */
export function tellSuccess(context: Telling, what: string): void {
  context.outages.passed('nomad', what);
  context.outages.passed('consul', what);
  context.outages.passed('aws', what);
  context.troubles.passed(what);
}

/** Somebody wrote in between (an operator, the leader before): the next round sees it. */
function isStoreConflict(error: unknown): boolean {
  return isPortError(error, 'conflict') && error.detail.service === 'consul';
}

/** How a resource's loop tells of its rounds. */
export function roundEnded(context: Telling, resource: string): LoopOptions['ended'] {
  return ({ lateMs, tookMs }) => context.emit({ kind: 'round-ended', resource, lateMs, tookMs });
}

import { ELECTION, groupCounter, poolCounter, TERMINATION } from '../domain/statsd-counters.ts';
import type { Counters } from '../ports/metrics.ts';
import type { AgentEvent, Emit } from './events.ts';

/** Counts what the Go releases count, as it is told. */
export function countEvents(counters: Counters): Emit {
  return (event) => countEvent(counters, event);
}

function countEvent(counters: Counters, event: AgentEvent): void {
  switch (event.kind) {
    case 'leading':
      return counters.count(ELECTION);
    case 'instance-terminated':
      return counters.count(TERMINATION);
    case 'operation-ended': {
      const { outcome, operation } = event;
      if (outcome !== 'success' && outcome !== 'failure') return;
      return counters.count(groupCounter(operation, { direction: operation.direction, outcome }));
    }
    case 'pool-operation-failed': {
      const { direction } = event.operation;
      return counters.count(poolCounter(event.pool, { direction, outcome: 'failure' }));
    }
    case 'pool-operation-ended': {
      const { outcome, operation } = event;
      if (outcome !== 'success' && outcome !== 'failure') return;
      return counters.count(poolCounter(event.pool, { direction: operation.direction, outcome }));
    }
    default:
  }
}

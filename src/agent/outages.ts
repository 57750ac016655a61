import { isPortError, type PortErrorDetail } from '../ports/port-error.ts';
import type { Emit } from './events.ts';
import { asError } from './moment.ts';

/** Tells of each outage once, however many loops run into it, and of its end once. */
export interface Outages {
  /** `what` failed, e.g. `renew the session`. */
  failed(service: PortErrorDetail['service'], what: string, error: unknown): void;
  /** `what` went well. */
  passed(service: PortErrorDetail['service'], what: string): void;
}

/**
 * An outage of a service lasts from the first failure until everything that failed has gone well again; each
 * kind of failure (each missing permission) is told once in it.
 */
export function createOutages(emit: Emit): Outages {
  const failing = new Map<string, Set<string>>();
  const told = new Map<string, Set<string>>();
  return {
    failed: (service, what, thrown) => {
      const error = asError(thrown);
      const whats = failing.get(service) ?? new Set();
      failing.set(service, whats.add(what));
      const kind = isPortError(error) ? `${error.kind} ${error.detail.permission ?? ''}` : error.message;
      const kinds = told.get(service) ?? new Set();
      told.set(service, kinds);
      if (kinds.has(kind)) return;
      kinds.add(kind);
      emit({ kind: 'service-failed', service, what, error });
    },
    passed: (service, what) => {
      const whats = failing.get(service);
      if (!whats?.delete(what) || whats.size > 0) return;
      told.delete(service);
      emit({ kind: 'service-recovered', service });
    },
  };
}

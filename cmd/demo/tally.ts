import type { RequestLogEntry } from '../../src/simulator/http-handler.ts';
import { endpointOf } from './endpoint.ts';

/** Requests that matter, as the simulated servers saw them. */
export interface Tally {
  /** Consul sessions that were opened. */
  readonly sessions: number;
  /** Transactions that check a session and were carried out. */
  readonly fencedTransactions: number;
  /** Requests that set a count: by the scale endpoint, or by registering the job under its index. */
  readonly scaleRequests: number;
  /** The last renewal (or opening) of a session, milliseconds on the machine's clock. */
  readonly renewedMs: number | undefined;
}

export const NOTHING_TALLIED: Tally = {
  sessions: 0,
  fencedTransactions: 0,
  scaleRequests: 0,
  renewedMs: undefined,
};

/** The tally with one more request of either server. */
export function tallied(tally: Tally, entry: RequestLogEntry): Tally {
  const isDone = entry.status === 200;
  switch (endpointOf(entry.method, entry.path)) {
    case 'PUT /v1/session/create':
      return isDone ? { ...tally, sessions: tally.sessions + 1, renewedMs: entry.t } : tally;
    case 'PUT /v1/session/renew/:id':
      return isDone ? { ...tally, renewedMs: entry.t } : tally;
    case 'PUT /v1/txn':
      return isDone && hasMember(entry, '"check-session"')
        ? { ...tally, fencedTransactions: tally.fencedTransactions + 1 }
        : tally;
    case 'PUT /v1/job/:id/scale':
    case 'POST /v1/job/:id/scale':
      return hasMember(entry, '"Count"') ? { ...tally, scaleRequests: tally.scaleRequests + 1 } : tally;
    case 'PUT /v1/jobs':
    case 'PUT /v1/job/:id':
      return hasMember(entry, '"EnforceIndex":true')
        ? { ...tally, scaleRequests: tally.scaleRequests + 1 }
        : tally;
    default:
      return tally;
  }
}

/** True for a body that, blanks aside, has these characters. */
function hasMember({ body = '' }: RequestLogEntry, text: string): boolean {
  return body.replaceAll(/\s+/g, '').includes(text);
}

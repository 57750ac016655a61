import type { Notice, Notifier } from '../../ports/notifier.ts';
import { without } from './errors.ts';
import type { Carrier } from './carrier.ts';
import { createPoster } from './post.ts';

export interface PagerdutyOptions {
  /** Integration key of an Events API v2 integration. */
  readonly routingKey: string;
  readonly carrier: Carrier;
  /** `https://events.pagerduty.com` if not given. */
  readonly baseUrl?: string | undefined;
}

/** PagerDuty, Events API v2: a trigger opens an alert or repeats it, a resolve with the same key ends it. */
export function createPagerduty({ routingKey, carrier, baseUrl }: PagerdutyOptions): Notifier {
  const name = 'pagerduty';
  const post = createPoster(carrier, { name, tellable: (text) => without(routingKey, text) });
  const url = `${baseUrl ?? 'https://events.pagerduty.com'}/v2/enqueue`;
  return {
    name,
    notify: (notice, signal) => post({ url, body: { routing_key: routingKey, ...eventOf(notice) } }, signal),
  };
}

/** A summary may be that long, in characters. */
const LONGEST_SUMMARY = 1_024;

function eventOf(notice: Notice): object {
  const { kind, dedupKey } = notice;
  if (kind === 'resolved') return { event_action: 'resolve', dedup_key: dedupKey };
  return {
    event_action: 'trigger',
    dedup_key: dedupKey,
    client: 'Replicator',
    payload: {
      summary: notice.description.slice(0, LONGEST_SUMMARY),
      source: notice.clusterIdentifier === '' ? 'replicator' : notice.clusterIdentifier,
      severity: notice.severity,
      timestamp: notice.at,
      component: notice.resourceId,
      group: notice.resourceType,
      class: notice.reason,
      custom_details: {
        message: notice.message,
        uid: notice.uid,
        state_path: notice.statePath,
        ...notice.details,
      },
    },
  };
}

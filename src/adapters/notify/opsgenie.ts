import type { Notice, Notifier } from '../../ports/notifier.ts';
import { without } from './errors.ts';
import type { Carrier } from './carrier.ts';
import { createPoster, type Post } from './post.ts';

export interface OpsgenieOptions {
  /** Key of an API integration. */
  readonly apiKey: string;
  readonly carrier: Carrier;
  /** `https://api.opsgenie.com` if not given. */
  readonly baseUrl?: string | undefined;
}

/** OpsGenie, Alert API v2: an open alert with the same alias is counted up, not opened twice. Ends in April 2027. */
export function createOpsgenie({ apiKey, carrier, baseUrl }: OpsgenieOptions): Notifier {
  const name = 'opsgenie';
  const post = createPoster(carrier, { name, tellable: (text) => without(apiKey, text) });
  const base = `${baseUrl ?? 'https://api.opsgenie.com'}/v2/alerts`;
  const headers = { Authorization: `GenieKey ${apiKey}` };
  return {
    name,
    notify: (notice, signal) => post({ headers, ...requestOf(base, notice) }, signal),
  };
}

/** A message may be that long, in characters. */
const LONGEST_MESSAGE = 130;
const PRIORITIES = { critical: 'P1', error: 'P2', warning: 'P3', info: 'P5' } as const;

function requestOf(base: string, notice: Notice): Post {
  if (notice.kind === 'resolved') {
    const url = `${base}/${encodeURIComponent(notice.dedupKey)}/close?identifierType=alias`;
    return { url, body: { source: 'Replicator', note: notice.message } };
  }
  const details: Notice['details'] = {
    uid: notice.uid,
    cluster_identifier: notice.clusterIdentifier,
    reason: notice.reason,
    resource_type: notice.resourceType,
    state_path: notice.statePath,
    at: notice.at,
    ...notice.details,
  };
  return {
    url: base,
    body: {
      message: notice.description.slice(0, LONGEST_MESSAGE),
      alias: notice.dedupKey,
      description: `${notice.description}\n${notice.message}`,
      entity: notice.resourceId,
      source: 'Replicator',
      priority: PRIORITIES[notice.severity],
      details: Object.fromEntries(Object.entries(details).map(([key, value]) => [key, String(value)])),
    },
  };
}

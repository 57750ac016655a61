import type { Notifier } from '../../ports/notifier.ts';
import type { Carrier } from './carrier.ts';
import { createPoster } from './post.ts';

export interface WebhookOptions {
  /** The whole URL is a secret; user and password in it are sent as such. */
  readonly url: string;
  readonly carrier: Carrier;
}

/** A webhook of any kind: the notice as JSON. Nothing of an answer is told: it could be the URL. */
export function createWebhook({ url, carrier }: WebhookOptions): Notifier {
  const name = 'webhook';
  const post = createPoster(carrier, { name, tellable: () => '' });
  return {
    name,
    notify: (notice, signal) =>
      post(
        {
          url,
          body: {
            kind: notice.kind,
            severity: notice.severity,
            dedup_key: notice.dedupKey,
            uid: notice.uid,
            cluster_identifier: notice.clusterIdentifier,
            reason: notice.reason,
            resource_id: notice.resourceId,
            resource_type: notice.resourceType,
            state_path: notice.statePath,
            description: notice.description,
            at: notice.at,
            message: notice.message,
            details: notice.details,
          },
        },
        signal,
      ),
  };
}

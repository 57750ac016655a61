import type { Clock } from '../../ports/clock.ts';
import type { Notifier } from '../../ports/notifier.ts';
import { createCarrier } from './carrier.ts';
import { createOpsgenie } from './opsgenie.ts';
import { createPagerduty } from './pagerduty.ts';
import { createSlack } from './slack.ts';
import { createWebhook } from './webhook.ts';

/** Who is to be notified: whoever has a key or a URL. All of them are secrets. */
export interface NotifierOptions {
  readonly clock: Clock;
  readonly pagerdutyRoutingKey?: string | undefined;
  readonly opsgenieApiKey?: string | undefined;
  readonly slackWebhookUrl?: string | undefined;
  readonly webhookUrl?: string | undefined;
  /** Instead of the services' own hosts, for tests. */
  readonly pagerdutyUrl?: string | undefined;
  readonly opsgenieUrl?: string | undefined;
}

/** The notifiers of a configuration; none where it names none. They hold nothing open. */
export function createNotifiers(options: NotifierOptions): readonly Notifier[] {
  const { pagerdutyRoutingKey, opsgenieApiKey, slackWebhookUrl, webhookUrl } = options;
  const carrier = createCarrier(options.clock);
  const notifiers: Notifier[] = [];
  if (pagerdutyRoutingKey !== undefined) {
    notifiers.push(
      createPagerduty({ routingKey: pagerdutyRoutingKey, carrier, baseUrl: options.pagerdutyUrl }),
    );
  }
  if (opsgenieApiKey !== undefined) {
    notifiers.push(createOpsgenie({ apiKey: opsgenieApiKey, carrier, baseUrl: options.opsgenieUrl }));
  }
  if (slackWebhookUrl !== undefined) notifiers.push(createSlack({ webhookUrl: slackWebhookUrl, carrier }));
  if (webhookUrl !== undefined) notifiers.push(createWebhook({ url: webhookUrl, carrier }));
  return notifiers;
}

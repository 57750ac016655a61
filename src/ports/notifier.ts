import type { NoticeReason, NoticeSeverity } from '../domain/notice-table.ts';
import type { ResourceType } from '../domain/scaling-state.ts';

/** Something a person should know of, or the end of it. */
export interface Notice {
  readonly kind: 'triggered' | 'resolved';
  readonly severity: NoticeSeverity;
  /** The same for the same reason at the same resource, whoever tells it; at most 255 characters. */
  readonly dedupKey: string;
  /** The resource's notification uid. */
  readonly uid: string;
  /** '' where the cluster has no name. */
  readonly clusterIdentifier: string;
  readonly reason: NoticeReason;
  /** `<job>/<group>` or the pool's name; `all` for everything. */
  readonly resourceId: string;
  readonly resourceType: ResourceType | 'all';
  /** Consul key of the resource's state. */
  readonly statePath: string;
  /** `<uid> <cluster>_<reason>_<resource>`. */
  readonly description: string;
  /** RFC 3339. */
  readonly at: string;
  /** What happened, in a sentence, and its figures. */
  readonly message: string;
  readonly details: Readonly<Record<string, string | number | boolean>>;
}

/** Tells somebody outside. */
export interface Notifier {
  /** `pagerduty`, `opsgenie`, `slack`, `webhook`. */
  readonly name: string;
  /**
   * One attempt, at most 5 s. Throws PortError of service `notifier`, without secrets; `throttled`, `unavailable` and
   * `timeout` may pass: then it may be tried again, as the same notice told twice is one.
   */
  notify(notice: Notice, signal: AbortSignal): Promise<void>;
}

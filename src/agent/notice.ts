import { createHash } from 'node:crypto';
import { formatInstant } from '../domain/instant.ts';
import { NOTICE_REASONS, type NoticeReason } from '../domain/notice-table.ts';
import type { ResourceType } from '../domain/scaling-state.ts';
import type { Notice } from '../ports/notifier.ts';

/** What a notice is about. */
export interface Subject {
  readonly type: ResourceType | 'all';
  /** As people name it. */
  readonly id: string;
  /** '' where the policy names none: the id serves. */
  readonly uid: string;
  readonly statePath: string;
}

/** What is to be told. */
export interface Telling {
  readonly kind: Notice['kind'];
  readonly reason: NoticeReason;
  readonly subject: Subject;
  readonly message: string;
  readonly details: Notice['details'];
}

/** Where it is told from. */
export interface Telltale {
  /** '' where the cluster has no name. */
  readonly clusterIdentifier: string;
  readonly nowMs: number;
}

/** The notice; an empty cluster identifier is left out of its texts. */
export function makeNotice(of: Telling, { clusterIdentifier, nowMs }: Telltale): Notice {
  const { kind, reason, subject, message, details } = of;
  const uid = subject.uid === '' ? subject.id : subject.uid;
  const named = [clusterIdentifier, reason, subject.id].filter((part) => part !== '').join('_');
  return {
    kind,
    severity: NOTICE_REASONS[reason].severity,
    dedupKey: dedupKeyOf(of, clusterIdentifier),
    uid,
    clusterIdentifier,
    reason,
    resourceId: subject.id,
    resourceType: subject.type,
    statePath: subject.statePath,
    description: `${uid} ${named}`,
    at: formatInstant(nowMs),
    message,
    details,
  };
}

/** No service takes longer keys. */
const LONGEST_KEY = 255;

/** The same for the same reason at the same resource of the same cluster, whichever agent tells it. */
function dedupKeyOf({ reason, subject }: Telling, clusterIdentifier: string): string {
  const key = ['replicator', clusterIdentifier, reason, subject.type, subject.id].join('/');
  if (key.length <= LONGEST_KEY) return key;
  const hash = createHash('sha256').update(key).digest('hex');
  return `${key.slice(0, LONGEST_KEY - hash.length - 1)}#${hash}`;
}

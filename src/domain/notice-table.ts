/** What may stand in the option `events`: failsafe is told always, these only when they are named there. */
export const NOTICE_EVENTS = ['scaling', 'at-maximum', 'lost-nodes', 'failed-operations'] as const;

export type NoticeEvent = (typeof NOTICE_EVENTS)[number];

/** What may stand in the option `events`, with the word for all of them. `_` may stand for `-`. */
export const NOTICE_WORDS: readonly string[] = [...NOTICE_EVENTS, 'all'];

/** What the words of the option ask for; nothing where it is not given. */
export function noticeEventsOf(words: readonly string[] = []): ReadonlySet<NoticeEvent> {
  const asked = new Set(words.map(plain));
  return new Set(NOTICE_EVENTS.filter((event) => asked.has(event) || asked.has('all')));
}

/** Words of the option that ask for nothing. */
export function strangeNoticeWords(words: readonly string[] = []): readonly string[] {
  return words.filter((word) => !NOTICE_WORDS.includes(plain(word)));
}

function plain(word: string): string {
  return word.trim().toLowerCase().replaceAll('_', '-');
}

/** Why somebody is notified. Closed; the first two are the Go releases' own. */
export type NoticeReason =
  | 'job_group_failsafe_mode'
  | 'cluster_failsafe_mode'
  | 'failsafe_mode'
  | 'scaling'
  | 'at_maximum'
  | 'lost_nodes'
  | 'failed_operation';

export type NoticeSeverity = 'critical' | 'error' | 'warning' | 'info';

export interface NoticeRow {
  /** The word in `events` that asks for it; `failsafe` is always told. */
  readonly event: NoticeEvent | 'failsafe';
  readonly severity: NoticeSeverity;
  /** When it is told, and when that is over. */
  readonly meaning: string;
  readonly ends: string;
}

/** THE table of notifications. */
export const NOTICE_REASONS: Readonly<Record<NoticeReason, NoticeRow>> = {
  job_group_failsafe_mode: {
    event: 'failsafe',
    severity: 'critical',
    meaning: 'failsafe was set for a task group, by failures or by an operator',
    ends: 'an operator resets it',
  },
  cluster_failsafe_mode: {
    event: 'failsafe',
    severity: 'critical',
    meaning: 'failsafe was set for a worker pool, by failures or by an operator',
    ends: 'an operator resets it',
  },
  failsafe_mode: {
    event: 'failsafe',
    severity: 'critical',
    meaning: 'an operator has set failsafe for everything',
    ends: 'an operator resets it',
  },
  scaling: {
    event: 'scaling',
    severity: 'info',
    meaning: 'a scaling has begun',
    ends: 'it has ended, however it did',
  },
  at_maximum: {
    event: 'at-maximum',
    severity: 'warning',
    meaning: 'for three rounds in a row more was asked for than the maximum allows',
    ends: 'for three rounds in a row it was not, or the group or pool is gone',
  },
  lost_nodes: {
    event: 'lost-nodes',
    severity: 'warning',
    meaning: 'instances older than 8 min have not joined as nodes; again for each that is added',
    ends: 'there are none any more, or the pool is gone',
  },
  failed_operation: {
    event: 'failed-operations',
    severity: 'error',
    meaning: 'a scaling has failed, or a part of it',
    ends: 'a later one of the same group or pool has succeeded',
  },
};

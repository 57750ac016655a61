import { makeNotice, type Telling } from '../../src/agent/notice.ts';
import type { Notice } from '../../src/ports/notifier.ts';

/** A notice about failsafe of a task group, told on 5 January 2026, 8:00. */
export function aNotice(of: Partial<Telling> = {}): Notice {
  return makeNotice(
    {
      kind: 'triggered',
      reason: 'job_group_failsafe_mode',
      subject: {
        type: 'job_group',
        id: 'web/api',
        uid: 'uid-1',
        statePath: 'replicator/config/state/jobs/web/api',
      },
      message: 'failsafe was set after 3 failures',
      details: { failures: 3 },
      ...of,
    },
    { clusterIdentifier: 'prod', nowMs: Date.UTC(2026, 0, 5, 8) },
  );
}

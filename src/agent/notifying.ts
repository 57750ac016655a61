import type { NoticeEvent } from '../domain/notice-table.ts';
import type { ResourceType } from '../domain/scaling-state.ts';
import type { Clock } from '../ports/clock.ts';
import type { Notifier } from '../ports/notifier.ts';
import { type Alarms, createAlarms, type Send } from './alarms.ts';
import type { AgentEvent, Emit } from './events.ts';
import { makeNotice, type Subject } from './notice.ts';
import { createNoticeQueue } from './notice-queue.ts';
import { createReports, type Reports } from './reports.ts';

/** Tells people: of what the agent tells, and of failsafe as the rounds ask for it. */
export interface Notifying {
  readonly listen: Emit;
  readonly alarms: Alarms;
  /** Ends within `graceMs`, in which what waits is attempted once more. */
  stop(graceMs: number): Promise<void>;
}

export interface NotifyingOptions {
  readonly notifiers: readonly Notifier[];
  /** The machine's own. */
  readonly clock: Clock;
  /** 0 ≤ value < 1: jitter. */
  readonly random: () => number;
  /** '' where the cluster has no name. */
  readonly clusterIdentifier: string;
  /** What is told besides failsafe. */
  readonly events: ReadonlySet<NoticeEvent>;
  /** What is known of a resource by its name; undefined once it is gone. */
  readonly about: (type: ResourceType, id: string) => Pick<Subject, 'uid' | 'statePath'> | undefined;
  /** True while this agent is the one that tells of flags for everything. */
  readonly leads: () => boolean;
  /** Consul key of the flag `failsafe`. */
  readonly failsafeKey: string;
  readonly emit: Emit;
}

/** Nothing waits for it: what is to be told is queued, a queue for each notifier. */
export function createNotifying(options: NotifyingOptions): Notifying {
  const { notifiers, clock, random, emit } = options;
  const queues = notifiers.map((notifier) => createNoticeQueue({ notifier, clock, random, emit }));
  const send: Send = (telling, settled) => {
    const notice = makeNotice(telling, {
      clusterIdentifier: options.clusterIdentifier,
      nowMs: clock.now(),
    });
    let left = queues.length;
    let isDelivered = false;
    for (const queue of queues) {
      queue.add(notice, (delivered) => {
        isDelivered ||= delivered;
        left -= 1;
        if (left === 0) settled(isDelivered);
      });
    }
    return queues.length > 0;
  };
  const alarms = createAlarms(clock, send);
  const reports = createReports(options, send);
  return {
    alarms,
    listen: (event) => {
      if (queues.length > 0) hear(options, { alarms, reports, send }, event);
    },
    stop: async (graceMs) => void (await Promise.all(queues.map((queue) => queue.stop(graceMs)))),
  };
}

interface Desk {
  readonly alarms: Alarms;
  readonly reports: Reports;
  readonly send: Send;
}

function hear(options: NotifyingOptions, { alarms, reports, send }: Desk, event: AgentEvent): void {
  if (event.kind === 'leadership-ended') alarms.forget();
  if (event.kind !== 'flag-changed') return reports.hear(event);
  if (event.flag !== 'failsafe' || !options.leads()) return;
  const { set, by, reason } = event;
  const what = set ? 'set: nothing is scaled until an operator resets it' : 'reset';
  send(
    {
      kind: set ? 'triggered' : 'resolved',
      reason: 'failsafe_mode',
      subject: { type: 'all', id: 'all', uid: '', statePath: options.failsafeKey },
      message: `failsafe for everything was ${what}`,
      details: { by, reason },
    },
    () => undefined,
  );
}

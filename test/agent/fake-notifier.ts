import type { AgentEvent } from '../../src/agent/events.ts';
import { createNotifying, type Notifying, type NotifyingOptions } from '../../src/agent/notifying.ts';
import { NOTICE_EVENTS } from '../../src/domain/notice-table.ts';
import type { Notice, Notifier } from '../../src/ports/notifier.ts';
import { PortError, type PortErrorKind } from '../../src/ports/port-error.ts';
import { VirtualClock } from '../../src/simulator/virtual-clock.ts';

/** A notifier that does as it is told. */
export interface FakeNotifier extends Notifier {
  /** Every attempt: when, milliseconds, and what. */
  readonly attempts: { readonly atMs: number; readonly notice: Notice }[];
  /** What the next attempts come to; `silence` never ends by itself. */
  outcome: 'good' | 'silence' | Error;
  /** What was delivered, as `kind reason resource`. */
  delivered(): readonly string[];
}

export function fakeNotifier(clock: VirtualClock, name = 'fake'): FakeNotifier {
  const attempts: { atMs: number; notice: Notice; good: boolean }[] = [];
  const notifier: FakeNotifier = {
    name,
    attempts,
    outcome: 'good',
    delivered: () => attempts.filter(({ good }) => good).map(({ notice }) => briefly(notice)),
    notify: async (notice, signal) => {
      const { outcome } = notifier;
      attempts.push({ atMs: clock.monotonicMs(), notice, good: outcome === 'good' });
      if (outcome instanceof Error) throw outcome;
      if (outcome === 'silence') await clock.sleep(Number.MAX_SAFE_INTEGER, signal);
    },
  };
  return notifier;
}

/** A notice in three words. */
export function briefly({ kind, reason, resourceId }: Notice): string {
  return `${kind} ${reason} ${resourceId}`;
}

/** What a sender throws. */
export function refusal(kind: PortErrorKind, retryAfterMs?: number): PortError {
  const detail = { service: 'notifier', doing: 'notify fake', text: kind } as const;
  return new PortError(kind, { ...detail, ...(retryAfterMs !== undefined && { retryAfterMs }) });
}

/** A notifying agent. Jitter is the middle of its range: waits of 0.75, 1.5, 3 … 45 s. */
export interface Office {
  readonly clock: VirtualClock;
  readonly notifying: Notifying;
  readonly notifier: FakeNotifier;
  readonly events: AgentEvent[];
  /** Kinds of the events that were told, in order. */
  readonly kinds: () => readonly string[];
}

export function openOffice(options: Partial<NotifyingOptions> = {}): Office {
  const clock = new VirtualClock();
  const notifier = fakeNotifier(clock);
  const events: AgentEvent[] = [];
  const notifying = createNotifying({
    notifiers: [notifier],
    clock,
    random: () => 0.5,
    clusterIdentifier: 'prod',
    events: new Set(NOTICE_EVENTS),
    about: (_type, id) => ({ uid: `uid of ${id}`, statePath: `state of ${id}` }),
    leads: () => true,
    failsafeKey: 'replicator/config/failsafe',
    emit: (event) => events.push(event),
    ...options,
  });
  return { clock, notifying, notifier, events, kinds: () => events.map(({ kind }) => kind) };
}

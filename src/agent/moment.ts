import type { Moment } from '../domain/lease.ts';
import type { Clock } from '../ports/clock.ts';
import { PortError, type PortErrorDetail } from '../ports/port-error.ts';

/** Now, on both clocks. */
export function momentOf(clock: Clock): Moment {
  return { wallMs: clock.now(), monotonicMs: clock.monotonicMs() };
}

/** A signal that is aborted when its parent is, or after `ms`. `end` gives everything back. */
export interface Deadline {
  readonly signal: AbortSignal;
  readonly end: () => void;
  /** What to tell instead of an error: once the deadline has passed, that it has. */
  readonly told: (error: unknown) => unknown;
}

/** A deadline within a parent signal. Its reason is a PortError of kind timeout. */
export function deadlineWithin(
  clock: Clock,
  parent: AbortSignal,
  of: { readonly ms: number; readonly service: PortErrorDetail['service']; readonly doing: string },
): Deadline {
  const controller = new AbortController();
  const passOn = (): void => controller.abort(parent.reason);
  if (parent.aborted) passOn();
  parent.addEventListener('abort', passOn, { once: true });
  const detail = { service: of.service, doing: of.doing, text: `no answer within ${of.ms} ms` };
  const late = new PortError('timeout', detail);
  const cancel = clock.after(of.ms, () => controller.abort(late));
  return {
    signal: controller.signal,
    told: (error) => (controller.signal.reason === late ? late : error),
    end: () => {
      cancel();
      parent.removeEventListener('abort', passOn);
    },
  };
}

/** Sleeps; being woken by the end is no error. */
export async function rest(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(ms, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Whatever was thrown, as an Error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

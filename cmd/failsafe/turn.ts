import type { Clock } from '../../src/ports/clock.ts';
import type { Coordination } from '../../src/ports/coordination.ts';
import { isPortError, PortError } from '../../src/ports/port-error.ts';
import type { Switch } from './switch.ts';

/** What a switch is turned with. */
export interface Hand {
  readonly coordination: Coordination;
  readonly clock: Clock;
  /** Who turns it. */
  readonly by: string;
  /** Why; it stands in the flags for everything. */
  readonly reason: string;
  readonly signal: AbortSignal;
}

/** Agents write a state once a round: a conflict is soon over. */
const TRIES = 10;

/** Turns a switch by check-and-set; looks again where somebody wrote in between. Throws PortError. */
export async function turnSwitch(hand: Hand, one: Switch, enable: boolean): Promise<void> {
  for (let left = TRIES; ; left--) {
    const { entries } = await hand.coordination.readKey(one.key, 0, hand.signal);
    const position = one.read(entries[0]?.value);
    if (!position.ok) throw unreadable(one, position.fault);
    if (position.isSet === enable) return;
    const value = position.turn(enable, { by: hand.by, reason: hand.reason, nowMs: hand.clock.now() });
    const change = { kind: 'set', key: one.key, value, index: entries[0]?.index ?? 0 } as const;
    try {
      await hand.coordination.checkAndSet([change], hand.signal);
      return;
    } catch (error) {
      if (left <= 1 || !isPortError(error, 'conflict')) throw error;
    }
  }
}

function unreadable({ key }: Switch, text: string): PortError {
  return new PortError('invalid', { service: 'consul', doing: `change ${key}`, text });
}

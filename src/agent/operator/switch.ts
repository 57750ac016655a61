import { resetByOperator, setByOperator } from '../../domain/failsafe.ts';
import { encodeFlag, type Flag, readFlag } from '../../domain/flag-document.ts';
import { formatInstant } from '../../domain/instant.ts';
import type { Keys } from '../../domain/keys.ts';
import type { ScalingState } from '../../domain/scaling-state.ts';
import { decodeState, encodeState } from '../../domain/state-document.ts';
import { plain } from '../../domain/plain.ts';
import type { Resource } from './resource.ts';

/** Who turns a switch, why, and when. */
export interface Signature {
  readonly by: string;
  readonly reason: string;
  readonly nowMs: number;
}

/** How a switch stands. `turn` answers the text that its key is to get. */
export interface Position {
  readonly ok: true;
  readonly isSet: boolean;
  /** Who or what has set it: ` by …`, or nothing. */
  readonly cause: string;
  readonly turn: (enable: boolean, signature: Signature) => string;
}

/** What is stopped by one key: one resource, by its state; or everything, by a flag. */
export interface Switch {
  readonly key: string;
  /** `task group web/api`, `everything below replicator/config`. */
  readonly label: string;
  /** True for the key of an operation that it stops. */
  readonly stops: (operationKey: string) => boolean;
  /** The key's text → the position, or why it cannot be known. */
  readonly read: (text: string | undefined) => Position | { readonly ok: false; readonly fault: string };
}

/** Failsafe for everything. */
export function failsafeSwitch(keys: Keys): Switch {
  return flagSwitch(keys.failsafe, `everything below ${keys.root}`);
}

/** The pause, which is for everything. */
export function pauseSwitch(keys: Keys): Switch {
  return flagSwitch(keys.paused, `everything below ${keys.root}`);
}

/** A flag that is not there is not set. */
function flagSwitch(key: string, label: string): Switch {
  const mend = `agents take it as set. Look at it and delete it with consul kv delete ${key}`;
  return {
    key,
    label,
    stops: () => true,
    read: (text) => {
      const flag = readFlag(text);
      if (!flag) return { ok: false, fault: `the flag cannot be read and is left as it is; ${mend}` };
      return { ok: true, isSet: flag.set, cause: causeOfFlag(flag), turn: turnFlag };
    },
  };
}

/** The switch in a resource's state, `at` being what its key names. */
export function stateSwitch(keys: Keys, at: Resource): Switch {
  const operationKey = `${keys.root}/operations/${at.key.slice(`${keys.root}/state/`.length)}`;
  return {
    key: at.key,
    label: at.label,
    stops: (key) => key === operationKey,
    read: (text) => {
      if (text === undefined) return { ok: false, fault: 'there is no state object any more' };
      const reading = decodeState(text);
      if (!reading.ok) {
        const fault = `the state object cannot be read and is left as it is: ${plain(reading.fault)}`;
        return { ok: false, fault: `${fault}. No agent scales the ${at.label} while it is so` };
      }
      return positionOf(reading.state);
    },
  };
}

function positionOf(state: ScalingState): Position {
  const cause = state.failsafeAdmin ? ' by an operator' : ` after failures (${state.failureCount})`;
  return {
    ok: true,
    isSet: state.failsafeMode,
    cause: state.failsafeMode ? cause : '',
    turn: (enable, { nowMs }) => encodeState(enable ? setByOperator(state) : resetByOperator(state), nowMs),
  };
}

function causeOfFlag({ set, by, at }: Flag): string {
  if (!set) return '';
  return `${by === '' ? '' : ` by ${plain(by)}`}${at === '' ? '' : ` at ${plain(at)}`}`;
}

function turnFlag(enable: boolean, { by, reason, nowMs }: Signature): string {
  return encodeFlag({ set: enable, by, at: formatInstant(nowMs), reason });
}

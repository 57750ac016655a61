import type { Keys } from '../../domain/keys.ts';
import { findSwitches } from './find-switches.ts';
import type { Wanted } from './scope.ts';
import { waitForStillness } from './stillness.ts';
import { type OperationUnderWay, type Survey, surveyTree } from './survey.ts';
import type { Position, Switch } from './switch.ts';
import { type Hand, turnSwitch } from './turn.ts';

/** A switch and how it stands. */
export interface Standing {
  readonly one: Switch;
  readonly position: Position;
}

/** The switches that are meant, how they stand, and what else there is. */
export interface Plan {
  readonly enable: boolean;
  readonly standings: readonly Standing[];
  readonly survey: Survey;
}

/** `missing`: nothing of that name is there. `unreadable`: a text in KV, which is left as it is. */
export interface Refused {
  readonly kind: 'missing' | 'unreadable';
  readonly text: string;
}

/** Looks at what is there, and what the wish comes to. Writes nothing. Throws PortError. */
export async function makePlan(hand: Hand, keys: Keys, wanted: Wanted): Promise<Plan | Refused> {
  const { entries } = await hand.coordination.readTree(`${keys.root}/`, 0, hand.signal);
  const survey = surveyTree(keys, entries);
  const switches = findSwitches(wanted, keys, survey.resources);
  if ('missing' in switches) return { kind: 'missing', text: switches.missing };
  const standings: Standing[] = [];
  for (const one of switches) {
    const position = one.read(entries.find(({ key }) => key === one.key)?.value);
    if (!position.ok) return { kind: 'unreadable', text: `${one.key}: ${position.fault}` };
    standings.push({ one, position });
  }
  return { enable: wanted.enable, standings, survey };
}

/** The switches that do not stand as they should. */
export function dueOf({ standings, enable }: Plan): readonly Standing[] {
  return standings.filter(({ position }) => position.isSet !== enable);
}

/**
 * Turns the switches of a plan; after setting one it resolves only when no agent is about to send anything for what
 * was stopped. `waiting` is told what is waited for. Throws PortError.
 */
export async function carryOut(
  hand: Hand,
  keys: Keys,
  of: {
    readonly plan: Plan;
    readonly waiting: (operations: readonly OperationUnderWay[]) => void;
  },
): Promise<void> {
  const { plan, waiting } = of;
  const due = dueOf(plan);
  for (const { one } of due) await turnSwitch(hand, one, plan.enable);
  if (!plan.enable) return;
  await waitForStillness(hand, {
    keys,
    isStopped: (key) => due.some(({ one }) => one.stops(key)),
    waiting,
  });
}

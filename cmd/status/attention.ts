import type { Style } from '../demo/text.ts';
import type { GroupWire, PoolWire } from '../look/sight.ts';

/** How much a person is needed, the most urgent first. */
export const ATTENTION = [
  'failsafe',
  'fault',
  'failures',
  'blind',
  'at its limit',
  'under way',
  'quiet',
] as const;

export type Attention = (typeof ATTENTION)[number];

/** What of the list a person should look at first. */
export const STYLES: Readonly<Record<Attention, Style>> = {
  failsafe: 'alarm',
  fault: 'high',
  failures: 'high',
  blind: 'warn',
  'at its limit': 'warn',
  'under way': 'good',
  quiet: 'plain',
};

const FAULTY: ReadonlySet<string> = new Set(['invalid', 'state', 'policy']);
const BLIND: ReadonlySet<string> = new Set([
  'no-metrics',
  'unread',
  'empty',
  'unidentified-node',
  'unknown-instance',
]);
const FULL: ReadonlySet<string> = new Set(['max', 'asg-max', 'no-room']);

/** How much a person is needed for one resource. */
export function attentionOf(one: GroupWire | PoolWire): Attention {
  const { state } = one;
  const verdict = one.last_decision?.decision.verdict;
  const reason = verdict?.reason ?? '';
  if (state?.failsafe === true) return 'failsafe';
  if (isFaulty(one, reason)) return 'fault';
  if ((state !== null && state.failures > 0) || isFrozen(one)) return 'failures';
  if (BLIND.has(reason)) return 'blind';
  if (isFull(one, reason)) return 'at its limit';
  return one.operation !== null || verdict?.kind === 'scale' ? 'under way' : 'quiet';
}

function isFaulty({ faults, state_fault: fault }: GroupWire | PoolWire, reason: string): boolean {
  return faults.length > 0 || fault !== null || FAULTY.has(reason);
}

/** It asks for more than its maximum, whatever else holds it; not one that an operator keeps from acting. */
function isFull(one: GroupWire | PoolWire, reason: string): boolean {
  return reason !== 'disabled' && [reason, ...shutGates(one)].some((gate) => FULL.has(gate));
}

/** The gates that hold back what the numbers ask for, in their order; none where they ask for nothing. */
export function shutGates({ last_decision: last }: GroupWire | PoolWire): readonly string[] {
  if (last?.decision.wish.kind !== 'scale') return [];
  return last.decision.gates.filter(({ holds }) => holds === true).map(({ reason }) => reason);
}

function isFrozen({ operation }: GroupWire | PoolWire): boolean {
  return operation !== null && 'frozen' in operation && operation.frozen !== '';
}

/** The most urgent first, else in the order of ids. */
export function byAttention<One extends GroupWire | PoolWire>(all: readonly One[]): readonly One[] {
  const rank = (one: One): number => ATTENTION.indexOf(attentionOf(one));
  return all.toSorted((one, other) => rank(one) - rank(other) || (one.id < other.id ? -1 : 1));
}

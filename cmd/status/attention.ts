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
  if (FULL.has(reason)) return 'at its limit';
  return one.operation !== null || verdict?.kind === 'scale' ? 'under way' : 'quiet';
}

function isFaulty({ faults, state_fault: fault }: GroupWire | PoolWire, reason: string): boolean {
  return faults.length > 0 || fault !== null || FAULTY.has(reason);
}

function isFrozen({ operation }: GroupWire | PoolWire): boolean {
  return operation !== null && 'frozen' in operation && operation.frozen !== '';
}

/** The most urgent first, else in the order of ids. */
export function byAttention<One extends GroupWire | PoolWire>(all: readonly One[]): readonly One[] {
  const rank = (one: One): number => ATTENTION.indexOf(attentionOf(one));
  return all.toSorted((one, other) => rank(one) - rank(other) || (one.id < other.id ? -1 : 1));
}

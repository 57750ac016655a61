import { describeCondition, describeWay } from '../../domain/decision/describe-way.ts';
import type { Condition, Fact, Way } from '../../domain/decision/way.ts';
import { ZERO_TIME } from '../../domain/instant.ts';
import type { Waits } from '../../domain/waits.ts';
import {
  either,
  flag,
  instant,
  list,
  maybe,
  number,
  record,
  type Shape,
  text,
  whole,
  word,
} from '../shape.ts';
import { DIRECTION } from './words.ts';

const fact = either<Condition['is'], number | boolean | null>(
  [number, flag, { schema: { type: 'null' }, encode: () => null }] as readonly Shape<
    never,
    number | boolean | null
  >[],
  (value) => value ?? null,
);

/** Gates are among the gates, everything else is among the numbers. */
const GATES: ReadonlySet<Fact> = new Set(['disabled', 'failsafe', 'paused', 'operation', 'deployment']);

const condition = record<Condition>()('Condition', (field) => ({
  fact: field(
    text,
    'a member of `numbers` (`candidates` and `joining`: how many), or the `reason` of a gate',
    (one) => one.fact,
  ),
  is_gate: field(flag, 'true where it is a gate', (one) => GATES.has(one.fact)),
  is: field(fact, 'as it is now, null where not known', (one) => one.is),
  must: field(word(['above', 'below', 'at-least', 'at-most', 'be']), 'how it must be', (one) => one.must),
  than: field(fact, 'what it is compared with', (one) => one.than),
  sentence: field(text, 'the same in words', describeCondition),
}));

/** One way to a scaling. */
export const way = record<Way>()('Way', (field) => ({
  direction: field(DIRECTION, 'out or in', (one) => one.direction),
  to: field(maybe(whole), 'what it would come to; null for a closed one', (one) => one.to),
  conditions: field(list(condition), 'all of them must come true', (one) => one.conditions),
  never: field(text, 'why there is no way in that direction, empty for an open one', (one) => one.never),
  sentence: field(text, 'the same in words', describeWay),
}));

/** What cooldown and backoff were reckoned from. */
export const waits = record<Waits>()('Waits', (field) => ({
  at: field(instant, 'the moment of the decision', (one) => one.nowMs),
  cooldown_ms: field(number, 'wait after a scaling event', (one) => one.cooldownMs),
  last_scaling_at: field(maybe(text), 'RFC 3339; null for never', (one) => timeOf(one.lastScalingEvent)),
  failures: field(whole, 'operations that failed since the last success', (one) => one.failures),
  last_failure_at: field(maybe(text), 'RFC 3339; null for none', (one) => timeOf(one.lastFailureEvent)),
  refused_left_ms: field(
    number,
    'what was left of a pause after a refusal that was no failure; counts as backoff',
    (one) => one.refusedLeftMs,
  ),
}));

/** A stored time; undefined for never. */
export function timeOf(stored: string): string | undefined {
  return stored === '' || stored === ZERO_TIME ? undefined : stored;
}

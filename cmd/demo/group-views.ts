import { describeDecision } from '../../src/domain/decision/describe.ts';
import type { GroupDecision } from '../../src/domain/decision/group-decision.ts';
import { groupId } from '../../src/domain/snapshot.ts';
import { asNumber, asObject, asText, type Json } from '../../src/simulator/json-text.ts';
import type { GroupView } from './frame-model.ts';
import type { GroupStory } from './journal.ts';

/** A group as the world has it. */
export interface WorldGroup {
  readonly id: string;
  readonly count: number;
  readonly running: number;
}

/** Reads what the world tells about its groups. */
export function readWorldGroup(value: Json): WorldGroup {
  const view = asObject(value);
  const ref = {
    namespace: asText(view['namespace']),
    jobId: asText(view['job']),
    group: asText(view['group']),
  };
  return { id: groupId(ref), count: asNumber(view['count']), running: asNumber(view['running']) };
}

/** A group as the view shows it: the count from the world, everything else as the agent saw it. */
export function viewGroup(
  group: WorldGroup,
  story: GroupStory | undefined,
  history: readonly number[],
): GroupView {
  const decision = story?.decision;
  const numbers = decision?.numbers;
  const { cpuThresholds, memThresholds } = numbers ?? {};
  return {
    ...group,
    history,
    bounds: numbers && { low: numbers.min, high: numbers.max },
    cpu: cpuThresholds && { value: numbers?.cpu, limits: cpuThresholds },
    mem: memThresholds && { value: numbers?.mem, limits: memThresholds },
    verdict: decision ? sentenceOf(decision) : '',
    mood: decision ? moodOf(decision) : 'none',
    lastChange: story?.lastChange,
  };
}

function sentenceOf({ verdict, wish, numbers }: GroupDecision): string {
  const leftMs = waitOf({ verdict, wish, ...(numbers && { numbers }) });
  return describeDecision({ verdict, wish }) + (leftMs > 0 ? `, ${Math.ceil(leftMs / 1000)} s left` : '');
}

function waitOf({ verdict, numbers }: GroupDecision): number {
  if (verdict.kind !== 'hold' || !numbers) return 0;
  if (verdict.reason === 'cooldown') return numbers.cooldownLeftMs;
  return verdict.reason === 'backoff' ? numbers.backoffLeftMs : 0;
}

const TROUBLE = new Set(['invalid', 'state', 'no-metrics', 'failsafe', 'backoff', 'no-room']);

function moodOf({ verdict }: GroupDecision): GroupView['mood'] {
  if (verdict.kind === 'scale') return verdict.direction;
  return TROUBLE.has(verdict.reason) ? 'trouble' : 'hold';
}

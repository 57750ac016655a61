import type { GroupDecision, GroupNumbers } from './group-decision.ts';
import { REASON_TEXT } from './reason.ts';

/** A decision's numbers in a few words: `count 2 (1..4), cpu 91.3 % (30/80), 2 of 2 measured`. */
export function describeNumbers(numbers: GroupNumbers): string {
  const parts = [`count ${numbers.count} (${numbers.min}..${numbers.max})`];
  for (const metric of ['cpu', 'mem'] as const) {
    const limits = numbers[`${metric}Thresholds`];
    const value = numbers[metric];
    if (limits) parts.push(`${metric} ${percent(value)} (${limits.scaleIn}/${limits.scaleOut})`);
  }
  parts.push(`${numbers.measured} of ${numbers.running} measured`);
  if (numbers.cooldownLeftMs > 0) parts.push(`cooldown ${seconds(numbers.cooldownLeftMs)} left`);
  if (numbers.backoffLeftMs > 0) parts.push(`backoff ${seconds(numbers.backoffLeftMs)} left`);
  return parts.join(', ');
}

/** A decision as one sentence with its reason and numbers. */
export function describeDecision(decision: GroupDecision): string {
  const { verdict, wish, numbers } = decision;
  const tail = numbers ? ` [${describeNumbers(numbers)}]` : '';
  if (verdict.kind === 'scale') {
    const act = `scale ${verdict.direction} from ${verdict.from} to ${verdict.to}`;
    return `${act}: ${verdict.because}, ${REASON_TEXT[verdict.because]}${tail}`;
  }
  const wanted =
    wish.kind === 'scale' ? ` (would scale ${wish.direction} to ${wish.to}: ${wish.because})` : '';
  return `hold: ${verdict.reason}, ${REASON_TEXT[verdict.reason]}${wanted}${tail}`;
}

function percent(value: number | undefined): string {
  return value === undefined ? 'unknown' : `${value.toFixed(1)} %`;
}

function seconds(ms: number): string {
  return `${Math.ceil(ms / 1000)} s`;
}

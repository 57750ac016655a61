import type { CandidateReport, PendingReport, PoolDecision, PoolNumbers } from './pool-judgement.ts';
import { POOL_REASON_TEXT } from './pool-reason.ts';
import { groupId } from '../snapshot.ts';

/** A decision as one sentence with its reason and numbers. */
export function describePoolDecision(decision: PoolDecision): string {
  const { verdict, detail } = decision;
  const tail = decision.numbers ? ` [${describePoolNumbers(decision.numbers, decision)}]` : '';
  const about = detail === '' ? '' : `: ${detail}`;
  if (verdict.kind === 'hold') {
    const { reason } = verdict;
    return `hold: ${reason}, ${POOL_REASON_TEXT[reason]}${about}${wantedText(decision)}${tail}`;
  }
  const { from, to, because } = verdict;
  const node = verdict.kind === 'in' ? `, ${verdict.node.name} (${verdict.instanceId}) goes` : '';
  return `scale ${verdict.kind} from ${from} to ${to}${node}: ${because}, ${POOL_REASON_TEXT[because]}${tail}`;
}

/** A decision's numbers in a few words. */
export function describePoolNumbers(
  numbers: PoolNumbers,
  waits: Pick<PoolDecision, 'cooldownLeftMs' | 'backoffLeftMs' | 'asked' | 'threshold'>,
): string {
  const { metric, percent } = numbers;
  const parts = [
    `nodes ${numbers.nodes} of ${numbers.desired} (${numbers.min}..${numbers.max})`,
    `cpu ${round(percent.cpu)} %, memory ${round(percent.memory)} %, disk ${round(percent.disk)} %`,
    `${metric} used ${usedIn(numbers)} of ${round(numbers.maxAllowed)} allowed, ${round(numbers.maxAllowedWithout)} without one`,
    `overhead ${round(numbers.overhead)}`,
    `fault tolerance ${numbers.faultTolerance}`,
    `asked ${waits.asked} of ${waits.threshold}`,
  ];
  if (numbers.unjoined > 0) parts.push(`${numbers.unjoined} instances without a node`);
  if (numbers.lost.length > 0) parts.push(`lost ${numbers.lost.join(' ')}`);
  parts.push(...numbers.pending.slice(0, MOST_TOLD).map(pendingText));
  parts.push(
    ...numbers.candidates
      .filter((one) => one.against !== '')
      .slice(0, MOST_TOLD)
      .map(candidateText),
  );
  if (waits.cooldownLeftMs > 0) parts.push(`cooldown ${Math.ceil(waits.cooldownLeftMs / 1000)} s left`);
  if (waits.backoffLeftMs > 0) parts.push(`backoff ${Math.ceil(waits.backoffLeftMs / 1000)} s left`);
  return parts.join(', ');
}

/** More are in the decision itself, not in its sentence. */
const MOST_TOLD = 5;

function wantedText({ ask }: PoolDecision): string {
  if (ask.kind === 'none') return '';
  return ask.kind === 'in'
    ? ` (would remove ${ask.node.name}: ${ask.because})`
    : ` (would add ${ask.nodes}: ${ask.because})`;
}

function pendingText(report: PendingReport): string {
  const { queued, counted, why } = report;
  return `${groupId(report)} waits with ${queued}, ${counted} count${why === '' ? '' : ` (${why})`}`;
}

function candidateText({ nodeName, against, detail }: CandidateReport): string {
  return `${nodeName} stays: ${against}${detail === '' ? '' : ` (${detail})`}`;
}

function usedIn({ metric, used }: PoolNumbers): number {
  const amounts = { cpu: used.cpuMhz, none: used.cpuMhz, memory: used.memoryMb, disk: used.diskMb };
  return round(amounts[metric]);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

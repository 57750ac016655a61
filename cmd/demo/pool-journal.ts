import { describePoolNumbers } from '../../src/domain/decision/describe-pool.ts';
import type { PoolActReason, PoolDecision, PoolNumbers } from '../../src/domain/decision/pool-judgement.ts';
import type { AgentLine } from './agent-line.ts';

/** A decision that changes the size of a pool. */
export interface PoolChange {
  /** The cluster's time, milliseconds since the epoch. */
  readonly atMs: number;
  readonly pool: string;
  readonly direction: 'out' | 'in';
  readonly from: number;
  readonly to: number;
  readonly reason: PoolActReason;
  /** The node that goes; '' for out. */
  readonly node: string;
  readonly numbers: PoolNumbers | undefined;
  /** How it ended: `success`, `failure`, `dropped`, and why; undefined while it is under way. */
  readonly outcome?: string;
  readonly why?: string;
}

/** What the last rounds of a pool came to. */
export interface PoolStory {
  readonly decision: PoolDecision | undefined;
  readonly lastChange: PoolChange | undefined;
  /** What its operation last said that it waits for or does; '' while there is none. */
  readonly step: string;
}

/** All that was told of pools so far. */
export interface PoolBook {
  readonly decisions: readonly PoolChange[];
  readonly pools: ReadonlyMap<string, PoolStory>;
  /** Takes in a line of the agent's log; answers the change that it tells of. */
  hear(line: AgentLine): PoolChange | undefined;
}

const NO_STORY: PoolStory = { decision: undefined, lastChange: undefined, step: '' };

/** Begins with no pool. */
export function createPoolBook(): PoolBook {
  const decisions: PoolChange[] = [];
  const pools = new Map<string, PoolStory>();
  return {
    decisions,
    pools,
    hear: (line) => {
      if (line.pool === '') return undefined;
      const change = changeOf(line);
      if (change) decisions.push(change);
      if (line.event === 'pool-operation-ended') setOutcome(decisions, line);
      const lastChange = decisions.findLast(({ pool }) => pool === line.pool);
      pools.set(line.pool, { ...nextStory(pools.get(line.pool) ?? NO_STORY, line), lastChange });
      if (line.event === 'pool-removed') pools.delete(line.pool);
      return change;
    },
  };
}

function nextStory(story: PoolStory, { event, poolDecision, text }: AgentLine): PoolStory {
  switch (event) {
    case 'pool-decided':
      return { ...story, decision: poolDecision ?? story.decision };
    case 'pool-operation-stepped':
      return { ...story, step: text };
    case 'pool-operation-begun':
    case 'pool-operation-failed':
    case 'pool-operation-ended':
      return { ...story, step: '' };
    default:
      return story;
  }
}

function changeOf({ atMs, pool, poolDecision }: AgentLine): PoolChange | undefined {
  if (!poolDecision || poolDecision.verdict.kind === 'hold') return undefined;
  const { verdict, numbers } = poolDecision;
  const { kind: direction, from, to, because: reason } = verdict;
  const node = verdict.kind === 'in' ? verdict.node.name : '';
  return { atMs, pool, direction, from, to, reason, node, numbers };
}

/** Of the pool's last decision: it has one operation at a time. */
function setOutcome(decisions: PoolChange[], { pool, outcome, why }: AgentLine): void {
  const index = decisions.findLastIndex((one) => one.pool === pool);
  const decision = decisions[index];
  if (decision) decisions[index] = { ...decision, outcome, why };
}

/** The change in a few words, with what it was decided from. */
export function describeChange(change: PoolChange, decision: PoolDecision | undefined): string {
  const { pool, direction, from, to, reason, node, numbers } = change;
  const goes = node === '' ? '' : `, ${node} goes`;
  const numbersText = numbers && decision ? `: ${describePoolNumbers(numbers, decision)}` : '';
  return `${pool}: ${direction} from ${from} to ${to}${goes}, ${reason}${numbersText}`;
}

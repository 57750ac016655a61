import { decideGroup, type GroupDecision } from '../../src/domain/decision/group-decision.ts';
import type { Wish } from '../../src/domain/decision/judge-group.ts';
import type {
  PoolAsk,
  PoolDecision,
  PoolNumbers,
  PoolVerdict,
} from '../../src/domain/decision/pool-judgement.ts';
import type { HoldReason } from '../../src/domain/decision/reason.ts';
import { beginIn, beginOut, type PoolOperation } from '../../src/domain/pool-operation.ts';
import { aGroup, aPolicy, aSnapshot, aUsage, NOW_MS, OPEN_GATES } from '../domain/build.ts';

/** A group of 3 of at most 10 that asks for one more. */
export const ASKS_MORE: Wish = { kind: 'scale', direction: 'out', to: 4, because: 'above' };

/** A group's decision; `max` is its policy's. */
export function groupDecision(
  wish: Wish,
  part: { max?: number; cpu?: number; cooldownLeftMs?: number } = {},
): GroupDecision {
  const { max = 10, cpu = 50, cooldownLeftMs = 0 } = part;
  const snapshot = aSnapshot({ group: aGroup({ count: 3 }), usage: aUsage({ cpu }) });
  return decideGroup(snapshot, aPolicy({ max }), { wish, gates: { ...OPEN_GATES, cooldownLeftMs } });
}

/** A group's decision that holds because of its numbers. */
export function groupHold(reason: HoldReason): GroupDecision {
  return groupDecision({ kind: 'hold', reason });
}

export function poolNumbers(part: Partial<PoolNumbers> = {}): PoolNumbers {
  return {
    nodes: 3,
    desired: 3,
    min: 1,
    max: 5,
    metric: 'memory',
    capacity: { cpuMhz: 12_000, memoryMb: 6_000, diskMb: 90_000 },
    used: { cpuMhz: 3_000, memoryMb: 4_500, diskMb: 9_000 },
    percent: { cpu: 25, memory: 75, disk: 10 },
    averageNode: 2_000,
    reserve: { cpuMhz: 1200, memoryMb: 600, diskMb: 0 },
    overhead: 500,
    faultTolerance: 1,
    maxAllowed: 3_500,
    maxAllowedWithout: 1_500,
    unjoined: 0,
    unbound: 0,
    readyMembers: 3,
    joining: [],
    lost: [],
    pending: [],
    pendingNodes: 0,
    candidates: [],
    ...part,
  };
}

/** A pool's decision; without numbers where `numbers` is undefined. */
export function poolDecision(
  verdict: PoolVerdict,
  ask: PoolAsk,
  numbers: PoolNumbers | undefined = poolNumbers(),
): PoolDecision {
  const counters = { cooldownLeftMs: 0, backoffLeftMs: 0, asked: 0, threshold: 3 };
  return { verdict, ask, ...(numbers && { numbers }), detail: '', ...counters };
}

const POOL = { pool: 'pool-a', region: 'eu-west-1', provider: 'aws', retryThreshold: 3 };

/** Out from 3 to 4. */
export function outOperation(): PoolOperation {
  return beginOut(
    { ...POOL, because: 'above', from: 3, to: 4, members: [], message: 'scale out from 3 to 4: above' },
    [],
    NOW_MS,
  );
}

/** One node less. */
export function inOperation(): PoolOperation {
  const node = { nodeId: 'n1', nodeName: 'node-1', instanceId: 'i-1' };
  return beginIn({ ...POOL, ...node, drainDeadlineMs: 900_000, message: 'scale in: below' }, NOW_MS);
}

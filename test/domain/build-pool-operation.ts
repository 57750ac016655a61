import type { InOperation, OutOperation, PoolOperation } from '../../src/domain/pool-operation.ts';
import type { PoolSight } from '../../src/domain/pool-sight.ts';
import type { PoolStep } from '../../src/domain/pool-step.ts';
import type { InstanceFacts, PoolGroup, PoolMember } from '../../src/domain/worker-pool.ts';
import { NOW_MS } from './build.ts';
import { aMember, anInstance, aPoolGroup } from './build-pool.ts';

/** Operations of `pool-a` and what their looks see. */

const COMMON = {
  pool: 'pool-a',
  region: 'eu-west-1',
  provider: 'aws',
  message: 'why it was begun',
  startedMs: NOW_MS,
  phaseMs: NOW_MS,
  acceptedMs: 0,
  unansweredMs: 0,
  lostMs: 0,
  frozen: '',
  retryThreshold: 3,
} as const;

/** From 3 to 4, begun now with instances i-1, i-2, i-3 and nodes up to index 50. */
export function anOutOperation(part: Partial<OutOperation> = {}): OutOperation {
  return {
    ...COMMON,
    direction: 'out',
    phase: 'requested',
    because: 'above',
    from: 3,
    to: 4,
    members: ['i-1', 'i-2', 'i-3'],
    nodeIndex: 50,
    failed: [],
    target: '',
    ...part,
  };
}

/** Removes node n1 on instance i-n1, begun now. */
export function anInOperation(part: Partial<InOperation> = {}): InOperation {
  return {
    ...COMMON,
    direction: 'in',
    phase: 'draining',
    because: 'below',
    nodeId: 'n1',
    nodeName: 'client-n1',
    instanceId: 'i-n1',
    drainDeadlineMs: 900_000,
    undo: '',
    ...part,
  };
}

/** A look that saw nothing at all. */
export function aPoolSight(part: Partial<PoolSight> = {}): PoolSight {
  return {
    group: undefined,
    instances: new Map(),
    membership: new Map(),
    node: undefined,
    work: [],
    nodes: [],
    unread: [],
    trouble: '',
    asksOut: false,
    failures: 0,
    nowMs: NOW_MS,
    ...part,
  };
}

/** The group with its instances by id; those of no other lifecycle are in service. */
export function groupOf(desired: number, ids: readonly string[], part: Partial<PoolMember> = {}): PoolGroup {
  const members = ids.map((instanceId) => aMember({ instanceId, ...part }));
  return aPoolGroup({ desired, members });
}

export function instancesOf(...all: readonly Partial<InstanceFacts>[]): ReadonlyMap<string, InstanceFacts> {
  const facts = all.map((part) => anInstance({ launchedMs: 0, ...part }));
  return new Map(facts.map((one) => [one.instanceId, one]));
}

/** A step in a few words: `wait`, `move joining`, `call terminate i-4`, `end failure failsafe`. */
export function wordOf(step: PoolStep): string {
  switch (step.kind) {
    case 'wait':
      return 'wait';
    case 'move':
      return ['move', nextWord(step.next), step.failure && '+1', step.failsafe && 'failsafe']
        .filter(Boolean)
        .join(' ');
    case 'call':
      return `call ${step.call.kind} ${Object.values(step.call).slice(1).join(' ')}`;
    case 'end':
      return ['end', step.outcome, step.failsafe && 'failsafe', step.failedDrain].filter(Boolean).join(' ');
  }
}

function nextWord(next: PoolOperation): string {
  const frozen = next.frozen === '' ? '' : ' frozen';
  if (next.direction === 'in') return `${next.phase}${next.undo === '' ? '' : ` ${next.undo}`}${frozen}`;
  return `${next.phase}${next.target === '' ? '' : ` ${next.target}`}${frozen}`;
}

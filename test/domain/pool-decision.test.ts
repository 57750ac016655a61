import { describe, expect, test } from 'vitest';
import { describePoolDecision } from '../../src/domain/decision/describe-pool.ts';
import { judgePool } from '../../src/domain/decision/judge-pool.ts';
import {
  countAsk,
  decidePool,
  type PoolGateFacts,
  resetCounters,
} from '../../src/domain/decision/pool-decision.ts';
import type { PoolDecision } from '../../src/domain/decision/pool-judgement.ts';
import type { PoolSnapshot } from '../../src/domain/pool-snapshot.ts';
import {
  anInstance,
  aPoolGroup,
  aPoolPolicy,
  aPoolSnapshot,
  poolNodes,
  resources,
  work,
  type PoolPart,
} from './build-pool.ts';
import { aState, MINUTE_MS, NOW_MS } from './build.ts';

const OPEN: PoolGateFacts = {
  failsafe: false,
  paused: false,
  operation: false,
  backoffLeftMs: 0,
  cooldownLeftMs: 0,
  asked: 3,
};

function decide(part: PoolPart, facts: Partial<PoolGateFacts> = {}): PoolDecision {
  const snapshot: PoolSnapshot = aPoolSnapshot(part);
  const judging = judgePool(snapshot);
  if (!judging.ok) throw new Error(judging.why);
  return decidePool(snapshot, judging.judgement, { ...OPEN, ...facts });
}

function verdict(part: PoolPart, facts: Partial<PoolGateFacts> = {}): string {
  const { verdict: one } = decide(part, facts);
  return one.kind === 'hold' ? one.reason : `${one.kind} ${one.from} ${one.to} ${one.because}`;
}

/** Two of three nodes are needed, so one must not go, and full: out by one. */
const FULL: PoolPart = {
  allocations: { n1: [work(resources(4000))], n2: [work(resources(4000))], n3: [work(resources(4000))] },
};
const IDLE: PoolPart = {};

test('a full pool grows by one, an idle one shrinks by one', () => {
  expect(verdict(FULL)).toBe('out 3 4 above');
  expect(verdict(IDLE)).toBe('in 3 2 below');
});

describe('what stands between', () => {
  const members = poolNodes(3).flatMap(({ member }) => member ?? []);
  const group = (part: object) => ({ group: aPoolGroup({ desired: 3, members, ...part }) });

  test.each<[string, PoolPart, Partial<PoolGateFacts>, string]>([
    ['failsafe', FULL, { failsafe: true }, 'failsafe'],
    ['a pause', FULL, { paused: true }, 'paused'],
    ['an operation', FULL, { operation: true }, 'operation'],
    ['the backoff', FULL, { backoffLeftMs: 1 }, 'backoff'],
    ['the cooldown', FULL, { cooldownLeftMs: 1 }, 'cooldown'],
    ['too few that asked', FULL, { asked: 2 }, 'threshold'],
    ['for in, nodes that are not as many as desired', { ...IDLE, ...group({ desired: 4 }) }, {}, 'moving'],
    ['for out, a young instance without a node', { ...FULL, unjoined: [anInstance()] }, {}, 'moving'],
    ["the group's minimum", { ...IDLE, ...group({ min: 3 }) }, {}, 'asg-min'],
    ["the policy's minimum", { ...IDLE, policy: aPoolPolicy({ min: 3 }) }, {}, 'asg-min'],
    ["the group's maximum", { ...FULL, ...group({ max: 3 }) }, {}, 'asg-max'],
    ["the policy's maximum", { ...FULL, policy: aPoolPolicy({ max: 3 }) }, {}, 'asg-max'],
  ])('is %s', (_what, part, facts, wanted) => {
    expect(verdict(part, facts)).toBe(wanted);
  });

  test('not an instance that has not joined for eight minutes: it is lost, and reported', () => {
    const old = anInstance({ instanceId: 'i-lost', launchedMs: NOW_MS - 8 * MINUTE_MS });
    expect(verdict({ ...FULL, unjoined: [old] })).toBe('out 3 4 above');
    expect(decide({ ...FULL, unjoined: [old] }).numbers?.lost).toEqual(['i-lost']);
  });

  test('nor one dead client among ten at full load', () => {
    const nodes = poolNodes(9);
    const allocations = Object.fromEntries(nodes.map(({ node }) => [node.id, [work(resources(4000))]]));
    const dead = anInstance({ instanceId: 'i-dead', launchedMs: NOW_MS - 60 * MINUTE_MS });
    const ten = aPoolGroup({ desired: 10, members: nodes.flatMap(({ member }) => member ?? []) });
    expect(verdict({ nodes, allocations, group: ten, unjoined: [dead] })).toBe('out 10 11 above');
  });

  test('several at once: the first in order is told', () => {
    expect(verdict(FULL, { failsafe: true, paused: true, operation: true })).toBe('failsafe');
    expect(verdict(FULL, { cooldownLeftMs: 1, asked: 0 })).toBe('cooldown');
  });
});

describe('the counters', () => {
  const policy = aPoolPolicy();
  const out = { kind: 'out', nodes: 1, because: 'above' } as const;

  test('rise with the direction that is asked for, up to the threshold, and clear the other', () => {
    let state = aState({ scaleInRequests: 2 });
    const seen: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      state = countAsk(state, out, policy);
      seen.push(`${state.scaleOutRequests}/${state.scaleInRequests}`);
    }
    expect(seen).toEqual(['1/0', '2/0', '3/0', '3/0']);
  });

  test('are cleared by a round that asks for nothing, and when an operation begins', () => {
    const asked = aState({ scaleOutRequests: 2 });
    expect(countAsk(asked, { kind: 'none', reason: 'steady' }, policy).scaleOutRequests).toBe(0);
    expect(resetCounters(asked).scaleOutRequests).toBe(0);
  });
});

describe('the sentence of a decision', () => {
  test('has reason and numbers', () => {
    expect(describePoolDecision(decide(FULL))).toMatch(
      /^scale out from 3 to 4: above, .*cpu used 12000 of 8000 allowed/,
    );
  });

  test('says which node goes, and what a hold keeps from happening', () => {
    expect(describePoolDecision(decide(IDLE))).toContain('client-n1 (i-n1) goes');
    expect(describePoolDecision(decide(IDLE, { cooldownLeftMs: 1500 }))).toMatch(
      /^hold: cooldown, .*would remove client-n1: below.*cooldown 2 s left/,
    );
  });
});

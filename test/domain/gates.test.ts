import { describe, expect, test } from 'vitest';
import { type GateFacts, GROUP_GATES, heldBy, needsDeployments } from '../../src/domain/decision/gates.ts';
import type { Wish } from '../../src/domain/decision/judge-group.ts';
import type { GroupPolicy } from '../../src/domain/policy/group-policy.ts';
import { aPolicy, OPEN_GATES } from './build.ts';

const OUT: Wish = { kind: 'scale', direction: 'out', to: 4, because: 'above' };
const IN: Wish = { kind: 'scale', direction: 'in', to: 2, because: 'below' };

/** In their order: what closes each gate. */
const CLOSED: readonly (readonly [string, Partial<GateFacts>, Partial<GroupPolicy>])[] = [
  ['disabled', {}, { enabled: false }],
  ['failsafe', { failsafe: true }, {}],
  ['paused', { paused: true }, {}],
  ['operation', { operation: true }, {}],
  ['deployment', { deployment: true }, {}],
  ['backoff', { backoffLeftMs: 1 }, {}],
  ['cooldown', { cooldownLeftMs: 1 }, {}],
  ['max', {}, { max: 3 }],
];

const ORDER = [...CLOSED.map(([reason]) => reason), 'min'];

describe('the gates', () => {
  test('stand in the order of the specification', () => {
    expect(GROUP_GATES.map(({ reason }) => reason)).toEqual(ORDER);
  });

  test('let a wish through when all are open', () => {
    expect(heldBy(OUT, OPEN_GATES, aPolicy())).toBeUndefined();
    expect(heldBy(IN, OPEN_GATES, aPolicy())).toBeUndefined();
  });

  test('let one through that goes exactly to a bound', () => {
    expect(heldBy(OUT, OPEN_GATES, aPolicy({ max: 4 }))).toBeUndefined();
    expect(heldBy(IN, OPEN_GATES, aPolicy({ min: 2 }))).toBeUndefined();
  });

  test.each(CLOSED)('hold it for %s alone', (reason, facts, policy) => {
    expect(heldBy(OUT, { ...OPEN_GATES, ...facts }, aPolicy(policy))).toBe(reason);
  });

  test('hold a wish below the minimum', () => {
    expect(heldBy(IN, OPEN_GATES, aPolicy({ min: 3 }))).toBe('min');
  });

  test.each(CLOSED.map(([reason], at) => [reason, at] as const))(
    '%s comes before every gate behind it',
    (reason, at) => {
      const behind = CLOSED.slice(at);
      const facts = Object.assign({}, OPEN_GATES, ...behind.map(([, part]) => part)) as GateFacts;
      const policy = aPolicy(Object.assign({}, ...behind.map(([, , part]) => part)) as Partial<GroupPolicy>);
      expect(heldBy(OUT, facts, policy)).toBe(reason);
    },
  );

  test('a wish to hold keeps its own reason, whatever is closed', () => {
    const facts = { ...OPEN_GATES, failsafe: true, operation: true };
    expect(heldBy({ kind: 'hold', reason: 'steady' }, facts, aPolicy({ enabled: false }))).toBe('steady');
  });
});

describe('deployments are asked for', () => {
  const isAsked = (wish: Wish, facts: Partial<GateFacts>, policy: Partial<GroupPolicy>): boolean =>
    needsDeployments(wish, { ...OPEN_GATES, ...facts }, aPolicy(policy));

  test.each(CLOSED.slice(0, 4))('not while %s holds the wish anyway', (_reason, facts, policy) => {
    expect(isAsked(OUT, facts, policy)).toBe(false);
  });

  test.each(CLOSED.slice(5))(
    'although %s would hold it: the deployment is told first',
    (_reason, facts, policy) => {
      expect(isAsked(OUT, facts, policy)).toBe(true);
    },
  );

  test('for a wish to scale with all gates open, not for one to hold', () => {
    expect(isAsked(OUT, {}, {})).toBe(true);
    expect(isAsked({ kind: 'hold', reason: 'steady' }, {}, {})).toBe(false);
  });
});

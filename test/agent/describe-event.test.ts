import { describe, expect, test } from 'vitest';
import { describeEvent } from '../../src/agent/describe-event.ts';
import type { AgentEvent } from '../../src/agent/events.ts';
import { decideGroup, holdBlind } from '../../src/domain/decision/group-decision.ts';
import type { HoldReason } from '../../src/domain/decision/reason.ts';
import { aPolicy, anOperation, aSnapshot, aUsage, OPEN_GATES } from '../domain/build.ts';

function held(reason: HoldReason) {
  const snapshot = aSnapshot({ usage: aUsage() });
  return decideGroup(snapshot, aPolicy(), { wish: { kind: 'hold', reason }, gates: OPEN_GATES });
}

function decided(reason: HoldReason, before: HoldReason | 'scale' | undefined): AgentEvent {
  return { kind: 'decided', group: 'web/api', decision: held(reason), before };
}

describe('the level of a decision', () => {
  test.each<[string, HoldReason, HoldReason | 'scale' | undefined, string]>([
    ['a hold is no news', 'steady', 'steady', 'debug'],
    ['nor is another hold', 'cooldown', 'steady', 'debug'],
    ['the loss of measurement is a warning', 'no-metrics', 'steady', 'warn'],
    ['at the first look as well', 'no-metrics', undefined, 'warn'],
    ['its lasting is no news', 'no-metrics', 'no-metrics', 'debug'],
    ['its end is', 'steady', 'no-metrics', 'info'],
  ])('%s', (_what, reason, before, level) => {
    expect(describeEvent(decided(reason, before)).level).toBe(level);
  });

  test.each<[string, HoldReason | undefined]>([
    ['lists that are not heard are no warning for each group', 'steady'],
    ['nor news for each round', 'no-metrics'],
  ])('%s', (_what, before) => {
    const event = { kind: 'decided', group: 'web/api', decision: holdBlind('no-metrics'), before } as const;
    expect(describeEvent(event).level).toBe('debug');
  });

  test('a change of the count is told at info, with its numbers', () => {
    const wish = { kind: 'scale', direction: 'out', to: 4, because: 'above' } as const;
    const decision = decideGroup(aSnapshot(), aPolicy(), { wish, gates: OPEN_GATES });
    const line = describeEvent({ kind: 'decided', group: 'web/api', decision, before: 'steady' });
    expect(line.level).toBe('info');
    expect(line.message).toMatch(
      /^web\/api: scale out from 3 to 4: above, .*count 3 \(1\.\.10\), cpu 50\.0 %/,
    );
  });
});

function failed(service: string, what: string): AgentEvent {
  return { kind: 'service-failed', service, what, error: new Error('no answer') };
}

test.each<[string, AgentEvent, RegExp]>([
  [
    'success',
    ended('success', 0),
    /^info client\/job_scaling web\/api: scale out from 3 to 4 ended, success: because$/,
  ],
  [
    'a failure with its count',
    ended('failure', 2),
    /^error client\/job_scaling .*failure: because \(failures: 2\)$/,
  ],
  [
    'failsafe',
    { kind: 'failsafe-tripped', group: 'web/api', failures: 3 },
    /^warn core\/failsafe web\/api: failsafe is set after 3 failures; .*an operator resets it$/,
  ],
  [
    'every fault of a policy in one line',
    {
      kind: 'policy-invalid',
      job: 'web',
      group: 'api',
      faults: [
        { key: 'replicator_min', text: 'is missing' },
        { key: 'replicator_max', text: 'is "x"' },
      ],
    },
    /^error client\/job_scaling_policies job web and group api .*replicator_min is missing.*replicator_max is "x"/,
  ],
  [
    'an outage',
    failed('consul', 'renew the session'),
    /^error client\/consul no answer; nothing is scaled meanwhile, trying again$/,
  ],
  ['one of a list that everything needs', failed('nomad', 'jobs'), /; nothing is scaled meanwhile/],
  ['one of a list that pools need', failed('nomad', 'nodes'), /; no worker pool is scaled meanwhile/],
  ['one of a single node', failed('nomad', 'node specifications'), /; no worker pool is scaled/],
  ['one of a single group', failed('nomad', 'scale web/api'), /; what needs it is not scaled meanwhile/],
  ['one of a cloud', failed('aws', 'pool workers'), /^error client\/aws .*; what needs it is not scaled/],
  ['a reload without changes', { kind: 'settings-changed', keys: [] }, /changed: nothing$/],
])('tells %s', (_what, event, pattern) => {
  const { level, origin, message } = describeEvent(event);
  expect(`${level} ${origin} ${message}`).toMatch(pattern);
});

test('an error is a text in the fields of a line', () => {
  const event = { kind: 'round-failed', resource: 'web/api', error: new Error('boom') } as const;
  expect(describeEvent(event).fields).toEqual({ event: 'round-failed', resource: 'web/api', error: 'boom' });
});

function ended(outcome: 'success' | 'failure', failures: number): AgentEvent {
  const operation = anOperation();
  return { kind: 'operation-ended', group: 'web/api', operation, outcome, why: 'because', failures };
}

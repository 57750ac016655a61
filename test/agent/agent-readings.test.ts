import { describe, expect, test } from 'vitest';
import { createAnswers } from '../../src/agent/agent-readings.ts';
import type { AgentEvent } from '../../src/agent/events.ts';
import type { GroupTarget } from '../../src/agent/group-context.ts';
import type { Pools } from '../../src/agent/pool-context.ts';
import type { Store } from '../../src/agent/store.ts';
import { watchFlags } from '../../src/agent/watch-flags.ts';
import { encodeFlag } from '../../src/domain/flag-document.ts';
import { keysBelow } from '../../src/domain/keys.ts';
import { encodeGroupOperation } from '../../src/domain/operation-document.ts';
import { encodePoolOperation } from '../../src/domain/pool-operation-document.ts';
import { groupKey } from '../../src/domain/snapshot.ts';
import { encodeState } from '../../src/domain/state-document.ts';
import { aPolicy, anOperation, aState } from '../domain/build.ts';
import { aPoolPolicy } from '../domain/build-pool.ts';
import { outOperation } from './decisions.ts';

const keys = keysBelow('replicator/config');
const API = { namespace: 'default', jobId: 'web', group: 'api' };
const TEAM = { namespace: 'team', jobId: 'web', group: 'api' };

/** A store that holds these values. */
function storeOf(values: ReadonlyMap<string, string>, isReady = true): Store {
  const entries = () => [...values].map(([key, value]) => ({ key, value, index: 7, session: '' }));
  return {
    ready: () => isReady,
    get: (key: string) => entries().find((entry) => entry.key === key),
    below: (prefix: string) => entries().filter(({ key }) => key.startsWith(prefix)),
  } as unknown as Store;
}

const target = (ref: GroupTarget['ref'], notificationUid: string): [string, GroupTarget] => [
  groupKey(ref),
  { ref, job: undefined, policy: { kind: 'policy', policy: aPolicy({ notificationUid }) }, readIndex: 1 },
];

function answersOf(values: ReadonlyMap<string, string>) {
  const pool = {
    pool: 'pool-a',
    policy: { kind: 'policy', policy: aPoolPolicy({ notificationUid: 'uid-p' }) },
  };
  return createAnswers({
    store: storeOf(values),
    keys,
    groups: () => new Map([target(API, 'uid-1'), target(TEAM, '')]),
    pools: () => new Map([['pool-a', pool]]) as unknown as Pools,
    leading: () => true,
    leaseLeftMs: () => 5_000,
    members: () => [],
  });
}

describe('what an agent is asked', () => {
  test('of every resource with a policy: failures and failsafe; nothing where the state cannot be read', () => {
    const answers = answersOf(
      new Map([
        [keys.groupState(API), encodeState(aState({ failureCount: 2, failsafeMode: true }), 0)],
        [keys.poolState('pool-a'), '{"failure_count": "many"}'],
      ]),
    );
    expect([...answers.resources()]).toEqual([
      { type: 'job_group', id: 'web/api', state: { failures: 2, failsafe: true } },
      { type: 'job_group', id: 'team:web/api', state: { failures: 0, failsafe: false } },
      { type: 'worker_pool', id: 'pool-a', state: undefined },
    ]);
  });

  test('of operations under way: their phases, also of resources that are gone', () => {
    const operation = outOperation();
    const gone = anOperation({ jobId: 'gone', phase: 'reverting' });
    const answers = answersOf(
      new Map([
        [keys.groupOperation(API), encodeGroupOperation(anOperation())],
        [keys.groupOperation(gone), encodeGroupOperation(gone)],
        [keys.poolOperation('pool-a'), encodePoolOperation(operation)],
        [keys.groupOperation(TEAM), 'no operation'],
      ]),
    );
    expect([...answers.operations()]).toEqual([
      { type: 'job_group', phase: 'confirming' },
      { type: 'job_group', phase: 'reverting' },
      { type: 'worker_pool', phase: 'requested' },
    ]);
  });

  test('of flags: set or not, and one that cannot be read is', () => {
    const flag = encodeFlag({ set: false, by: '', at: '', reason: '' });
    const answers = answersOf(
      new Map([
        [keys.failsafe, flag],
        [keys.paused, 'x'],
      ]),
    );
    expect([answers.failsafe(), answers.paused()]).toEqual([false, true]);
    expect([answers.leading(), answers.leaseLeftMs()]).toEqual([true, 5_000]);
  });

  test('about a resource: its uid and where its state lies', () => {
    const answers = answersOf(new Map());
    expect(answers.about('job_group', 'web/api')).toEqual({ uid: 'uid-1', statePath: keys.groupState(API) });
    expect(answers.about('job_group', 'team:web/api')).toEqual({ uid: '', statePath: keys.groupState(TEAM) });
    expect(answers.about('job_group', 'gone/api')).toBeUndefined();
    expect(answers.about('worker_pool', 'pool-a')).toEqual({
      uid: 'uid-p',
      statePath: keys.poolState('pool-a'),
    });
  });
});

test('flags are told when they change, not what they were at the start', () => {
  const events: AgentEvent[] = [];
  const changed = watchFlags(keys, (event) => events.push(event));
  const set = encodeFlag({ set: true, by: 'ops', at: '', reason: 'why' });
  changed(storeOf(new Map(), false));
  changed(storeOf(new Map([[keys.paused, set]])));
  expect(events).toEqual([]);
  changed(
    storeOf(
      new Map([
        [keys.paused, set],
        [keys.failsafe, set],
      ]),
    ),
  );
  changed(storeOf(new Map([[keys.failsafe, set]])));
  expect(events).toEqual([
    { kind: 'flag-changed', flag: 'failsafe', set: true, by: 'ops', reason: 'why' },
    { kind: 'flag-changed', flag: 'paused', set: false, by: '', reason: '' },
  ]);
});

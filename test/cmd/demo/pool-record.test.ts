import { describe, expect, test } from 'vitest';
import { parseAgentLine } from '../../../cmd/demo/agent-line.ts';
import { awsActionOf } from '../../../cmd/demo/endpoint.ts';
import { createJournal, type News } from '../../../cmd/demo/journal.ts';
import { KEY_ROOT, performAct, type Place } from '../../../cmd/demo/perform-act.ts';
import { reportText } from '../../../cmd/demo/report.ts';
import { type Act, batch, describeWorld, each, pool } from '../../../cmd/demo/scenario.ts';
import { readWorldPools } from '../../../cmd/demo/world-pools.ts';
import { describeEvent } from '../../../src/agent/describe-event.ts';
import type { AgentEvent } from '../../../src/agent/events.ts';
import type { PoolDecision } from '../../../src/domain/decision/pool-judgement.ts';
import { keysBelow } from '../../../src/domain/keys.ts';
import { beginOut } from '../../../src/domain/pool-operation.ts';
import { initialState } from '../../../src/domain/scaling-state.ts';
import { decodeState, encodeState } from '../../../src/domain/state-document.ts';
import { createCloudPools } from '../../../src/simulator/aws/cloud-pools.ts';
import { createConsulFace } from '../../../src/simulator/consul/consul-face.ts';
import { Random } from '../../../src/simulator/random.ts';
import { serveFace } from '../../../src/simulator/serve.ts';
import { VirtualClock } from '../../../src/simulator/virtual-clock.ts';
import { buildWorld } from '../../../src/simulator/world-file.ts';

test.each([
  ['Action=DetachInstances&Version=2011-01-01&AutoScalingGroupName=workers', 'DetachInstances'],
  ['Version=2016-11-15', ''],
  [undefined, ''],
])('the body %j asks for %j', (body, action) => {
  expect(awsActionOf(body === undefined ? {} : { body })).toBe(action);
});

/** The event as the agent's JSON log has it, read again. */
function logged(event: AgentEvent, time = '2026-01-05T08:00:00.000Z') {
  const { level, origin, message, fields } = describeEvent(event);
  const line = parseAgentLine(JSON.stringify({ time, level, origin, message, ...fields }));
  if (!line) throw new Error('not read as a line of the log');
  return line;
}

const ask = { kind: 'out', nodes: 1, because: 'above' } as const;
const waits = { detail: '', cooldownLeftMs: 0, backoffLeftMs: 0, asked: 2, threshold: 2 };
const out: PoolDecision = { verdict: { kind: 'out', from: 3, to: 4, because: 'above' }, ask, ...waits };
const hold = (reason: 'steady' | 'unknown-instance'): PoolDecision => ({
  verdict: { kind: 'hold', reason },
  ask: { kind: 'none', reason },
  ...waits,
});
const operation = beginOut(
  {
    pool: 'workers',
    region: 'us-east-1',
    provider: 'aws',
    because: 'above',
    from: 3,
    to: 4,
    members: [],
    message: 'scale out',
    retryThreshold: 3,
  },
  [],
  0,
);

describe('the journal of pools', () => {
  const of = 'workers';
  const decided = (decision: PoolDecision): AgentEvent => ({
    kind: 'pool-decided',
    pool: of,
    decision,
    before: undefined,
  });
  const stepped: AgentEvent = {
    kind: 'pool-operation-stepped',
    pool: of,
    operation,
    text: 'waiting for i-1',
  };
  const ended = (outcome: 'success' | 'failure'): AgentEvent => ({
    kind: 'pool-operation-ended',
    pool: of,
    operation,
    outcome,
    why: 'i-1 joined',
    failures: 0,
  });

  test.each<[string, AgentEvent, News['kind'] | undefined]>([
    ['a scaling', decided(out), 'out'],
    ['a hold', decided(hold('steady')), undefined],
    ['a hold that somebody has to mend', decided(hold('unknown-instance')), 'warn'],
    ['the beginning of an operation', { kind: 'pool-operation-begun', pool: of, operation }, undefined],
    ['a step of it', stepped, 'info'],
    ['its success', ended('success'), 'info'],
    ['its failure', ended('failure'), 'error'],
    [
      'a failure on the way',
      { kind: 'pool-operation-failed', pool: of, operation, why: 'no capacity', failures: 1 },
      'error',
    ],
    ['failsafe', { kind: 'pool-failsafe-tripped', pool: of, failures: 3, why: 'it failed' }, 'warn'],
    ['a notice', { kind: 'pool-noticed', pool: of, text: 'members disagree' }, 'warn'],
    ['a termination', { kind: 'instance-terminated', pool: of, instanceId: 'i-1' }, undefined],
  ])('takes %s for news of the right kind, or for none', (_what, event, kind) => {
    const told: News[] = [];
    createJournal((news) => told.push(news)).hear(logged(event));
    expect(told.map((news) => news.kind)).toEqual(kind === undefined ? [] : [kind]);
  });

  test('keeps each decision that changes the size, and how it ended', () => {
    const journal = createJournal(() => undefined);
    journal.hear(logged(decided(out)));
    const change = { atMs: Date.UTC(2026, 0, 5, 8), pool: of, direction: 'out', from: 3, to: 4, node: '' };
    expect(journal.poolDecisions).toEqual([{ ...change, reason: 'above', numbers: undefined }]);
    journal.hear(logged(ended('success')));
    expect(journal.poolDecisions).toEqual([
      { ...change, reason: 'above', numbers: undefined, outcome: 'success', why: 'i-1 joined' },
    ]);
    expect(journal.decisions).toEqual([]);
  });

  test('knows what the operation waits for, and the last decision, until the pool is gone', () => {
    const journal = createJournal(() => undefined);
    journal.hear(logged(decided(out)));
    journal.hear(logged(stepped));
    journal.hear(logged(decided(hold('steady'))));
    expect(journal.pools.get(of)).toMatchObject({
      decision: { verdict: { reason: 'steady' } },
      lastChange: { to: 4 },
      step: 'waiting for i-1',
    });
    journal.hear(logged(ended('success')));
    expect(journal.pools.get(of)?.step).toBe('');
    journal.hear(logged({ kind: 'pool-removed', pool: of }));
    expect(journal.pools.size).toBe(0);
  });

  test('is told in a few sentences at the end', () => {
    const journal = createJournal(() => undefined);
    journal.hear(logged(decided(out)));
    const aws = { DescribeAutoScalingGroups: 40, UpdateAutoScalingGroup: 1 };
    const text = reportText({
      scenario: 'pool-wave',
      seed: 1,
      speed: 20,
      durationMs: 30_000,
      journal,
      requests: { nomad: {}, consul: {}, aws },
      tally: { sessions: 1, fencedTransactions: 2, scaleRequests: 0, renewedMs: 5 },
      handovers: [],
    });
    expect(text).toContain('pools began to scale out 1 time and in 0 times, 1 pool\n');
    expect(text).toMatch(
      /AWS was asked 41 times, to change something: UpdateAutoScalingGroup 1, DetachInstances 0, Term/,
    );
  });
});

describe('an act', () => {
  const workers = pool({
    name: 'workers',
    bounds: [1, 5],
    desired: 2,
    cpuMhz: 4000,
    memoryMb: 8192,
    cooldownS: 60,
  });
  const job = batch('crunch', {
    name: 'numbers',
    count: 2,
    cpuMhz: 500,
    memoryMb: 256,
    load: { cpuMhz: each(100), memoryMb: each(100) },
    runsS: 60,
  });

  async function onStage(
    play: (place: Place, act: (act: Act, afterMs?: number) => Promise<void>) => unknown,
  ) {
    const clock = new VirtualClock();
    const scenario = { summary: '', nodes: [], jobs: [], pools: [workers], script: [] };
    const description = describeWorld(scenario, 1);
    const world = buildWorld(description, clock);
    const cloud = createCloudPools(world, description.pools, 1);
    const place = { clock, world, cloud, consulUrl: '' };
    await play(place, async (act, afterMs = 0) => {
      await performAct(act, place);
      await clock.advance(afterMs);
    });
    cloud.stop();
    world.stop();
  }

  const runningOf = ({ world }: Place): number =>
    world.store.tables.allocations.all().filter(({ clientStatus }) => clientStatus === 'running').length;
  const statesOf = ({ world, cloud }: Place) =>
    cloud && readWorldPools(world, cloud).flatMap(({ instances }) => instances.map(({ state }) => state));

  test('runs a job, stops it, and runs it anew', () =>
    onStage(async (place, act) => {
      await act({ kind: 'run', job }, 30_000);
      expect(runningOf(place)).toBe(2);
      await act({ kind: 'stop', job: 'crunch' }, 50_000);
      expect(runningOf(place)).toBe(0);
      expect(place.world.store.job('default', 'crunch')).toBeUndefined();
      await act({ kind: 'run', job }, 30_000);
      expect(runningOf(place)).toBe(2);
      await act({ kind: 'stop', job: 'none' }, 60_000);
      expect(runningOf(place)).toBe(0);
    }));

  test('changes how instances of a pool come', () =>
    onStage(async (place, act) => {
      await act({ kind: 'pool', order: { pool: 'workers', desired: 3, joins: 'never' } }, 300_000);
      const nodes =
        place.cloud && readWorldPools(place.world, place.cloud)[0]?.instances.map(({ node }) => node);
      expect(nodes?.map((node) => node?.name)).toEqual(['workers-1', 'workers-2', undefined]);
    }));

  test('terminates what was detached, and nothing else', () =>
    onStage(async (place, act) => {
      await act({ kind: 'terminate-detached', pool: 'workers' }, 300_000);
      expect(statesOf(place)).toEqual(['running', 'running']);
      const [first] = place.cloud?.pools()[0]?.members ?? [];
      const key = 'us-east-1/workers';
      place.cloud?.cloud.detach(key, [first?.instanceId ?? ''], { decrement: true, by: 'test' });
      await act({ kind: 'stop', job: 'none' }, 60_000);
      expect(statesOf(place)).toEqual(['running', 'running']);
      await act({ kind: 'terminate-detached', pool: 'workers' }, 300_000);
      expect(statesOf(place)).toEqual(['running']);
    }));

  test('that needs an AWS says so where there is none', async () => {
    const clock = new VirtualClock();
    const world = buildWorld(describeWorld({ summary: '', nodes: [], jobs: [], script: [] }, 1), clock);
    const place = { clock, world, cloud: undefined, consulUrl: '' };
    await expect(performAct({ kind: 'terminate-detached', pool: 'x' }, place)).rejects.toThrow('no AWS');
    world.stop();
  });

  test('resets the failsafe of a pool as the command does', () =>
    onStage(async (place) => {
      const consul = createConsulFace({ clock: place.clock, random: new Random('1') });
      const server = await serveFace(consul);
      const key = keysBelow(KEY_ROOT).poolState('workers');
      const tripped = {
        ...initialState({ name: 'workers', type: 'worker_pool', path: key }),
        failsafeMode: true,
        failureCount: 3,
      };
      consul.putKey(key, encodeState(tripped, 0));
      await performAct({ kind: 'reset-failsafe', pool: 'workers' }, { ...place, consulUrl: server.url });
      const reading = decodeState(consul.key(key)?.text ?? '');
      expect(reading).toMatchObject({ ok: true, state: { failsafeMode: false, failureCount: 0 } });
      await server.close();
    }));
});

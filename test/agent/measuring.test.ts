import { describe, expect, test } from 'vitest';
import { createPrometheus, type Prometheus } from '../../src/adapters/telemetry/prometheus.ts';
import { countEvents } from '../../src/agent/counting.ts';
import type { AgentEvent } from '../../src/agent/events.ts';
import { type AgentReadings, measureState, type ResourceReading } from '../../src/agent/measure-state.ts';
import { measureEvents, measureRequests } from '../../src/agent/measuring.ts';
import { holdBlind } from '../../src/domain/decision/group-decision.ts';
import { STATSD_COUNTERS } from '../../src/domain/statsd-counters.ts';
import { observed, type RequestSeen } from '../../src/ports/metrics.ts';
import { PortError } from '../../src/ports/port-error.ts';
import { VirtualClock } from '../../src/simulator/virtual-clock.ts';
import { parsePrometheus, type PrometheusPage, valueOf } from '../adapters/telemetry/prometheus-text.ts';
import { anOperation } from '../domain/build.ts';
import {
  ASKS_MORE,
  groupDecision,
  groupHold,
  inOperation,
  outOperation,
  poolDecision,
  poolNumbers,
} from './decisions.ts';
import { aNotice } from './notices.ts';

async function readPage({ page }: Prometheus): Promise<PrometheusPage> {
  return parsePrometheus(await page.text());
}

async function pageAfter(...events: readonly AgentEvent[]): Promise<PrometheusPage> {
  const prometheus = createPrometheus();
  const listen = measureEvents(prometheus.metrics);
  for (const event of events) listen(event);
  return readPage(prometheus);
}

const group = 'web/api';
const pool = 'pool-a';
const HOLD_ASG = { kind: 'hold', reason: 'asg-max' } as const;
const ASK_OUT = { kind: 'out', nodes: 1, because: 'above' } as const;

function decided(decision: ReturnType<typeof groupHold>): AgentEvent {
  return { kind: 'decided', group, decision, before: undefined };
}

function poolDecided(decision: ReturnType<typeof poolDecision>): AgentEvent {
  return { kind: 'pool-decided', pool, decision, before: undefined };
}

function ended(outcome: 'success' | 'failure' | 'dropped' | 'no-room', namespace = 'default'): AgentEvent {
  return {
    kind: 'operation-ended',
    group,
    operation: anOperation({ namespace }),
    outcome,
    why: '',
    failures: 0,
  };
}

function poolEnded(outcome: 'success' | 'failure' | 'dropped'): AgentEvent {
  return { kind: 'pool-operation-ended', pool, operation: inOperation(), outcome, why: '', failures: 0 };
}

const POOL_FAILED: AgentEvent = {
  kind: 'pool-operation-failed',
  pool,
  operation: outOperation(),
  why: '',
  failures: 1,
};

describe('a decision', () => {
  test('of a group leaves its numbers, and is counted by its reason', async () => {
    const page = await pageAfter(
      decided(groupHold('steady')),
      decided(groupHold('steady')),
      decided(groupDecision(ASKS_MORE, { cpu: 91 })),
    );
    const of = (name: string, labels = {}) => valueOf(page, `replicator_group_${name}`, { group, ...labels });
    expect([of('desired'), of('running'), of('measured'), of('min'), of('max')]).toEqual([3, 3, 3, 1, 10]);
    expect(of('used_percent', { metric: 'cpu' })).toBe(91);
    expect(of('used_percent', { metric: 'mem' })).toBe(50);
    expect(of('threshold_percent', { metric: 'cpu', side: 'in' })).toBe(30);
    expect(of('threshold_percent', { metric: 'cpu', side: 'out' })).toBe(80);
    expect(of('decisions_total', { reason: 'steady' })).toBe(2);
    expect(of('decisions_total', { reason: 'above' })).toBe(1);
  });

  test('without numbers leaves none: unknown is not what it was', async () => {
    const page = await pageAfter(decided(groupHold('steady')), decided(holdBlind('state')));
    expect(
      page.samples.filter(({ labels }) => 'group' in labels).map(({ name, labels }) => [name, labels]),
    ).toEqual(['steady', 'state'].map((reason) => ['replicator_group_decisions_total', { group, reason }]));
  });

  test('of a pool leaves its numbers, what is allowed as a share of the capacity', async () => {
    const pending = { namespace: 'default', jobId: 'web', group: 'api', queued: 5, counted: 2, why: '' };
    const numbers = poolNumbers({ lost: ['i-1'], pending: [pending, { ...pending, counted: 1 }] });
    const page = await pageAfter(poolDecided(poolDecision(HOLD_ASG, ASK_OUT, numbers)));
    const of = (name: string, labels = {}) => valueOf(page, `replicator_pool_${name}`, { pool, ...labels });
    expect([of('desired'), of('nodes'), of('min'), of('max')]).toEqual([3, 3, 1, 5]);
    const used = ['cpu', 'memory', 'disk'].map((metric) => of('used_percent', { metric }));
    expect(used).toEqual([25, 75, 10]);
    expect(of('max_allowed_percent')).toBeCloseTo((3_500 / 6_000) * 100);
    expect([of('lost_instances'), of('pending_allocations')]).toEqual([1, 3]);
    expect(of('decisions_total', { reason: 'asg-max' })).toBe(1);
  });

  test('of a pool without numbers or without capacity leaves no share', async () => {
    const empty = poolNumbers({ capacity: { cpuMhz: 0, memoryMb: 0, diskMb: 0 } });
    const hold = { kind: 'hold', reason: 'unread' } as const;
    const none = { kind: 'none', reason: 'unread' } as const;
    const { samples } = await pageAfter(
      poolDecided(poolDecision(HOLD_ASG, ASK_OUT)),
      poolDecided(poolDecision(HOLD_ASG, ASK_OUT, empty)),
    );
    expect(samples.some(({ name }) => name === 'replicator_pool_max_allowed_percent')).toBe(false);
    const { numbers: _left, ...blind } = poolDecision(hold, none);
    const page = await pageAfter(poolDecided(poolDecision(HOLD_ASG, ASK_OUT)), poolDecided(blind));
    expect(valueOf(page, 'replicator_pool_desired')).toBeUndefined();
  });
});

test('operations are counted by how they ended', async () => {
  const page = await pageAfter(ended('success'), ended('no-room'), POOL_FAILED, poolEnded('failure'), {
    kind: 'instance-terminated',
    pool,
    instanceId: 'i-1',
  });
  const groups = (outcome: string) =>
    valueOf(page, 'replicator_group_operations_total', { group, direction: 'out', outcome });
  expect([groups('success'), groups('no-room'), groups('failure')]).toEqual([1, 1, undefined]);
  const pools = (direction: string) =>
    valueOf(page, 'replicator_pool_operations_total', { pool, direction, outcome: 'failure' });
  expect([pools('out'), pools('in')]).toEqual([1, 1]);
  expect(valueOf(page, 'replicator_pool_terminations_total', { pool })).toBe(1);
});

test('rounds, outages and notifications are counted without the names of resources', async () => {
  const error = new Error('no');
  const page = await pageAfter(
    { kind: 'round-ended', resource: 'team:web/api', lateMs: 300, tookMs: 2_000 },
    { kind: 'round-ended', resource: 'pool a b/c', lateMs: 0, tookMs: 10 },
    { kind: 'round-ended', resource: 'states of jobs that are gone', lateMs: 0, tookMs: 10 },
    { kind: 'round-failed', resource: 'pool a', error },
    { kind: 'service-failed', service: 'nomad', what: 'jobs', error },
    { kind: 'service-failed', service: 'aws', what: 'pool a', error },
    { kind: 'service-recovered', service: 'aws' },
    { kind: 'notice-sent', notifier: 'slack', notice: aNotice() },
    { kind: 'notice-failed', notifier: 'slack', notice: aNotice(), error },
    { kind: 'notice-dropped', notifier: 'slack', notice: aNotice() },
    { kind: 'leading', lockKey: 'k', session: 's' },
  );
  const of = (name: string, labels = {}) => valueOf(page, `replicator_${name}`, labels);
  expect(of('round_lateness_seconds_sum', { type: 'job_group' })).toBe(0.3);
  expect(of('round_duration_seconds_sum', { type: 'job_group' })).toBe(2);
  expect(of('round_duration_seconds_count', { type: 'worker_pool' })).toBe(1);
  expect(of('round_failures_total', { type: 'worker_pool' })).toBe(1);
  expect([of('service_failing', { service: 'nomad' }), of('service_failing', { service: 'aws' })]).toEqual([
    1, 0,
  ]);
  const outcomes = ['sent', 'failed', 'dropped'].map((outcome) =>
    of('notices_total', { notifier: 'slack', outcome }),
  );
  expect(outcomes).toEqual([1, 1, 1]);
  expect(of('leadership_terms_total')).toBe(1);
});

describe('what is gone', () => {
  test('a group or a pool takes all its series with it', async () => {
    const { samples } = await pageAfter(
      decided(groupHold('steady')),
      poolDecided(poolDecision(HOLD_ASG, ASK_OUT)),
      { kind: 'policy-removed', group },
      { kind: 'pool-removed', pool },
    );
    expect(samples.filter(({ labels }) => 'group' in labels || 'pool' in labels)).toEqual([]);
  });

  test('with the lock go the numbers, not the counters', async () => {
    const { samples } = await pageAfter(
      decided(groupHold('steady')),
      poolDecided(poolDecision(HOLD_ASG, ASK_OUT)),
      { kind: 'leadership-ended', lockKey: 'k', why: '' },
    );
    const left = samples
      .filter(({ labels }) => 'group' in labels || 'pool' in labels)
      .map(({ name }) => name);
    expect(left).toEqual(['replicator_group_decisions_total', 'replicator_pool_decisions_total']);
  });
});

describe('what is read when it is asked for', () => {
  const readings: AgentReadings = {
    leading: () => true,
    leaseLeftMs: () => 7_500,
    failsafe: () => false,
    paused: () => true,
    resources: () => [
      { type: 'job_group', id: group, state: { failures: 2, failsafe: true } },
      { type: 'worker_pool', id: pool, state: { failures: 0, failsafe: false } },
    ],
    operations: () => [
      { type: 'job_group', phase: 'confirming' },
      { type: 'job_group', phase: 'confirming' },
      { type: 'worker_pool', phase: 'draining' },
    ],
  };

  test('lock, flags, failures and operations under way', async () => {
    const prometheus = createPrometheus();
    measureState(prometheus.metrics, readings);
    const page = await readPage(prometheus);
    const of = (name: string, labels = {}) => valueOf(page, `replicator_${name}`, labels);
    expect([of('leader'), of('lease_left_seconds'), of('failsafe'), of('paused')]).toEqual([1, 7.5, 0, 1]);
    expect([of('group_failures', { group }), of('group_failsafe', { group })]).toEqual([2, 1]);
    expect([of('pool_failures', { pool }), of('pool_failsafe', { pool })]).toEqual([0, 0]);
    expect(of('operations', { type: 'job_group', phase: 'confirming' })).toBe(2);
    expect(of('operations', { type: 'worker_pool', phase: 'draining' })).toBe(1);
  });

  test('is gone when it is no longer so, and unknown resources with it', async () => {
    const prometheus = createPrometheus();
    const now = { ...readings };
    measureState(prometheus.metrics, {
      leading: () => now.leading(),
      leaseLeftMs: () => now.leaseLeftMs(),
      failsafe: () => now.failsafe(),
      paused: () => now.paused(),
      resources: () => now.resources(),
      operations: () => now.operations(),
    });
    const listen = measureEvents(prometheus.metrics);
    listen(decided(groupHold('steady')));
    listen({ kind: 'decided', group: 'gone/x', decision: groupHold('steady'), before: undefined });
    await readPage(prometheus);
    Object.assign(now, {
      leading: () => false,
      operations: () => [],
      resources: () => [...readings.resources()].slice(0, 1),
    });
    const page = await readPage(prometheus);
    expect(valueOf(page, 'replicator_leader')).toBe(0);
    expect(valueOf(page, 'replicator_lease_left_seconds')).toBeUndefined();
    expect(page.samples.some(({ name }) => name === 'replicator_operations')).toBe(false);
    expect(new Set(page.samples.flatMap(({ labels }) => labels['group'] ?? []))).toEqual(new Set([group]));
    expect(page.samples.some(({ labels }) => 'pool' in labels)).toBe(false);
  });

  test('has no failures where the state cannot be read; what its decisions left stays', async () => {
    const prometheus = createPrometheus();
    const resources: ResourceReading[] = [...readings.resources()];
    measureState(prometheus.metrics, { ...readings, resources: () => resources });
    measureEvents(prometheus.metrics)(decided(groupHold('state')));
    await readPage(prometheus);
    resources[0] = { type: 'job_group', id: group, state: undefined };
    const page = await readPage(prometheus);
    expect(valueOf(page, 'replicator_group_failures')).toBeUndefined();
    expect(valueOf(page, 'replicator_pool_failures')).toBe(0);
    expect(valueOf(page, 'replicator_group_decisions_total')).toBe(1);
  });
});

describe('requests', () => {
  async function seen(request: () => Promise<string>): Promise<readonly RequestSeen[]> {
    const clock = new VirtualClock();
    const all: RequestSeen[] = [];
    const observe = (one: RequestSeen): void => void all.push(one);
    const done = observed({ api: 'nomad', call: 'read', clock, observe }, async () => {
      await clock.sleep(40, new AbortController().signal);
      return request();
    });
    const settled = done.then(
      (answer) => answer,
      (error: unknown) => String(error),
    );
    await clock.advance(40);
    expect(await settled).toMatch(/answer|no/);
    return all;
  }

  test('are told with their outcome and the time they took; what they answer passes through', async () => {
    expect(await seen(() => Promise.resolve('answer'))).toEqual([
      { api: 'nomad', call: 'read', outcome: 'ok', tookMs: 40 },
    ]);
    const error = new PortError('throttled', { service: 'nomad', doing: 'x', text: 'no' });
    expect(await seen(() => Promise.reject(error))).toMatchObject([{ outcome: 'throttled', tookMs: 40 }]);
    expect(await seen(() => Promise.reject(new Error('no')))).toMatchObject([{ outcome: 'invalid' }]);
  });

  test('cost nothing where nobody wants to know', async () => {
    const of = { api: 'aws', call: 'write', clock: new VirtualClock(), observe: undefined } as const;
    expect(await observed(of, () => Promise.resolve(1))).toBe(1);
  });

  test('are counted, and timed unless they wait for a change', async () => {
    const prometheus = createPrometheus();
    const observe = measureRequests(prometheus.metrics);
    observe({ api: 'nomad', call: 'read', outcome: 'ok', tookMs: 30 });
    observe({ api: 'nomad', call: 'watch', outcome: 'ok', tookMs: 20_000 });
    observe({ api: 'aws', call: 'write', outcome: 'denied', tookMs: 200 });
    const page = await readPage(prometheus);
    const requests = (labels: object) => valueOf(page, 'replicator_api_requests_total', { ...labels });
    expect(requests({ api: 'nomad', call: 'watch', outcome: 'ok' })).toBe(1);
    expect(requests({ api: 'aws', call: 'write', outcome: 'denied' })).toBe(1);
    const timed = page.samples.filter(({ name }) => name === 'replicator_api_request_duration_seconds_sum');
    expect(timed.map(({ labels, value }) => [labels['call'], value])).toEqual([
      ['read', 0.03],
      ['write', 0.2],
    ]);
  });
});

describe('statsd', () => {
  function counted(...events: readonly AgentEvent[]): string[] {
    const paths: string[] = [];
    const listen = countEvents({ count: (path) => void paths.push(path.join('.')) });
    for (const event of events) listen(event);
    return paths;
  }

  test('counts what the Go releases count', () => {
    expect(
      counted(
        { kind: 'leading', lockKey: 'k', session: 's' },
        { kind: 'instance-terminated', pool, instanceId: 'i-1' },
        ended('success'),
        ended('failure', 'team'),
        poolEnded('success'),
        POOL_FAILED,
        poolEnded('failure'),
      ),
    ).toEqual([
      'cluster.leadership.election',
      'cluster.aws.instance_terminations',
      'job.web.api.scale_out.success',
      'job.team.web.api.scale_out.failure',
      'cluster.pool-a.scale_in.success',
      'cluster.pool-a.scale_out.failure',
      'cluster.pool-a.scale_in.failure',
    ]);
  });

  test('counts nothing else', () => {
    expect(
      counted(ended('dropped'), ended('no-room'), poolEnded('dropped'), decided(groupHold('steady'))),
    ).toEqual([]);
  });

  test('has every counter in its table', () => {
    const all = counted(
      { kind: 'leading', lockKey: 'k', session: 's' },
      { kind: 'instance-terminated', pool, instanceId: 'i-1' },
      ended('success'),
      ended('failure', 'team'),
      poolEnded('failure'),
    );
    const patterns = STATSD_COUNTERS.map(
      ({ name }) =>
        new RegExp(
          `^${name
            .split('.')
            .map((part) => (part.includes('|') ? `(?:${part})` : part.replace(/^<.*>$/, '[^.]+')))
            .join('\\.')}$`,
        ),
    );
    expect(all.map((path) => patterns.findIndex((pattern) => pattern.test(path)))).toEqual([0, 2, 3, 4, 1]);
  });
});

import { describe, expect, test } from 'vitest';
import { parseAgentLine } from '../../../cmd/demo/agent-line.ts';
import { endpointOf } from '../../../cmd/demo/endpoint.ts';
import { createJournal, type News } from '../../../cmd/demo/journal.ts';
import { describeSpan, reportJson, reportText } from '../../../cmd/demo/report.ts';
import { RequestCounter } from '../../../cmd/demo/request-counter.ts';
import { NOTHING_TALLIED, tallied } from '../../../cmd/demo/tally.ts';
import { describeEvent } from '../../../src/agent/describe-event.ts';
import type { AgentEvent } from '../../../src/agent/events.ts';
import type { RequestLogEntry } from '../../../src/simulator/http-handler.ts';

const ID = 'b57008aa-19b1-04e5-c355-0123456789ab';

test.each([
  ['GET', '/v1/jobs?index=4&wait=20s', 'GET /v1/jobs'],
  ['GET', '/v1/job/web', 'GET /v1/job/:id'],
  ['GET', '/v1/job/web%2Fapi/deployment?stale', 'GET /v1/job/:id/deployment'],
  ['GET', '/v1/job/web/api/allocations', 'GET /v1/job/:id/allocations'],
  ['PUT', '/v1/job/scale/scale', 'PUT /v1/job/:id/scale'],
  ['GET', '/v1/job/scale', 'GET /v1/job/:id'],
  ['GET', `/v1/client/allocation/${ID}/stats`, 'GET /v1/client/allocation/:id/stats'],
  ['PUT', `/v1/deployment/fail/${ID}`, 'PUT /v1/deployment/fail/:id'],
  ['PUT', `/v1/node/${ID}/drain`, 'PUT /v1/node/:id/drain'],
  ['GET', '/v1/kv/replicator%2Fconfig?recurse', 'GET /v1/kv/:key'],
  ['PUT', '/v1/kv/replicator/config/leader?acquire=x', 'PUT /v1/kv/:key'],
  ['PUT', `/v1/session/renew/${ID}`, 'PUT /v1/session/renew/:id'],
  ['PUT', '/v1/session/create', 'PUT /v1/session/create'],
  ['GET', '/v1/session/node/consul-1', 'GET /v1/session/node/:node'],
  ['GET', '/simulator/groups', 'GET /simulator/groups'],
  ['GET', '/', 'GET /'],
])('%s %s is counted as %s', (method, path, endpoint) => {
  expect(endpointOf(method, path)).toBe(endpoint);
});

function request(method: string, path: string, more: Partial<RequestLogEntry> = {}): RequestLogEntry {
  return { t: 1_000, seq: 1, method, path, status: 200, elapsedMs: 1, bytes: 0, remotePort: 1, ...more };
}

test('requests are counted once each, also when the log loses its oldest', () => {
  const log = [request('GET', '/v1/jobs'), request('GET', '/v1/job/a')];
  const counter = new RequestCounter(log);
  expect(counter.take()).toHaveLength(2);
  expect(counter.take()).toHaveLength(0);
  log.push(request('GET', '/v1/job/b'));
  log.shift();
  expect(counter.take()).toHaveLength(1);
  expect([counter.counts(), counter.total]).toEqual([{ 'GET /v1/job/:id': 2, 'GET /v1/jobs': 1 }, 3]);
});

describe('the tally', () => {
  const fenced = JSON.stringify([{ KV: { Verb: 'check-session', Key: 'k', Session: 's' } }]);

  test.each([
    { entry: request('PUT', '/v1/session/create', { t: 5 }), change: { sessions: 1, renewedMs: 5 } },
    { entry: request('PUT', '/v1/session/create', { status: 500 }), change: {} },
    { entry: request('PUT', `/v1/session/renew/${ID}`, { t: 9 }), change: { renewedMs: 9 } },
    { entry: request('PUT', `/v1/session/renew/${ID}`, { status: 404 }), change: {} },
    { entry: request('PUT', '/v1/txn', { body: fenced }), change: { fencedTransactions: 1 } },
    { entry: request('PUT', '/v1/txn', { body: fenced, status: 409 }), change: {} },
    { entry: request('PUT', '/v1/txn', { body: '[]' }), change: {} },
    { entry: request('PUT', '/v1/job/a/scale', { body: '{"Count": 3}' }), change: { scaleRequests: 1 } },
    { entry: request('PUT', '/v1/job/a/scale', { body: '{"Message": "why"}' }), change: {} },
    { entry: request('PUT', '/v1/jobs', { body: '{"EnforceIndex": true}' }), change: { scaleRequests: 1 } },
    { entry: request('PUT', '/v1/jobs', { body: '{"Job": {}}' }), change: {} },
    { entry: request('GET', '/v1/jobs'), change: {} },
  ])('of $entry.method $entry.path $entry.status $entry.body is changed by $change', ({ entry, change }) => {
    expect(tallied(NOTHING_TALLIED, entry)).toEqual({ ...NOTHING_TALLIED, ...change });
  });
});

const numbers = {
  count: 2,
  min: 1,
  max: 4,
  running: 2,
  measured: 2,
  cpu: 91,
  cpuThresholds: { scaleIn: 30, scaleOut: 80 },
  tasks: [],
  starting: 0,
  isLate: false,
  cooldownLeftMs: 0,
  backoffLeftMs: 0,
};
const wish = { kind: 'scale', direction: 'out', to: 3, because: 'above' } as const;
const out = { verdict: { ...wish, from: 2 }, wish, numbers } as const;
const steady = { kind: 'hold', reason: 'steady' } as const;
const blind = { kind: 'hold', reason: 'no-metrics' } as const;
const operation = {
  namespace: 'default',
  jobId: 'shop',
  group: 'web',
  phase: 'confirming',
  direction: 'out',
  from: 2,
  to: 3,
  because: 'above',
  message: '',
  startedMs: 0,
  phaseMs: 0,
  modifyIndex: 7,
  evaluationId: '',
  deploys: true,
  retryThreshold: 1,
} as const;

/** The event as the agent's JSON log has it, read again. */
function logged(event: AgentEvent, time = '2026-01-05T08:00:00.000Z') {
  const { level, origin, message, fields } = describeEvent(event);
  const line = parseAgentLine(JSON.stringify({ time, level, origin, message, ...fields }));
  if (!line) throw new Error('not read as a line of the log');
  return line;
}

test.each(['', 'Error: no', '{"time":1}', '[]', 'null', '{"level":"info"}'])(
  '%j is no line of the log',
  (text) => {
    expect(parseAgentLine(text)).toBeUndefined();
  },
);

describe('the journal', () => {
  const group = 'shop/web';
  const decided = (decision: typeof out, before?: 'steady'): AgentEvent => ({
    kind: 'decided',
    group,
    decision,
    before,
  });
  const hold = (reason: typeof steady | typeof blind, before?: 'steady' | 'no-metrics'): AgentEvent => ({
    kind: 'decided',
    group,
    decision: { verdict: reason, wish: reason, numbers },
    before,
  });
  const ended = (outcome: 'success' | 'failure'): AgentEvent => ({
    kind: 'operation-ended',
    group,
    operation,
    outcome,
    why: 'its deployment is over',
    failures: outcome === 'failure' ? 1 : 0,
  });

  test.each<[string, AgentEvent, News['kind'] | undefined]>([
    ['a scaling', decided(out), 'out'],
    ['a hold', hold(steady, 'steady'), undefined],
    ['the loss of statistics', hold(blind, 'steady'), 'warn'],
    ['its duration', hold(blind, 'no-metrics'), undefined],
    ['its end', hold(steady, 'no-metrics'), 'info'],
    ['an accepted request', { kind: 'operation-accepted', group, operation, evaluationId: 'e' }, undefined],
    ['a success', ended('success'), undefined],
    ['a failure', ended('failure'), 'error'],
    ['failsafe', { kind: 'failsafe-tripped', group, failures: 2 }, 'warn'],
    ['a new policy', { kind: 'policy-added', group }, 'info'],
    ['a new leader', { kind: 'leading', lockKey: 'k', session: 's' }, 'info'],
    ['a session', { kind: 'session-opened', session: 's' }, undefined],
    ['changed settings', { kind: 'settings-changed', keys: ['log_level'] }, 'info'],
    ['settings that are as they were', { kind: 'settings-changed', keys: [] }, undefined],
  ])('takes %s for news of the right kind, or for none', (_what, event, kind) => {
    const told: News[] = [];
    createJournal((news) => told.push(news)).hear(logged(event));
    expect(told.map((news) => news.kind)).toEqual(kind === undefined ? [] : [kind]);
  });

  test('keeps each decision that changes a count, with its numbers and how it ended', () => {
    const journal = createJournal(() => undefined);
    journal.hear(logged(decided(out)));
    expect(journal.decisions).toEqual([
      { atMs: Date.UTC(2026, 0, 5, 8), group, direction: 'out', from: 2, to: 3, reason: 'above', numbers },
    ]);
    journal.hear(logged(ended('failure')));
    journal.hear(logged(hold(steady, 'steady')));
    expect(journal.decisions.map(({ outcome }) => outcome)).toEqual(['failure']);
    expect(journal.errors).toHaveLength(1);
    expect(journal.groups.get(group)).toMatchObject({
      decision: { verdict: steady },
      lastChange: { direction: 'out', to: 3 },
    });
  });

  test('says of each decision and each news of a team which member it comes from', () => {
    const told: News[] = [];
    const journal = createJournal((news) => told.push(news));
    journal.hear(logged(decided(out)), 'agent-b');
    journal.hear(logged({ kind: 'group-joined', group: 'demo', id: 'agent-c' }), 'agent-c');
    expect(journal.decisions).toMatchObject([{ group, by: 'agent-b', from: 2, to: 3 }]);
    expect(journal.groups.get(group)?.lastChange?.by).toBe('agent-b');
    expect(told.map(({ text }) => text)).toEqual([
      expect.stringMatching(/^agent-b: shop\/web: scale out from 2 to 3: above/),
      'agent-c: joined the group demo as agent-c',
    ]);
    expect(told[0]?.short).toMatch(/^agent-b: shop\/web: out from 2 to 3, above/);
  });

  test('tells an operation that another member ended as one of the member that began it', () => {
    const journal = createJournal(() => undefined);
    journal.hear(logged(decided(out)), 'agent-a');
    journal.hear(logged(ended('success')), 'agent-b');
    expect(journal.decisions).toMatchObject([{ by: 'agent-a', outcome: 'success' }]);
  });

  test.each<AgentEvent>([
    { kind: 'policy-added', group },
    { kind: 'lock-taken', role: 'partition', lockKey: 'k' },
    { kind: 'lock-left', role: 'partition', lockKey: 'k', why: 'it is for another' },
  ])('does not repeat what each member of a team says: $kind', (event) => {
    const told: News[] = [];
    createJournal((news) => told.push(news)).hear(logged(event), 'agent-a');
    expect(told).toEqual([]);
  });

  test('knows who leads', () => {
    const journal = createJournal(() => undefined);
    expect(journal.leader()).toBeUndefined();
    journal.hear(logged({ kind: 'leading', lockKey: 'k', session: 's' }));
    expect(journal.leader()).toBe('s');
    journal.hear(logged({ kind: 'leadership-ended', lockKey: 'k', why: 'gone' }));
    expect(journal.leader()).toBeUndefined();
  });

  test('forgets a group whose policy is gone', () => {
    const journal = createJournal(() => undefined);
    journal.hear(logged(decided(out)));
    journal.hear(logged({ kind: 'policy-removed', group }));
    expect(journal.groups.size).toBe(0);
  });
});

describe('the report', () => {
  const journal = createJournal(() => undefined);
  journal.hear(logged({ kind: 'decided', group: 'shop/web', decision: out, before: undefined }));
  const result = {
    scenario: 'wave',
    seed: 3,
    speed: 60,
    durationMs: 60_040,
    journal,
    requests: { nomad: { 'GET /v1/jobs': 4 }, consul: { 'PUT /v1/txn': 1 }, aws: {} },
    tally: { sessions: 1, fencedTransactions: 1, scaleRequests: 2, renewedMs: 5 },
    handovers: [{ member: 'agent-a', how: 'killed', partitions: 6, tookMs: 24_240 }] as const,
  };

  test('is one line of JSON', () => {
    const text = reportJson(result);
    expect(text).not.toContain('\n');
    expect(JSON.parse(text)).toEqual({
      scenario: 'wave',
      seed: 3,
      speed: 60,
      durationS: 60,
      decisions: [
        {
          at: '2026-01-05T08:00:00.000Z',
          group: 'shop/web',
          direction: 'out',
          from: 2,
          to: 3,
          reason: 'above',
          numbers,
        },
      ],
      poolDecisions: [],
      errors: [],
      requests: result.requests,
      sessions: 1,
      fencedTransactions: 1,
      scaleRequests: 2,
      handovers: [{ member: 'agent-a', how: 'killed', partitions: 6, tookS: 24.2 }],
    });
  });

  test('is a few sentences for people', () => {
    expect(reportText(result).split('\n')).toEqual([
      'wave: 1 h of the cluster in 1 min',
      'scaled out 1 time and in 0 times, 1 group; 0 errors',
      'Nomad was asked 4 times, 2 of them to scale; Consul 1 time, 1 of them for a fenced write',
      'agent-a was killed: others had its 6 partitions after 24.2 s',
    ]);
  });

  test('writes spans of time in two units', () => {
    const spans = [0, 59_400, 185_000, 7_440_000].map(describeSpan);
    expect(spans).toEqual(['0 s', '59 s', '3 min 5 s', '2 h 4 min']);
  });
});

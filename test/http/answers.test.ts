import { describe, expect, test } from 'vitest';
import { ROUTES } from '../../src/http/routes.ts';
import { checkSchema } from '../../src/http/schema.ts';
import { scenarioJob } from '../support/virtual-jobs.ts';
import { scenarioPool } from '../support/scenario-pools.ts';
import { work } from '../scenarios/pools/pool-scenes.ts';
import type { StatusView } from '../../src/ports/status-view.ts';
import { NO_DESK, openApi, openServer } from './api-room.ts';

/** What an answer should be, by the table of routes. */
function faultsOf(path: string, status: number, json: unknown): readonly string[] {
  const [bare = ''] = path.split('?');
  const route = ROUTES.find((one) => one.method === 'GET' && one.path === bare);
  const schema = route?.answers.find((one) => one.status === status)?.schema;
  if (!schema) return [`${path}: no schema for ${status}`];
  return checkSchema(schema, json).map((fault) => `${path}: ${fault}`);
}

const PATHS = ROUTES.filter(({ method, path }) => method === 'GET' && path !== '/v1/metrics').map(
  ({ path }) => path,
);

test('every answer is as its schema says, with and without decisions and operations, faults and pools', async () => {
  const room = await openApi({
    pools: [scenarioPool({ desired: 2 })],
    jobs: [
      work(3),
      scenarioJob({ id: 'hot', cpuMhz: { kind: 'constant', value: 1_900 }, max: 6 }),
      scenarioJob({ id: 'broken', meta: { replicator_min: 'many', replicator_max: undefined } }),
      scenarioJob({ id: 'team', namespace: 'team', cpuMhz: { kind: 'constant', value: 10 } }),
    ],
  });
  const looked: string[] = [];
  for (let look = 0; look < 12; look += 1) {
    for (const path of [...PATHS, '/v1/health?live', '/v1/decisions?since=0&limit=3']) {
      const { status, json } = await room.ask(path);
      expect(faultsOf(path, status, json)).toEqual([]);
      looked.push(JSON.stringify(json));
    }
    await room.cluster.run(look < 4 ? 1_500 : 17_000);
    if (look === 8) room.agent.nomad.cut();
  }
  const all = looked.join('\n');
  for (const piece of [
    '"operation":{"phase":"confirming"',
    '"key":"replicator_min"',
    '"scaling_threshold"',
    '"reason":"above"',
    '"kind":"scale"',
    '"holds":true',
    '"holds":false',
    '"holds":null',
    '"last_scaling_at":"20',
    '"id":"team:team/',
    '"role":"leader"',
    '"ready":false',
    '"ready":true',
  ]) {
    expect([piece, all.includes(piece)]).toEqual([piece, true]);
  }
  expect(room.failures).toEqual([]);
});

describe('/v1/status/leader', () => {
  test('is what the Go releases answer, byte for byte', async () => {
    const room = await openApi();
    await room.cluster.run(2_000);
    const { status, headers, text } = await room.ask('/v1/status/leader');
    const session = room.cluster.consul.key(room.cluster.keys.leader)?.entry.session;
    expect([status, headers['content-type'], text]).toEqual([
      200,
      'application/json',
      `{"SessionID":"${session}","NodeID":"consul-1"}`,
    ]);
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      const refused = await room.ask('/v1/status/leader', { method });
      expect([refused.status, refused.text, refused.headers['allow']]).toEqual([
        405,
        'Invalid method',
        'GET',
      ]);
    }
    expect((await room.ask('/v1/status/leader', { method: 'HEAD' })).status).toBe(405);
  });

  test('is empty texts when nobody leads', async () => {
    const view = { leader: () => ({ session: '', node: '' }) } as unknown as StatusView;
    const room = await openServer(() => ({ view, desk: NO_DESK }));
    expect((await room.ask('/v1/status/leader')).text).toBe('{"SessionID":"","NodeID":""}');
  });

  test('follows the lock from one agent to the next', async () => {
    const room = await openApi();
    await room.cluster.run(2_000);
    const first = await room.ask('/v1/status/leader');
    room.cluster.startAgent();
    await room.cluster.run(2_000);
    await room.agent.stop();
    await room.cluster.run(3_000);
    const session = room.cluster.consul.key(room.cluster.keys.leader)?.entry.session;
    expect(session).not.toBe(JSON.parse(first.text).SessionID);
  });
});

describe('a follower', () => {
  test('names the leader among the members, and shows state but no decisions', async () => {
    const room = await openApi({
      jobs: [scenarioJob({ id: 'hot', cpuMhz: { kind: 'constant', value: 1_900 }, max: 6 })],
    });
    await room.cluster.run(1_500);
    const other = room.cluster.startAgent();
    await room.cluster.run(30_000);
    expect((await room.ask('/v1/status/members')).json).toMatchObject({
      group: null,
      members: [{ id: 'agent-1', leader: true, ready: true, partitions: [0], node: 'consul-1' }],
    });
    room.cluster.destroyLeaderSession();
    for (let waited = 0; waited < 60 && !other.leading(); waited += 1) await room.cluster.run(1_000);
    await room.cluster.run(2_000);
    expect(other.leading()).toBe(true);
    const { json } = await room.ask('/v1/status/members');
    expect(json).toMatchObject({
      members: [
        { id: 'agent-1', leader: false, partitions: [] },
        { id: null, address: null, ready: null, leader: true, partitions: [0], node: 'consul-1' },
      ],
    });
    const groups = (await room.ask('/v1/groups')).json;
    expect(groups).toMatchObject({
      groups: [{ id: 'hot/api', acts: false, last_decision: null, state: { failures: 0 } }],
    });
    expect((await room.ask('/v1/health')).json).toMatchObject({ ready: true, role: 'follower' });
  });
});

test('a member of a group names the others, and says of each resource whether it is the one that acts', async () => {
  const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
  const room = await openApi({ jobs: ids.map((id) => scenarioJob({ id })), isMember: true });
  room.cluster.startMember('agent-2');
  await room.cluster.run(90_000);
  const { members, group } = (await room.ask('/v1/status/members')).json as {
    group: string;
    members: { id: string; ready: boolean; alive: boolean; leader: boolean; partitions: number[] }[];
  };
  expect([group, members.map(({ id, ready, alive }) => [id, ready, alive])]).toEqual([
    'blue',
    [
      ['agent-1', true, true],
      ['agent-2', true, true],
    ],
  ]);
  expect(members.filter(({ leader }) => leader)).toHaveLength(1);
  const held = members.flatMap(({ partitions }) => partitions).toSorted((one, other) => one - other);
  expect(held).toEqual(Array.from({ length: held.length }, (_none, at) => at));
  const { groups } = (await room.ask('/v1/groups')).json as {
    groups: { id: string; acts: boolean; last_decision: object | null }[];
  };
  expect(groups.map(({ acts, last_decision }) => acts === (last_decision !== null))).toEqual(
    ids.map(() => true),
  );
  expect(new Set(groups.map(({ acts }) => acts)).size).toBe(2);
  const { status, json } = await room.ask('/v1/status/members');
  expect(faultsOf('/v1/status/members', status, json)).toEqual([]);
});

describe('/v1/groups', () => {
  test('has policy, count, decision with every number, cooldown and what is wrong with invalid policies', async () => {
    const room = await openApi({
      jobs: [
        scenarioJob({ id: 'hot', count: 2, cpuMhz: { kind: 'constant', value: 950 }, max: 2 }),
        scenarioJob({ id: 'broken', meta: { replicator_max: undefined } }),
      ],
    });
    await room.cluster.run(40_000);
    expect((await room.ask('/v1/groups')).json).toMatchObject({
      total: 2,
      next_after: null,
      groups: [
        {
          id: 'broken/api',
          policy: null,
          faults: [{ key: 'replicator_max', text: 'is missing' }],
          state: { cooldown_left_ms: null },
          last_decision: { decision: { verdict: { reason: 'invalid' }, numbers: null, gates: [] } },
        },
        {
          id: 'hot/api',
          acts: true,
          count: 2,
          running: 2,
          policy: {
            enabled: true,
            min: 1,
            max: 2,
            cpu: { scale_in: 30, scale_out: 80 },
            mem: null,
            cooldown_ms: 30_000,
          },
          failsafe: false,
          paused: false,
          operation: null,
          last_decision: {
            decision: {
              verdict: { kind: 'hold', reason: 'max', direction: null },
              wish: { kind: 'scale', reason: 'above', direction: 'out', from: 2, to: 3 },
              numbers: { count: 2, running: 2, measured: 2, starting: 0, mem: expect.any(Number), cpu: 95 },
              gates: expect.arrayContaining([
                { reason: 'cooldown', text: expect.any(String), holds: false },
                { reason: 'max', text: 'the count is at its maximum', holds: true },
              ]),
            },
          },
        },
      ],
    });
  });

  test('is paged in the order of ids, and narrowed to one', async () => {
    const jobs = Array.from({ length: 25 }, (_none, at) =>
      scenarioJob({ id: `job-${String(at).padStart(2, '0')}` }),
    );
    const room = await openApi({ jobs, nodes: [{ count: 10 }] });
    await room.cluster.run(8_000);
    const found: string[] = [];
    let after: string | null = '';
    for (let pages = 0; after !== null && pages < 10; pages += 1) {
      const { json } = await room.ask(`/v1/groups?limit=7&after=${encodeURIComponent(after)}`);
      const page = json as { groups: { id: string }[]; next_after: string | null; total: number };
      expect(page.total).toBe(25);
      found.push(...page.groups.map(({ id }) => id));
      after = page.next_after;
    }
    expect(found).toEqual(jobs.map((_job, at) => `job-${String(at).padStart(2, '0')}/api`));
    const one = await room.ask('/v1/groups?id=job-07/api');
    expect(one.json).toMatchObject({ groups: [{ id: 'job-07/api' }], total: 25, next_after: null });
    expect((await room.ask('/v1/groups?id=nobody')).json).toMatchObject({ groups: [], total: 25 });
  });

  test('shows what cannot be read, and an operation whose job is gone', async () => {
    const room = await openApi({ jobs: [scenarioJob({ id: 'web' })] });
    room.cluster.consul.putKey(`${room.cluster.keys.root}/state/jobs/web/api`, '{"failure_count":"x"}');
    const operation = { version: 1 };
    room.cluster.consul.putKey(
      `${room.cluster.keys.root}/operations/jobs/gone/api`,
      JSON.stringify(operation),
    );
    await room.cluster.run(15_000);
    expect((await room.ask('/v1/groups')).json).toMatchObject({
      groups: [
        {
          id: 'gone/api',
          policy: null,
          count: null,
          state_fault: { key: 'replicator/config/operations/jobs/gone/api' },
        },
        {
          id: 'web/api',
          state: null,
          state_fault: { key: 'replicator/config/state/jobs/web/api' },
          last_decision: { decision: { verdict: { reason: 'state' } } },
        },
      ],
    });
  });
});

test('/v1/decisions follows along: what was read is not read again, and nothing is left out', async () => {
  const room = await openApi({
    jobs: [scenarioJob({ id: 'hot', cpuMhz: { kind: 'constant', value: 1_900 }, max: 6 })],
  });
  let since: number | undefined;
  let sum = 0;
  const decided = () => room.agent.events.filter(({ event }) => event.kind === 'decided').length;
  for (let look = 0; look < 20; look += 1) {
    await room.cluster.run(9_000);
    const { json } = await room.ask(`/v1/decisions${since === undefined ? '?since=0' : `?since=${since}`}`);
    const page = json as {
      decisions: { count: number; sequence: number }[];
      next_since: number;
      complete: boolean;
    };
    expect(page.decisions.every(({ sequence }) => sequence > (since ?? 0))).toBe(true);
    expect(page.complete).toBe(since !== undefined);
    since = page.next_since;
    sum += page.decisions.filter(({ count }) => count === 1).length;
  }
  const all = (await room.ask('/v1/decisions?id=hot/api&type=job_group')).json as {
    decisions: { count: number }[];
  };
  expect(all.decisions.reduce((total, { count }) => total + count, 0)).toBe(decided());
  expect(sum).toBeGreaterThan(3);
});

test('/v1/metrics is the page, in its own type', async () => {
  const room = await openApi();
  const { status, headers, text } = await room.ask('/v1/metrics');
  expect([status, headers['content-type'], text]).toEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8',
    'up 1\n',
  ]);
});

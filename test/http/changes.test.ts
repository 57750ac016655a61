import { describe, expect, test } from 'vitest';
import type { VirtualAgent } from '../support/virtual-agent.ts';
import { scenarioJob } from '../support/virtual-jobs.ts';
import { scenarioPool } from '../support/scenario-pools.ts';
import { work } from '../scenarios/pools/pool-scenes.ts';
import { type ApiRoom, NO_DESK, openApi, openServer, TOKEN } from './api-room.ts';

const withToken = { 'X-Replicator-Token': TOKEN };

const put = (
  room: Pick<ApiRoom, 'ask'>,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = withToken,
) => room.ask(path, { method: 'PUT', headers, body: typeof body === 'string' ? body : JSON.stringify(body) });

async function room(): Promise<ApiRoom> {
  const made = await openApi({
    pools: [scenarioPool({ desired: 2 })],
    jobs: [work(2), scenarioJob({ id: 'api', group: 'a' })],
  });
  await made.cluster.run(15_000);
  return made;
}

describe('failsafe', () => {
  test('of everything is set and reset as by the command line, and who has is in Consul and in the log', async () => {
    const made = await room();
    const { cluster } = made;
    const answer = await put(made, '/v1/failsafe', { set: true, by: 'ann', reason: 'deploy\nfreeze' });
    expect([answer.status, answer.json]).toEqual([
      200,
      {
        changed: ['everything below replicator/config'],
        unchanged: [],
        notes: [],
        acknowledged: [],
        missing: [],
      },
    ]);
    expect(cluster.document(cluster.keys.failsafe)).toMatchObject({
      set: true,
      by: 'ann (HTTP 127.0.0.1)',
      reason: 'deploy freeze',
    });
    await cluster.run(12_000);
    expect((await made.ask('/v1/failsafe')).json).toMatchObject({ set: true, by: 'ann (HTTP 127.0.0.1)' });
    expect((await made.ask('/v1/groups')).json).toMatchObject({
      groups: [{ failsafe: true }, { failsafe: true }],
    });
    expect((await put(made, '/v1/failsafe', { set: true })).json).toMatchObject({
      changed: [],
      unchanged: ['everything below replicator/config'],
    });
    expect((await put(made, '/v1/failsafe', { set: false })).status).toBe(200);
    expect(cluster.document(cluster.keys.failsafe)).toMatchObject({
      set: false,
      by: 'HTTP 127.0.0.1',
      reason: 'over HTTP',
    });
    expect(made.audits).toEqual([
      'failsafe was set for everything below replicator/config by ann (HTTP 127.0.0.1): deploy freeze',
      'failsafe was reset for everything below replicator/config by HTTP 127.0.0.1: over HTTP',
    ]);
  });

  test.each<[body: object, changed: readonly string[], key: string]>([
    [{ set: true, group: 'api/a' }, ['task group api/a'], 'state/jobs/api/a'],
    [{ set: true, group: 'api' }, ['task group api/a'], 'state/jobs/api/a'],
    [{ set: true, pool: 'workers' }, ['worker pool workers'], 'state/nodes/workers'],
  ])('of one resource: %j', async (body, changed, key) => {
    const made = await room();
    const { cluster } = made;
    const { json } = await put(made, '/v1/failsafe', body, { Authorization: `Bearer ${TOKEN}` });
    expect(json).toMatchObject({ changed, unchanged: [], notes: [] });
    expect(cluster.document(`${cluster.keys.root}/${key}`)).toMatchObject({
      failsafe_mode: true,
      failsafe_admin: true,
    });
    await cluster.run(11_000);
    const reset = await put(made, '/v1/failsafe', { ...body, set: false });
    expect(reset.status).toBe(200);
    expect(cluster.document(`${cluster.keys.root}/${key}`)).toMatchObject({
      failsafe_mode: false,
      failsafe_admin: false,
    });
  });

  test.each<[body: object, status: number, text: RegExp]>([
    [{ set: true, group: 'nobody/x' }, 404, /no state object nobody\/x/],
    [{ set: true, pool: 'worker' }, 404, /did you mean workers\?/],
    [{ set: true, group: 'api/a', pool: 'workers' }, 400, /^give group or pool, not both$/],
  ])('of what is not there, %j, is refused', async (body, status, text) => {
    const made = await room();
    const answer = await put(made, '/v1/failsafe', body);
    expect([answer.status, answer.headers['content-type']]).toEqual([status, 'text/plain; charset=utf-8']);
    expect(answer.text).toMatch(text);
    expect(made.audits).toEqual([]);
  });

  test('whose state cannot be read is left alone', async () => {
    const made = await room();
    made.cluster.consul.putKey(`${made.cluster.keys.root}/state/jobs/api/a`, '{"failure_count":"x"}');
    const answer = await put(made, '/v1/failsafe', { set: true, group: 'api/a' });
    expect([answer.status, answer.text]).toEqual([
      409,
      expect.stringContaining('cannot be read and is left as it is'),
    ]);
  });

  test('is not set while Consul is away: 503, in one line', async () => {
    const made = await room();
    made.agent.consul.tamper(() => ({ status: 500, headers: {}, body: 'No cluster leader' }));
    const answer = await put(made, '/v1/failsafe', { set: true });
    expect([answer.status, answer.text.split('\n').length]).toEqual([503, 1]);
    expect(answer.text).toContain('No cluster leader');
  });
});

test('a pause is set and reset, for everything', async () => {
  const made = await room();
  const { cluster } = made;
  expect((await put(made, '/v1/pause', { set: true, reason: 'maintenance' })).json).toMatchObject({
    changed: ['everything below replicator/config'],
  });
  expect(cluster.document(cluster.keys.paused)).toMatchObject({ set: true, reason: 'maintenance' });
  await cluster.run(11_000);
  expect((await made.ask('/v1/pause')).json).toMatchObject({ set: true });
  expect((await made.ask('/v1/groups')).json).toMatchObject({ groups: [{ paused: true }, { paused: true }] });
  expect((await put(made, '/v1/pause', { set: false })).status).toBe(200);
  expect((await put(made, '/v1/pause', { set: true, group: 'api/a' })).status).toBe(400);
});

describe('a pause of a group', () => {
  async function pair(): Promise<ApiRoom & { readonly other: VirtualAgent }> {
    const made = await openApi({ isMember: true, jobs: [scenarioJob({ cpuMhz: 900 })] });
    const other = made.cluster.startMember('b');
    return { ...made, other };
  }

  test('is answered when every member has acknowledged it, and so is its end', async () => {
    const made = await pair();
    await made.cluster.run(8_000);
    for (const set of [true, false]) {
      const answer = await put(made, '/v1/pause', { set });
      expect([answer.status, answer.json]).toEqual([
        200,
        expect.objectContaining({ acknowledged: ['agent-1', 'b'], missing: [] }),
      ]);
    }
  });

  test('that a member does not acknowledge names it: 202; asked again, it waits for the same pause', async () => {
    const made = await pair();
    const { cluster, other } = made;
    await cluster.run(8_000);
    other.consul.cut();
    const late = await put(made, '/v1/pause', { set: true });
    expect([late.status, late.json]).toEqual([
      202,
      expect.objectContaining({ acknowledged: ['agent-1'], missing: ['b'] }),
    ]);
    other.consul.mend();
    await cluster.run(60_000);
    const again = await put(made, '/v1/pause', { set: true });
    expect([again.status, again.json]).toEqual([
      200,
      expect.objectContaining({ changed: [], acknowledged: ['agent-1', 'b'], missing: [] }),
    ]);
  });
});

describe('a change without the token', () => {
  test.each<[headers: Readonly<Record<string, string>>]>([
    [{}],
    [{ 'X-Replicator-Token': 'wrong' }],
    [{ Authorization: 'Bearer wrong' }],
    [{ Authorization: `Basic ${TOKEN}` }],
    [{ Cookie: `X-Replicator-Token=${TOKEN}` }],
  ])('%j is refused, whatever its body is', async (headers) => {
    const made = await openServer(() => ({ view: {} as never, desk: NO_DESK }));
    for (const path of ['/v1/failsafe', '/v1/pause']) {
      for (const body of ['{"set":true}', 'x', '']) {
        const { status, text } = await put(made, path, body, headers);
        expect([status, text]).toEqual([
          403,
          'the token is missing or wrong: X-Replicator-Token, or Authorization: Bearer',
        ]);
      }
    }
    expect(made.failures).toEqual([]);
  });

  test('is refused even with one where none is configured', async () => {
    const made = await openServer(() => ({ view: {} as never, desk: NO_DESK }), { token: undefined });
    for (const headers of [{}, withToken, { 'X-Replicator-Token': '' }, { Authorization: 'Bearer ' }]) {
      const { status, text } = await put(made, '/v1/failsafe', { set: true }, headers);
      expect([status, text]).toEqual([403, 'nothing can be changed over HTTP: this agent has no http_token']);
    }
  });
});

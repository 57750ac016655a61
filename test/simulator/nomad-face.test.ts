import { describe, expect, test } from 'vitest';
import { cluster, job, runningOf } from './cluster.ts';
import { nomadOf } from './face-client.ts';
import { exchange } from '../contract/nomad/wire.ts';
import type { Asked, Client } from './face-client.ts';
import type { Cluster } from './cluster.ts';

async function started(): Promise<Cluster & { ask: Client }> {
  const own = cluster([{ name: 'a' }]);
  own.world.jobs.register(job({ count: 2 }));
  await own.clock.advance(20_000);
  return { ...own, ask: nomadOf(own.world) };
}

/** Asks, lets time pass, and answers what came and after how long. */
async function timed(
  own: Cluster,
  asked: Promise<Asked>,
  ms: number,
): Promise<{ answer: Asked; tookMs: number }> {
  const startMs = own.clock.monotonicMs();
  let tookMs = -1;
  const noted = asked.then((answer) => {
    tookMs = own.clock.monotonicMs() - startMs;
    return answer;
  });
  await own.clock.advance(ms);
  return { answer: await noted, tookMs };
}

const noLeader = (position: number): ReturnType<typeof exchange> => exchange('status-no-leader', position);

describe('servers without a leader', () => {
  test.each([
    ['GET /v1/status/leader', '/v1/status/leader', 0],
    ['GET /v1/jobs', '/v1/jobs', 4],
    ['PUT /v1/jobs', '/v1/jobs', 8],
  ])('retry %s for five seconds, then say so', async (_name, path, position) => {
    const own = await started();
    own.world.setFaults({ hasLeader: false });
    const body = position === 8 ? { body: { Job: job() } } : {};
    const { answer, tookMs } = await timed(own, own.ask(path, body), 6000);
    const recorded = noLeader(position);
    expect([answer.status, answer.text]).toEqual([recorded.status, recorded.bodyText]);
    expect(tookMs).toBeGreaterThanOrEqual(5000);
    expect(tookMs).toBeLessThan(5400);
  });

  test('answer stale reads, and say that they know no leader', async () => {
    const own = await started();
    own.world.setFaults({ hasLeader: false });
    const answer = await own.ask('/v1/jobs?stale=true');
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      'X-Nomad-Knownleader': 'false',
      'X-Nomad-Lastcontact': '9223372036854',
    });
    const { tookMs } = await timed(
      own,
      own.ask(`/v1/nodes?index=${answer.index + 1000}&wait=2s&stale=true`),
      2200,
    );
    expect(tookMs).toBeGreaterThanOrEqual(2000);
    expect((await own.ask('/v1/node/11111111-2222-3333-4444-555555555555?stale')).text).toBe(
      'node not found',
    );
  });

  test('do what was asked when a leader is found within the five seconds', async () => {
    const own = await started();
    own.world.setFaults({ hasLeader: false });
    own.clock.after(3000, () => {
      own.world.setFaults({ hasLeader: true });
    });
    const { answer } = await timed(own, own.ask('/v1/jobs'), 6000);
    expect(answer.status).toBe(200);
  });
});

describe('other faults', () => {
  test('throttle: 429 for a fraction of the requests', async () => {
    const own = await started();
    own.world.setFaults({ throttled: 0.5 });
    const statuses = await Promise.all(Array.from({ length: 200 }, () => own.ask('/v1/jobs')));
    const refused = statuses.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(60);
    expect(refused.length).toBeLessThan(140);
    expect(refused[0]?.text).toContain('too many concurrent connections');
  });

  test('answer otherwise on the paths that are named', async () => {
    const own = await started();
    own.world.setFaults({ response: { status: 504, body: 'gateway', path: '/v1/node' } });
    expect([(await own.ask('/v1/nodes')).status, (await own.ask('/v1/jobs')).status]).toEqual([504, 200]);
    own.world.setFaults({ response: null });
    expect((await own.ask('/v1/nodes')).status).toBe(200);
  });

  test('take their time', async () => {
    const own = await started();
    own.world.setFaults({ latencyMs: [300, 400] });
    const { tookMs } = await timed(own, own.ask('/v1/jobs'), 500);
    expect(tookMs).toBeGreaterThanOrEqual(300);
  });

  test('restore the servers: indexes go back, blocking reads wait on, and order is kept', async () => {
    const own = await started();
    const { index } = await own.ask('/v1/jobs');
    const before = await own.ask('/v1/job/web');
    const waiting = timed(own, own.ask(`/v1/jobs?index=${index}&wait=10s`), 11_000);
    own.world.restoreIndexes(0.5);
    const { answer } = await waiting;
    expect(answer.index).toBeLessThan(index);
    const after = await own.ask('/v1/job/web');
    expect(after.body.JobModifyIndex).toBeLessThan(before.body.JobModifyIndex);
    expect(after.body.ModifyIndex).toBeGreaterThanOrEqual(after.body.JobModifyIndex);
    const body = { Job: job({ count: 3 }), EnforceIndex: true, JobModifyIndex: after.body.JobModifyIndex };
    expect((await own.ask('/v1/jobs', { body })).status).toBe(200);
    await own.clock.advance(20_000);
    expect(runningOf(own)).toHaveLength(3);
  });
});

describe('what the face keeps', () => {
  test('unknown fields of a job, and 64-bit numbers in them', async () => {
    const own = cluster([{}]);
    const ask = nomadOf(own.world);
    const text = JSON.stringify({ Job: { ...job(), Future: { Big: 1, List: [] } } }).replace(
      '"Big":1',
      '"Big":9007199254740993123',
    );
    const face = await import('../../src/simulator/nomad/face.ts');
    const answer = await face.createNomadFace(own.world).handle({
      method: 'PUT',
      path: '/v1/jobs',
      query: new URLSearchParams(),
      headers: {},
      body: text,
      signal: new AbortController().signal,
    });
    expect(answer.status).toBe(200);
    const { text: read } = await ask('/v1/job/web');
    expect(read).toContain('"Future":{"Big":9007199254740993123,"List":[]}');
    expect(read).toMatch(/"SubmitTime":\d{19},/);
  });

  test('a job whose id has slashes, with the path encoded or not', async () => {
    const own = cluster([{}]);
    own.world.jobs.register(job({ id: 'team/web' }));
    await own.clock.advance(5000);
    const ask = nomadOf(own.world);
    for (const path of ['/v1/job/team%2Fweb', '/v1/job/team/web']) {
      expect((await ask(path)).body.ID).toBe('team/web');
      expect((await ask(`${path}/allocations`)).body).toHaveLength(1);
    }
  });

  test('each namespace apart', async () => {
    const own = cluster([{}]);
    const ask = nomadOf(own.world);
    const refused = await ask('/v1/jobs', { body: { Job: { ...job(), Namespace: 'team' } } });
    expect([refused.status, refused.text]).toEqual([500, 'job "web" is in nonexistent namespace "team"']);
    for (const Name of ['team', 'other']) await ask('/v1/namespace', { body: { Name } });
    expect((await ask('/v1/namespaces')).body.map((row: any) => row.Name)).toEqual([
      'default',
      'other',
      'team',
    ]);
    await ask('/v1/jobs', { body: { Job: { ...job(), Namespace: 'team' } } });
    await ask('/v1/jobs?namespace=other', { body: { Job: job() } });
    await ask('/v1/jobs', { body: { Job: job() } });
    await own.clock.advance(10_000);
    const all = await ask('/v1/jobs?namespace=*');
    expect(all.body.map((row: any) => row.Namespace).toSorted()).toEqual(['default', 'other', 'team']);
    expect((await ask('/v1/jobs?namespace=team')).body).toHaveLength(1);
    expect((await ask('/v1/allocations?namespace=*')).body).toHaveLength(3);
    expect((await ask('/v1/allocations')).body).toHaveLength(1);
    expect((await ask('/v1/deployments?namespace=*')).text).toBe('[]');
  });

  test('counts of children with their parents', async () => {
    const own = cluster([{}]);
    const parent = job({ id: 'nightly', type: 'batch', driver: 'mock_driver', config: { run_for: '5s' } });
    own.world.jobs.register({ ...parent, Periodic: { Enabled: true, Spec: '0 3 * * *', SpecType: 'cron' } });
    own.world.jobs.register({ ...parent, ID: 'nightly/periodic-1', ParentID: 'nightly' });
    const ask = nomadOf(own.world);
    await own.clock.advance(4000);
    const children = async (): Promise<unknown> => (await ask('/v1/job/nightly/summary')).body.Children;
    expect(await children()).toEqual({ Dead: 0, Pending: 0, Running: 1 });
    await own.clock.advance(20_000);
    expect(await children()).toEqual({ Dead: 1, Pending: 0, Running: 0 });
    const [listed, child] = (await ask('/v1/jobs')).body;
    expect(listed).toMatchObject({ Periodic: true, Status: 'running' });
    expect(child).toMatchObject({ ParentID: 'nightly', Status: 'dead' });
  });
});

describe('a list of all namespaces', () => {
  test('shows each token what it may read', async () => {
    const own = cluster([{}]);
    own.world.jobs.register({ ...job(), Namespace: 'team' });
    own.world.jobs.register(job());
    await own.clock.advance(10_000);
    const [root, team] = ['a0000000-0000-0000-0000-000000000001', 'a0000000-0000-0000-0000-000000000002'];
    const ask = nomadOf(own.world, {
      acl: { tokens: { [root]: 'management', [team]: { namespaces: { 'te*': 'read' } } } },
    });
    for (const path of ['jobs', 'allocations']) {
      const namespaces = async (token: string): Promise<string[]> => {
        const { body } = await ask(`/v1/${path}?namespace=*`, { token });
        return body.map((row: any) => row.Namespace);
      };
      expect((await namespaces(root)).length).toBe(2);
      expect(await namespaces(team)).toEqual(['team']);
      expect((await namespaces(root)).length).toBe(2);
    }
  });
});

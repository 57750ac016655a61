import { describe, expect, test } from 'vitest';
import type { PortErrorDetail, PortErrorKind } from '../../../src/ports/port-error.ts';
import { adapterOf, startFake } from './fake-nomad.ts';
import type { FakeServer, Handler, Reply, Seen } from './fake-nomad.ts';
import { createPermit, createRig, rejection } from './harness.ts';
import { recorded, recording, textOf } from './recorded.ts';

const rich = textOf(recording('replicator-go/head-job-fields-lost')['jobBefore']);
const richIndex = Number(/"JobModifyIndex":(\d+)/.exec(rich)?.[1]);
const batch = rich.replace('"Type":"service"', '"Type":"batch"');
const accepted = { text: '{"EvalID":"e1","JobModifyIndex":491,"KnownLeader":false}' };
const request = {
  namespace: 'default',
  jobId: 'rich',
  group: 'app',
  from: 1,
  to: 2,
  modifyIndex: richIndex,
  deploys: true,
  message: 'cpu 93.1 % is above 80 %',
  numbers: { cpu: 93.1, allocations: 1, rule: 'above' },
};

interface Answers {
  readonly job?: Reply;
  readonly deployment?: Reply;
  readonly status?: Reply;
  readonly write?: Reply;
  /** Versions of the servers; undefined: the token may not ask. */
  readonly builds?: readonly string[] | undefined;
}

function membersOf(builds: readonly string[] | undefined): Reply {
  if (builds === undefined) return { status: 403, text: 'Permission denied' };
  const members = builds.map((build) => ({ Status: 'alive', Tags: { build, role: 'nomad' } }));
  return { text: JSON.stringify({ Members: members }) };
}

/** Answers the reads of a job, of its deployment and of its scaling status, and one write. */
function answering(answers: Answers): Handler {
  const { job = { text: rich }, deployment = { text: 'null' }, write = accepted } = answers;
  const builds = 'builds' in answers ? answers.builds : ['1.9.3', '1.10.0-beta.1'];
  return ({ method, path }) => {
    if (method === 'PUT') return write;
    if (path === '/v1/agent/members') return membersOf(builds);
    if (path.endsWith('/deployment')) return deployment;
    if (path.endsWith('/scale')) return answers.status ?? { text: '{}' };
    return job;
  };
}

const writes = (server: { readonly seen: readonly Seen[] }): readonly Seen[] =>
  server.seen.filter(({ method }) => method !== 'GET');

/** Scaling events that only tell: they set no count. */
const isEvent = ({ path, body }: Seen): boolean => path.endsWith('/scale') && !body.includes('"Count"');

/** The one write beside the event that tells of it. */
function onlyWrite(server: FakeServer): Seen {
  const [write, ...more] = writes(server).filter((one) => !isEvent(one));
  if (write === undefined || more.length > 0) throw new Error('not exactly one write');
  return write;
}

describe('a group that deploys', () => {
  test('is scaled by its endpoint, with message, numbers and the index it was decided upon', async () => {
    const server = await startFake(answering({}));
    const rig = createRig({ address: server.address });
    expect(await rig.nomad.scale(request, createPermit())).toEqual({ modifyIndex: 491, evaluationId: 'e1' });
    const write = onlyWrite(server);
    expect([write.method, write.path, write.query.get('namespace')]).toEqual([
      'PUT',
      '/v1/job/rich/scale',
      'default',
    ]);
    expect(JSON.parse(write.body)).toEqual({
      Count: 2,
      Target: { Group: 'app' },
      Message: 'cpu 93.1 % is above 80 %',
      Meta: { cpu: 93.1, allocations: 1, rule: 'above' },
      JobModifyIndex: richIndex,
    });
  });

  test.each(['running', 'paused', 'pending'])('is not scaled while a deployment is %s', async (status) => {
    const running = recorded('deployments', { note: 'running' }).text.replace('"running"', `"${status}"`);
    const server = await startFake(answering({ deployment: { text: running } }));
    const rig = createRig({ address: server.address });
    const error = await rejection(rig.nomad.scale(request, createPermit()));
    expect(error.detail).toMatchObject({ conflict: 'deployment-active', outcomeUnknown: false });
    expect(writes(server)).toEqual([]);
  });

  test('is scaled after a deployment has ended', async () => {
    const server = await startFake(
      answering({ deployment: recorded('deployments', { note: 'successful' }) }),
    );
    const rig = createRig({ address: server.address });
    await rig.nomad.scale(request, createPermit());
    expect(writes(server)).toHaveLength(1);
  });

  test('why old servers are not asked: they refuse during a deployment, and obey all the same', () => {
    const countOf = (choice: number): unknown =>
      JSON.parse(recorded('job-scale-refused-count', choice).text).TaskGroups[0].Count;
    expect(recorded('job-scale-refused-count', 2).text).toBe('job scaling blocked due to active deployment');
    expect([countOf(1), countOf(3)]).toEqual([1, 3]);
  });

  test.each([
    ['a server is older than 1.4', ['1.9.3', '1.3.16']],
    ['the only server is a 1.0', ['1.0.18']],
    ['a server does not say its version', ['1.9.3', '']],
    ['the token may not ask for the versions', undefined],
  ])(
    'is registered with its index enforced where %s, and the reason is told as an event',
    async (_, builds) => {
      const server = await startFake(answering({ builds }));
      const rig = createRig({ address: server.address });
      expect(await rig.nomad.scale(request, createPermit())).toEqual({
        modifyIndex: 491,
        evaluationId: 'e1',
      });
      expect(writes(server).map(({ path }) => path)).toEqual(['/v1/jobs', '/v1/job/rich/scale']);
      expect(JSON.parse(onlyWrite(server).body)).toMatchObject({
        EnforceIndex: true,
        JobModifyIndex: richIndex,
      });
      expect(JSON.parse(writes(server)[1]?.body ?? '')).toEqual({
        Target: { Group: 'app' },
        Message: 'cpu 93.1 % is above 80 %',
        Meta: { cpu: 93.1, allocations: 1, rule: 'above' },
      });
    },
  );

  test('is scaled all the same when the event that tells of it is refused', async () => {
    const handler = answering({ builds: ['1.0.18'] });
    const refusing: Handler = (seen) => (isEvent(seen) ? { status: 500, text: 'no' } : handler(seen));
    const server = await startFake(refusing);
    const rig = createRig({ address: server.address });
    expect(await rig.nomad.scale(request, createPermit())).toMatchObject({ modifyIndex: 491 });
  });

  test('asks for the versions once in a while only', async () => {
    const server = await startFake(answering({}));
    const rig = createRig({ address: server.address });
    await rig.nomad.scale(request, createPermit());
    await rig.nomad.scale(request, createPermit());
    expect(server.seen.filter(({ path }) => path === '/v1/agent/members')).toHaveLength(1);
  });

  test('is not registered because the endpoint found fault with the request', async () => {
    const server = await startFake(answering({ write: recorded('job-scale', { note: 'negative' }) }));
    const rig = createRig({ address: server.address });
    expect((await rejection(rig.nomad.scale(request, createPermit()))).kind).toBe('invalid');
    expect(writes(server)).toHaveLength(1);
  });
});

describe('a group that does not deploy', () => {
  const registering = { ...request, deploys: false };

  test('is registered again as it was read, digit for digit, but for its count', async () => {
    const text = batch
      .replace(/"SubmitTime":\d+/, '"SubmitTime":1795452338021351431')
      .replace(
        '"Priority":50',
        '"Priority":50,"FieldOfTomorrow":{"Ratio":0.10,"Big":12345678901234567890,"E":1e400}',
      );
    expect(text).toContain('FieldOfTomorrow');
    const server = await startFake(answering({ job: { text } }));
    const rig = createRig({ address: server.address });
    expect(await rig.nomad.scale(registering, createPermit())).toEqual({
      modifyIndex: 491,
      evaluationId: 'e1',
    });
    const write = onlyWrite(server);
    expect([write.method, write.path, write.query.get('namespace')]).toEqual(['PUT', '/v1/jobs', 'default']);
    const changed = text.replace('"Count":1', '"Count":2');
    expect(write.body).toBe(`{"Job":${changed},"EnforceIndex":true,"JobModifyIndex":${richIndex}}`);
  });

  test('changes the count of that group only', async () => {
    const two = recorded('job-read', 0).text.replace('"Type":"service"', '"Type":"batch"');
    const server = await startFake(answering({ job: { text: two } }));
    const rig = createRig({ address: server.address });
    const ofIdle = { ...registering, jobId: 'web', group: 'idle', from: 2, to: 1, modifyIndex: 24 };
    await rig.nomad.scale(ofIdle, createPermit());
    const groups = JSON.parse(onlyWrite(server).body).Job.TaskGroups as { Name: string; Count: number }[];
    expect(groups.map(({ Name, Count }) => [Name, Count])).toEqual([
      ['hot', 1],
      ['idle', 1],
    ]);
  });

  test('of a service is not registered while another group of the job deploys', async () => {
    const server = await startFake(answering({ deployment: recorded('deployments', { note: 'running' }) }));
    const rig = createRig({ address: server.address });
    const error = await rejection(rig.nomad.scale(registering, createPermit()));
    expect(error.detail.conflict).toBe('deployment-active');
    expect(writes(server)).toEqual([]);
  });
});

describe.each([true, false])('a job that is no longer as decided upon (deploys: %s)', (deploys) => {
  test.each([
    ['has been changed', rich.replace(/"JobModifyIndex":\d+/, '"JobModifyIndex":999'), /index is 999, not/],
    ['has another count', rich.replace('"Count":1', '"Count":3'), /count is 3, not 1/],
    ['has been stopped', rich.replace('"Stop":false', '"Stop":true'), /has been stopped/],
    ['has lost the group', rich.replace('"Name":"app"', '"Name":"api"'), /has no group app/],
  ])('and %s is left alone', async (_, text, why) => {
    const server = await startFake(answering({ job: { text } }));
    const rig = createRig({ address: server.address });
    const error = await rejection(rig.nomad.scale({ ...request, deploys }, createPermit()));
    expect(error.detail.conflict).toBe('job-changed');
    expect(error.message).toMatch(why);
    expect(writes(server)).toEqual([]);
  });

  test('and is gone is not found', async () => {
    const server = await startFake(answering({ job: recorded('unknown-ids', { path: '/v1/job/nosuch' }) }));
    const rig = createRig({ address: server.address });
    expect((await rejection(rig.nomad.scale({ ...request, deploys }, createPermit()))).kind).toBe(
      'not-found',
    );
    expect(writes(server)).toEqual([]);
  });

  test('is never asked for the count that is there', async () => {
    const server = await startFake(answering({}));
    const rig = createRig({ address: server.address });
    const error = await rejection(rig.nomad.scale({ ...request, deploys, to: 1 }, createPermit()));
    expect(error.message).toMatch(/count is 1 already/);
    expect(writes(server)).toEqual([]);
  });
});

describe('a refusal by Nomad', () => {
  test.each<readonly [string, Reply, PortErrorKind, Partial<PortErrorDetail>]>([
    [
      'changed in between',
      recorded('job-register-enforce-index', { note: 'wrong index' }),
      'conflict',
      { conflict: 'job-changed' },
    ],
    ['deploying', recorded('job-scale', 0), 'conflict', { conflict: 'deployment-active' }],
    ['bounds', recorded('job-scale', { note: 'above max 4' }), 'conflict', { conflict: 'bounds' }],
    ['ACL', { status: 403, text: 'Permission denied' }, 'denied', { permission: 'namespace:scale-job' }],
    ['no leader', { status: 500, text: 'No cluster leader' }, 'unavailable', { outcomeUnknown: false }],
    [
      'too many calls',
      { status: 429, text: '', headers: { 'Retry-After': '3' } },
      'throttled',
      { retryAfterMs: 3_000 },
    ],
  ])('(%s) is told, and the request is not sent again', async (_, reply, kind, detail) => {
    const server = await startFake(answering({ write: reply }));
    const rig = createRig({ address: server.address });
    const error = await rejection(rig.drive(rig.nomad.scale(request, createPermit())));
    expect(error.kind).toBe(kind);
    expect(error.detail).toMatchObject(detail);
    expect(writes(server)).toHaveLength(1);
  });

  test('names the right to register for a group that does not deploy', async () => {
    const server = await startFake(
      answering({ job: { text: batch }, write: { status: 403, text: 'Permission denied' } }),
    );
    const rig = createRig({ address: server.address });
    const error = await rejection(rig.nomad.scale({ ...request, deploys: false }, createPermit()));
    expect(error.detail.permission).toBe('namespace:submit-job');
  });
});

describe('without the lease', () => {
  test('nothing is written, whatever was read before', async () => {
    const server = await startFake(answering({}));
    const rig = createRig({ address: server.address });
    const permit = createPermit();
    permit.held = false;
    const error = await rejection(rig.nomad.scale(request, permit));
    expect(error.message).toMatch(/the lease has ended/);
    expect(permit.asked).toBe(1);
    expect(writes(server)).toEqual([]);
  });

  test('nothing is handed to a transport that needs no socket', async () => {
    const seen: Seen[] = [];
    const rig = createRig({ address: 'http://nomad', adapter: adapterOf(answering({}), seen) });
    const permit = createPermit();
    permit.held = false;
    expect((await rejection(rig.drive(rig.nomad.scale(request, permit)))).message).toMatch(
      /the lease has ended/,
    );
    expect(writes({ seen })).toEqual([]);
    permit.held = true;
    await rig.drive(rig.nomad.scale(request, permit));
    expect(writes({ seen })).toHaveLength(1);
  });

  test('nothing is begun once the lock is known to be lost', async () => {
    const server = await startFake(answering({}));
    const rig = createRig({ address: server.address });
    const permit = createPermit();
    permit.end.abort(new Error('the lock is lost'));
    const error = await rejection(rig.nomad.scale(request, permit));
    expect([error.kind, error.detail.outcomeUnknown]).toEqual(['cancelled', false]);
    expect(server.seen).toEqual([]);
  });
});

describe('failing a deployment', () => {
  const web = { namespace: 'blue', jobId: 'web' };

  test('is one request in the namespace of its job', async () => {
    const server = await startFake(() => recorded('deployment-fail', { note: 'running' }));
    const rig = createRig({ address: server.address });
    await rig.nomad.failDeployment(web, 'd-1', createPermit());
    const write = onlyWrite(server);
    expect([write.method, write.path, write.query.get('namespace')]).toEqual([
      'PUT',
      '/v1/deployment/fail/d-1',
      'blue',
    ]);
  });

  test('that has ended already is a conflict', async () => {
    const server = await startFake(() => recorded('deployment-fail', { note: 'failed already' }));
    const rig = createRig({ address: server.address });
    expect((await rejection(rig.nomad.failDeployment(web, 'd-1', createPermit()))).kind).toBe('conflict');
    expect(writes(server)).toHaveLength(1);
  });
});

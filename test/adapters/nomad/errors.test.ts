import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { refused } from '../../../src/adapters/nomad/errors.ts';
import type { PortErrorDetail, PortErrorKind } from '../../../src/ports/port-error.ts';
import { startFake } from './fake-nomad.ts';
import type { Reply } from './fake-nomad.ts';
import { createPermit, createRig, never, rejection } from './harness.ts';
import { recorded } from './recorded.ts';
import type { Choice } from './recorded.ts';

const web = { namespace: 'default', jobId: 'web' };
const write = { doing: 'scale web/g from 1 to 2', permission: 'namespace:scale-job', mutating: true };

type Refusal = readonly [string, Choice, PortErrorKind, Partial<PortErrorDetail>];

test.each<Refusal>([
  ['acl', { method: 'POST', status: 403 }, 'denied', { permission: 'namespace:scale-job', status: 403 }],
  ['acl', { note: 'a token that does not exist' }, 'denied', { permission: 'token unknown', status: 403 }],
  ['acl', { note: 'a token that is not a UUID' }, 'denied', { permission: 'token unknown', status: 500 }],
  ['acl', { method: 'POST', status: 400 }, 'conflict', { conflict: 'deployment-active' }],
  ['job-scale', 0, 'conflict', { conflict: 'deployment-active' }],
  ['job-scale', { note: 'above max 4' }, 'conflict', { conflict: 'bounds' }],
  ['job-scale', { note: 'below min 1' }, 'conflict', { conflict: 'bounds' }],
  ['job-scale', { note: 'unknown group' }, 'conflict', { conflict: 'job-changed' }],
  ['job-scale', { note: 'unknown job' }, 'not-found', { text: '404 job "nosuch" not found' }],
  ['job-scale', { note: 'negative' }, 'invalid', { status: 400 }],
  ['job-register-bounds', 0, 'conflict', { conflict: 'bounds' }],
  ['job-register-bounds', 1, 'conflict', { conflict: 'bounds' }],
  ['job-register-enforce-index', { note: 'wrong index' }, 'conflict', { conflict: 'job-changed' }],
  ['job-register-enforce-index', 5, 'conflict', { conflict: 'job-changed' }],
  ['job-register-enforce-index', { note: 'index 0 for a job that exists' }, 'conflict', {}],
  ['job-register-enforce-index', { note: 'an index for a job that does not exist' }, 'conflict', {}],
  ['deployment-fail', { note: 'failed already' }, 'conflict', { conflict: 'job-changed' }],
  ['deployment-fail', { note: 'unknown id' }, 'not-found', { status: 500 }],
  ['unknown-ids', { method: 'PUT', path: /drain$/ }, 'not-found', { text: '500 node not found' }],
  ['asked-at-client', { note: 'drain of an unknown node' }, 'not-found', { status: 500 }],
  ['asked-at-client', { note: 'registered with a stale index' }, 'conflict', { conflict: 'job-changed' }],
  ['asked-at-client', { note: 'an unknown deployment failed' }, 'not-found', { status: 500 }],
  ['asked-at-client', { note: 'an unknown group scaled' }, 'conflict', { conflict: 'job-changed' }],
  ['status-no-leader', { method: 'PUT' }, 'unavailable', { text: '500 No cluster leader' }],
  ['status-leader', { status: 405 }, 'invalid', { text: '405 Invalid method' }],
])('the refusal of %s, %o, is told as %s', (file, choice, kind, detail) => {
  const error = refused(write, recorded(file, choice));
  expect(error.kind).toBe(kind);
  expect(error.detail).toMatchObject({ ...detail, service: 'nomad', outcomeUnknown: false });
  expect(error.message).not.toContain('\n');
});

test.each([
  [{ status: 429, text: 'slow down', retryAfter: '7' }, 'throttled', { retryAfterMs: 7_000 }],
  [{ status: 429, text: '' }, 'throttled', { outcomeUnknown: false }],
  [{ status: 429, text: '', retryAfter: 'Wed, 21 Oct 2026 07:28:00 GMT' }, 'throttled', { text: '429' }],
  [{ status: 401, text: 'who are you' }, 'denied', { permission: 'namespace:scale-job' }],
  [{ status: 301, text: 'moved' }, 'invalid', { outcomeUnknown: false }],
  [{ status: 500, text: 'leadership lost while committing log' }, 'unavailable', { outcomeUnknown: true }],
  [{ status: 502, text: '<html>\n bad gateway\n</html>' }, 'unavailable', { outcomeUnknown: true }],
  [{ status: 504, text: '' }, 'unavailable', { outcomeUnknown: true, status: 504 }],
] as const)('the refused write %o is told as %s', (answer, kind, detail) => {
  const error = refused(write, answer);
  expect(error.kind).toBe(kind);
  expect(error.detail).toMatchObject(detail);
  expect(error.message).not.toContain('\n');
});

test('a long text is cut', () => {
  expect(refused(write, { status: 500, text: 'x'.repeat(10_000) }).message.length).toBeLessThan(400);
});

describe('a read that gets no answer', () => {
  type Broken = readonly [string, Reply, PortErrorKind, RegExp];

  test.each<Broken>([
    ['reset before an answer', 'reset', 'unavailable', /connection reset: 127\.0\.0\.1:\d+$/],
    ['cut within the body', 'cut', 'unavailable', /connection closed within the answer/],
    ['hanging', 'hang', 'timeout', /no answer in time/],
    ['stalling within the body', 'stall', 'timeout', /no answer in time/],
    ['no JSON', { text: '{"ID": "we' }, 'invalid', /not JSON/],
    ['another page', { text: '<html>welcome</html>' }, 'invalid', /not JSON/],
    ['JSON of another kind', { text: '[]' }, 'invalid', /the job is no object/],
    ['an object of another kind', { text: '{}' }, 'invalid', /the job has no ID/],
    ['no gzip', { text: 'this is none', headers: { 'Content-Encoding': 'gzip' } }, 'invalid', /Z_DATA_ERROR/],
    ['a redirect', { status: 302, text: '', headers: { Location: '/elsewhere' } }, 'invalid', /302/],
  ])('because it is %s is told by kind and text', async (_, reply, kind, text) => {
    const server = await startFake(() => reply);
    const rig = createRig({ address: server.address });
    const error = await rejection(rig.drive(rig.nomad.readJob(web, never)));
    expect(error.kind).toBe(kind);
    expect(error.message).toMatch(text);
    expect(error.message).toMatch(/^nomad: read job web: /);
  });

  test('because nobody listens is unavailable', async () => {
    const rig = createRig({ address: 'http://127.0.0.1:1' });
    const error = await rejection(rig.drive(rig.nomad.readJob(web, never)));
    expect(error.message).toBe('nomad: read job web: connection refused: 127.0.0.1:1');
    expect(error.kind).toBe('unavailable');
  });

  test('because the caller stops it is cancelled', async () => {
    const server = await startFake(() => 'hang');
    const rig = createRig({ address: server.address });
    const caller = new AbortController();
    const reading = rejection(rig.nomad.readJob(web, caller.signal));
    await expect.poll(() => server.seen.length).toBe(1);
    caller.abort(new Error('shutting down'));
    expect((await reading).kind).toBe('cancelled');
    await expect.poll(server.open).toBe(0);
  });
});

describe('a write that gets no answer', () => {
  const scaling = {
    ...web,
    group: 'g',
    from: 1,
    to: 2,
    modifyIndex: 24,
    deploys: false,
    message: '',
    numbers: {},
  };
  const job = recorded('job-read', 0).text.replaceAll('"Name":"hot"', '"Name":"g"');
  const noDeployment = { text: 'null' };
  const answer = (path: string, method: string, reply: Reply): Reply => {
    if (method === 'PUT') return reply;
    return path.endsWith('/deployment') ? noDeployment : { text: job };
  };

  test.each<readonly [string, Reply, PortErrorKind]>([
    ['reset after it was sent', 'reset', 'unavailable'],
    ['hanging', 'hang', 'timeout'],
    ['cut within the answer', 'cut', 'unavailable'],
    ['stalling within the answer', 'stall', 'timeout'],
    ['answered with no JSON', { text: '{' }, 'invalid'],
  ])('because it is %s has an unknown outcome and is not sent again', async (_, reply, kind) => {
    const server = await startFake(({ path, method }) => answer(path, method, reply));
    const rig = createRig({ address: server.address });
    const error = await rejection(rig.drive(rig.nomad.scale(scaling, createPermit())));
    expect(error.kind).toBe(kind);
    expect(error.detail.outcomeUnknown).toBe(true);
    expect(server.seen.filter(({ method }) => method === 'PUT')).toHaveLength(1);
  });

  test('because the lock is lost meanwhile is aborted at once', async () => {
    const server = await startFake(({ path, method }) => answer(path, method, 'hang'));
    const rig = createRig({ address: server.address });
    const permit = createPermit();
    const scaled = rejection(rig.nomad.scale(scaling, permit));
    await expect.poll(() => server.seen.some(({ method }) => method === 'PUT')).toBe(true);
    permit.end.abort(new Error('the lock is lost'));
    const error = await scaled;
    expect(error.kind).toBe('cancelled');
    expect(error.detail.outcomeUnknown).toBe(true);
  });

  test('takes at most five seconds', async () => {
    const server = await startFake(({ path, method }) => answer(path, method, 'hang'));
    const rig = createRig({ address: server.address });
    const scaled = rejection(rig.nomad.scale(scaling, createPermit()));
    await expect.poll(() => server.seen.some(({ method }) => method === 'PUT')).toBe(true);
    await rig.clock.advance(4_999);
    expect(await Promise.race([scaled, Promise.resolve('pending')])).toBe('pending');
    await rig.clock.advance(1);
    expect((await scaled).kind).toBe('timeout');
  });
});

test('no error carries the token, however deep one looks', async () => {
  const token = '2b1f4b1c-7d34-47f5-a9a2-3f3f8d3d1e11';
  const server = await startFake(({ path }) =>
    path.endsWith('/web') ? 'reset' : { status: 403, text: 'no' },
  );
  const rig = createRig({ address: server.address, token });
  for (const jobId of ['web', 'other']) {
    const error = await rejection(rig.drive(rig.nomad.readJob({ namespace: 'default', jobId }, never)));
    expect(server.seen[0]?.headers['x-nomad-token']).toBe(token);
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(token);
    expect(JSON.stringify(error)).not.toContain(token);
  }
});

import { AxiosError, create } from 'axios';
import Consul from 'consul';
import { describe, expect, test } from 'vitest';
import { agentFor, axiosAdapterFor } from '../../src/simulator/in-memory.ts';
import { VirtualClock } from '../../src/simulator/virtual-clock.ts';
import { cluster, job } from './cluster.ts';
import { createNomadFace } from '../../src/simulator/nomad/face.ts';
import type { AxiosInstance, AxiosRequestConfig } from 'axios';
import type { Face, FaceRequest } from '../../src/simulator/face.ts';

const echo: Face = {
  handle: async ({ method, path, query, headers, body }) => ({
    status: Number(query.get('status') ?? 200),
    headers: { 'Content-Type': 'application/json', 'X-Nomad-Index': '7' },
    body: JSON.stringify({ method, path, query: [...query], token: headers['x-nomad-token'] ?? null, body }),
  }),
};

/** Answers nobody until the caller has gone. */
const silent: Face = {
  handle: ({ signal }: FaceRequest) =>
    new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve({ status: 200, headers: {}, body: 'late' }));
    }),
};

function clientOf(face: Face, more: AxiosRequestConfig = {}, clock?: VirtualClock): AxiosInstance {
  const adapter = axiosAdapterFor(face, clock ? { clock, activity: () => clock.activity() } : {});
  return create({ baseURL: 'http://nomad:4646', adapter, ...more });
}

async function failure(promise: Promise<unknown>): Promise<AxiosError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof AxiosError) return error;
    throw error;
  }
  throw new Error('did not fail');
}

describe('the axios adapter of a face', () => {
  test('hands over method, encoded path, parameters, headers and body', async () => {
    const { data, status, headers } = await clientOf(echo).put('/v1/job/a%2Fb/scale', '{"Count":2}', {
      params: { namespace: 'team', index: 3 },
      headers: { 'X-Nomad-Token': 'secret' },
    });
    expect([status, headers['x-nomad-index']]).toEqual([200, '7']);
    expect(data).toEqual({
      method: 'PUT',
      path: '/v1/job/a%2Fb/scale',
      query: [
        ['namespace', 'team'],
        ['index', '3'],
      ],
      token: 'secret',
      body: '{"Count":2}',
    });
  });

  test('leaves text as it is when text is asked for', async () => {
    const { data } = await clientOf(echo, {
      responseType: 'text',
      transformResponse: (text: unknown) => text,
    }).get('/x');
    expect(data).toMatch(/^\{"method":"GET","path":"\/x"/);
    const { data: bytes } = await clientOf(echo, { responseType: 'arraybuffer' }).get('/x');
    expect(Buffer.isBuffer(bytes)).toBe(true);
  });

  test.each([
    [404, 'ERR_BAD_REQUEST'],
    [500, 'ERR_BAD_RESPONSE'],
  ])('rejects status %i as axios does, with %s', async (status, code) => {
    const error = await failure(clientOf(echo).get('/x', { params: { status } }));
    expect([error.code, error.response?.status]).toEqual([code, status]);
    const kept = await clientOf(echo, { validateStatus: () => true }).get('/x', { params: { status } });
    expect(kept.status).toBe(status);
  });

  test('times out on the virtual clock', async () => {
    const clock = new VirtualClock();
    const failing = failure(clientOf(silent, { timeout: 2000 }, clock).get('/x'));
    let isOver = false;
    void failing.then(() => (isOver = true));
    await clock.advance(1999);
    expect(isOver).toBe(false);
    await clock.advance(2);
    expect(await failing).toMatchObject({ code: 'ECONNABORTED', message: 'timeout of 2000ms exceeded' });
  });

  test('hangs up when the signal says so', async () => {
    const caller = new AbortController();
    const failing = failure(clientOf(silent).get('/x', { signal: caller.signal }));
    await new Promise((resolve) => setImmediate(resolve));
    caller.abort();
    expect((await failing).code).toBe('ERR_CANCELED');
  });

  test('cannot reach a server that is away', async () => {
    const adapter = axiosAdapterFor(echo, { isReachable: () => false });
    const error = await failure(create({ baseURL: 'http://nomad', adapter }).get('/x'));
    expect([error.code, error.response]).toEqual(['ECONNREFUSED', undefined]);
  });

  test('runs a blocking read in virtual time', async () => {
    const { clock, world } = cluster([{}]);
    const http = clientOf(createNomadFace(world), {}, clock);
    const { headers } = await http.get('/v1/nodes');
    const pending = http.get('/v1/jobs', { params: { index: headers['x-nomad-index'], wait: '60s' } });
    let tookMs = -1;
    void pending.then(() => (tookMs = clock.monotonicMs()));
    clock.after(5000, () => world.jobs.register(job()));
    await clock.advance(10_000);
    expect((await pending).data).toHaveLength(1);
    expect(tookMs).toBe(5000);
  });
});

describe('the agent of a face', () => {
  test('carries node-consul in virtual time, on connections that are kept', async () => {
    const clock = new VirtualClock();
    const seen: string[] = [];
    const face: Face = {
      handle: async ({ method, path, body }) => {
        seen.push(`${method} ${path} ${body}`);
        await new Promise<void>((resolve) => {
          clock.after(1000, resolve);
        });
        return { status: 200, headers: { 'Content-Type': 'application/json' }, body: '"127.0.0.1:8300"' };
      },
    };
    const agent = agentFor(face, { activity: () => clock.activity() });
    const consul = new Consul({ host: 'consul', port: 8500, agent });
    const answers: unknown[] = [];
    void consul.status.leader().then((leader: unknown) => answers.push(leader));
    await clock.advance(999);
    expect(answers).toEqual([]);
    await clock.advance(1);
    expect(answers).toEqual(['127.0.0.1:8300']);
    const second = consul.kv.set('key', 'x'.repeat(200_000));
    await clock.advance(1500);
    await second;
    expect(seen.map((line) => line.slice(0, 20))).toEqual(['GET /v1/status/leade', 'PUT /v1/kv/key xxxxx']);
    agent.destroy();
  });
});

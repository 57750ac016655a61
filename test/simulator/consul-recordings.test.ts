import { describe, expect, test } from 'vitest';
import type { ConsulAcl } from '../../src/simulator/consul/acl.ts';
import { Replay, recording } from './consul-replay.ts';
import type { Exchange } from './consul-replay.ts';

const readmeRules = {
  key: { '': 'read', 'replicator/config': 'write' },
  session: { '': 'write' },
  node: { '': 'write' },
} as const;
const acl: ConsulAcl = {
  tokens: {
    'ROOT-SECRET': 'management',
    'README-SECRET': readmeRules,
    'README-PREFIX-SECRET': {
      keyPrefix: { '': 'read', 'replicator/config': 'write' },
      sessionPrefix: { '': 'write' },
      nodePrefix: { '': 'write' },
    },
    'KV-ONLY-SECRET': { keyPrefix: { 'replicator/config': 'write' } },
    'LEAST-SECRET': { keyPrefix: { 'replicator/config': 'write' }, sessionPrefix: { '': 'write' } },
  },
};

const members: ConsulAcl = {
  tokens: {
    'c0000000-0000-0000-0000-000000000001': {
      keyPrefix: { 'replicator/config': 'write' },
      sessionPrefix: { '': 'write' },
      service: { replicator: 'write' },
      nodePrefix: { '': 'read' },
    },
    'c0000000-0000-0000-0000-000000000002': {
      keyPrefix: { 'replicator/config': 'write' },
      sessionPrefix: { '': 'write' },
      service: { replicator: 'write' },
    },
    'c0000000-0000-0000-0000-000000000004': {
      service: { replicator: 'read' },
      nodePrefix: { '': 'read' },
      sessionPrefix: { '': 'write' },
    },
  },
};

/** What the face does not speak: administration of access control, most of the catalog. */
function isSpoken({ path }: Exchange): boolean {
  return !/^\/v1\/(?:acl|catalog|health|agent\/metrics)/.test(path);
}

async function expectSame(replay: Replay, exchange: Exchange): Promise<void> {
  const { recorded, given } = replay.compare(exchange, await replay.send(exchange));
  const title = `${exchange.note ?? ''} ${exchange.method} ${exchange.path}`;
  expect({ title, ...given }).toEqual({ title, ...recorded });
  expect(JSON.stringify(given.body)).toBe(JSON.stringify(recorded.body));
}

describe('the simulated Consul answers what the real one was recorded to answer', () => {
  test.each([
    { name: 'kv', calls: 33, sessions: [] },
    { name: 'session', calls: 35, sessions: [] },
    {
      name: 'kv-lock',
      calls: 21,
      sessions: ['3d3fddd9-c486-fc94-5752-0e281aacd83e', 'e92edc7e-4250-580d-61a4-f39b18425967'],
    },
    { name: 'txn', calls: 12, sessions: ['8359f9e9-1fd4-bcac-af5e-0190109133f2'] },
    { name: 'fence', calls: 17, sessions: [] },
  ])('$calls calls of $name', async ({ name, calls, sessions }) => {
    const replay = new Replay();
    for (const id of sessions) await replay.makeSession(id);
    const { exchanges } = recording(name);
    expect(exchanges).toHaveLength(calls);
    for (const exchange of exchanges) await expectSame(replay, exchange);
  });

  test('114 calls under access control', async () => {
    const replay = new Replay({ nodeName: 'consul-acl-1', acl });
    const exchanges = recording('acl').exchanges.filter(isSpoken);
    for (const exchange of exchanges) await expectSame(replay, exchange);
    expect(exchanges).toHaveLength(114);
  });

  test('32 calls about a service, its check and the session bound to it, time included', async () => {
    const replay = new Replay();
    const { exchanges } = recording('services');
    for (const exchange of exchanges) {
      await replay.clock.advance(exchange.waitedMs ?? 0);
      await expectSame(replay, exchange);
    }
    expect(exchanges).toHaveLength(32);
  });

  test('31 calls about services under access control', async () => {
    const replay = new Replay({ nodeName: 'consul-acl-1', acl: members });
    const { exchanges } = recording('services-acl');
    for (const exchange of exchanges) await expectSame(replay, exchange);
    expect(exchanges).toHaveLength(31);
  });

  test('6 calls without a leader, after 7 s', async () => {
    const replay = new Replay();
    replay.face.setNoLeader(true);
    const { exchanges } = recording('no-leader');
    expect(exchanges).toHaveLength(6);
    for (const exchange of exchanges) {
      const beginMs = replay.clock.monotonicMs();
      let tookMs = 0;
      const answer = replay.send(exchange).finally(() => (tookMs = replay.clock.monotonicMs() - beginMs));
      await replay.clock.advance(exchange.elapsedMs);
      const { recorded, given } = replay.compare(exchange, await answer);
      expect(given).toEqual(recorded);
      expect(tookMs).toBe(7_000);
    }
  });

  test('the leader, the peers and, as far as it goes, the agent', async () => {
    const replay = new Replay();
    const { exchanges } = recording('agent-catalog-health');
    const find = (path: string): Exchange => exchanges.find((exchange) => exchange.path === path) as Exchange;
    await expectSame(replay, find('/v1/status/leader'));
    await expectSame(replay, find('/v1/status/peers'));
    await expectSame(replay, find('/v1/nosuch'));
    const self = find('/v1/agent/self');
    const { recorded, given } = replay.compare(self, await replay.send(self));
    expect({ ...given, body: null }).toEqual({ ...recorded, body: null });
    const [real, own] = [recorded.body, given.body] as [Record<string, object>, Record<string, object>];
    expect(Object.keys(own)).toEqual(Object.keys(real).filter((name) => name !== 'xDS'));
    expect(Object.keys(own['Config'] ?? {})).toEqual(Object.keys(real['Config'] ?? {}));
    expect(real['DebugConfig']).toMatchObject({
      ...own['DebugConfig'],
      NodeID: expect.any(String) as string,
    });
  });
});

describe('blocking reads', () => {
  const v1 = { status: 200, headers: {}, elapsedMs: 0 };
  const root = '/v1/kv/replicator/config';
  const change = (method: string, key: string, text = ''): Exchange => ({
    ...v1,
    method,
    path: `${root}/${key}`,
    requestBodyText: text,
  });
  /** What happened while the recorded call waited, by the number of the call. */
  const meanwhile: Readonly<Record<number, readonly (readonly [atMs: number, change: Exchange])[]>> = {
    2: [
      [500, change('PUT', 'b', 'other')],
      [1_500, change('PUT', 'a', 'v2')],
    ],
    3: [[500, change('DELETE', 'b')]],
    5: [[500, change('PUT', 'none', 'now')]],
  };

  test('take as long as recorded, and answer the same', async () => {
    const replay = new Replay();
    await replay.send(change('PUT', 'a', 'v1'));
    const { exchanges } = recording('kv-blocking');
    expect(exchanges).toHaveLength(11);
    for (const [at, exchange] of exchanges.entries()) {
      const beginMs = replay.clock.monotonicMs();
      let tookMs = 0;
      const answer = replay.send(exchange).finally(() => (tookMs = replay.clock.monotonicMs() - beginMs));
      for (const [atMs, step] of meanwhile[at] ?? []) {
        await replay.clock.advanceTo(beginMs + atMs);
        await replay.send(step);
      }
      await replay.clock.advanceTo(beginMs + 2_000);
      const { recorded, given } = replay.compare(exchange, await answer);
      expect({ at, ...given }).toEqual({ at, ...recorded });
      expect(Math.abs(tookMs - exchange.elapsedMs)).toBeLessThan(50);
    }
  });
});

interface Measured {
  readonly first: { readonly TTL: string };
  readonly holderEnds: 'destroy' | 'expiry';
  readonly secondsFromAcquireToInvalidation: number;
  readonly secondsFromInvalidationToAcquire: number;
}

describe('a lock whose holder is gone', () => {
  const measured = recording('kv-lock-delay').measured as readonly Measured[];

  test.each(measured)('opens as late as measured: $first, $holderEnds', async (expected) => {
    const replay = new Replay();
    const holder = '00000000-0000-0000-0000-00000000000a';
    const other = '00000000-0000-0000-0000-00000000000b';
    const put = (path: string, requestBody?: unknown): Promise<string> =>
      replay
        .send({
          method: 'PUT',
          path,
          status: 200,
          headers: {},
          elapsedMs: 0,
          requestBody,
          body: { ID: holder },
        })
        .then(({ body }) => body);
    await replay.makeSession(other);
    await put('/v1/session/create', expected.first);
    await put(`/v1/kv/leader?acquire=${holder}`);
    if (expected.holderEnds === 'destroy') await put(`/v1/session/destroy/${holder}`);
    const isHeld = (): boolean => replay.face.key('leader')?.entry.session === holder;
    const secondsUntil = async (isDone: () => boolean | Promise<boolean>): Promise<number> => {
      const beginMs = replay.clock.monotonicMs();
      while (!(await isDone())) await replay.clock.advance(10);
      return (replay.clock.monotonicMs() - beginMs) / 1_000;
    };
    const toInvalidation = await secondsUntil(() => !isHeld());
    const toAcquire = await secondsUntil(
      async () => (await put(`/v1/kv/leader?acquire=${other}`)) === 'true\n',
    );
    expect(Math.abs(toInvalidation - expected.secondsFromAcquireToInvalidation)).toBeLessThan(0.3);
    expect(Math.abs(toAcquire - expected.secondsFromInvalidationToAcquire)).toBeLessThan(0.3);
  });
});

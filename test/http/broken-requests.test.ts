import { describe, expect, test } from 'vitest';
import type { StatusView } from '../../src/ports/status-view.ts';
import { openServer, NO_DESK, TOKEN } from './api-room.ts';
import { brokenRequests, faultOf } from './broken.ts';

const { quick, slow } = brokenRequests(TOKEN);

const view = {
  leader: () => ({ session: '', node: '' }),
  health: () => ({ role: 'follower', faults: [], services: [], rounds: [] }),
} as unknown as StatusView;

const room = () => openServer(() => ({ view, desk: NO_DESK }));

describe('a request that something is wrong with', () => {
  test('is one of at least two hundred', () => {
    expect(quick.length).toBeGreaterThanOrEqual(200);
    expect(new Set(quick.map(({ bytes }) => bytes.toString('latin1'))).size).toBe(quick.length);
  });

  test('is answered with 4xx in one line, and the server goes on', async () => {
    const { raw, ask, failures } = await room();
    const faults: string[] = [];
    for (const one of quick) {
      const fault = faultOf(one, await raw(one.bytes));
      if (fault !== '') faults.push(fault);
    }
    expect(faults).toEqual([]);
    expect(failures).toEqual([]);
    expect((await ask('/v1/status/leader')).status).toBe(200);
  });

  test('many at once are answered as well', async () => {
    const { raw, ask, failures } = await room();
    const answers = await Promise.all(
      quick.slice(0, 120).map(async (one) => faultOf(one, await raw(one.bytes))),
    );
    expect(answers.filter((fault) => fault !== '')).toEqual([]);
    expect(failures).toEqual([]);
    expect((await ask('/v1/health')).status).toBe(200);
  });

  test('and never ends is ended within seconds, while others are answered', async () => {
    const { raw, ask, failures } = await room();
    const ended = Promise.all(slow.map(async (one) => faultOf(one, await raw(one.bytes, 20_000))));
    for (let asked = 0; asked < 5; asked += 1) expect((await ask('/v1/health')).status).toBe(200);
    expect((await ended).filter((fault) => fault !== '')).toEqual([]);
    expect(failures).toEqual([]);
  });
});

test('one connection too many is closed at once, and those that stay are answered', async () => {
  const { raw, ask } = await room();
  const held = Array.from({ length: 140 }, () =>
    raw('GET /v1/health HTTP/1.1\r\nHost: localhost\r\n', 20_000),
  );
  const first = await Promise.race(held);
  expect(first).toBe('');
  await Promise.all(held);
  expect((await ask('/v1/health')).status).toBe(200);
});

test('a client that goes away is no fault', async () => {
  const { raw, failures, ask } = await room();
  for (let at = 0; at < 20; at += 1) {
    const request = `PUT /v1/pause HTTP/1.1\r\nHost: localhost\r\nX-Replicator-Token: ${TOKEN}\r\nContent-Length: 50\r\n\r\n{"set"`;
    await raw(request, 50).catch(() => undefined);
  }
  expect((await ask('/v1/health')).status).toBe(200);
  expect(failures).toEqual([]);
});

test('a fault of the program is 500 without its words, and told to the log', async () => {
  const broken = {
    groups: () => {
      throw new Error('secret words');
    },
  } as unknown as StatusView;
  const { ask, failures } = await openServer(() => ({ view: broken, desk: NO_DESK }));
  const { status, text } = await ask('/v1/groups');
  expect([status, text]).toEqual([500, 'internal error: see the log of the agent']);
  expect(failures).toHaveLength(1);
});

test('before the agent has started the answer is 503', async () => {
  const { ask } = await openServer(() => undefined);
  for (const path of ['/v1/health', '/v1/groups', '/v1/status/leader']) {
    const { status, text } = await ask(path);
    expect([status, text]).toEqual([503, 'the agent is starting']);
  }
});

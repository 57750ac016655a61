import { describe, expect, test } from 'vitest';
import { createConsulFace } from '../../src/simulator/consul/consul-face.ts';
import type { ConsulOptions } from '../../src/simulator/consul/consul-server.ts';
import type { FaceResponse } from '../../src/simulator/face.ts';
import { Random } from '../../src/simulator/random.ts';
import { VirtualClock } from '../../src/simulator/virtual-clock.ts';

interface Settled {
  readonly answer: FaceResponse | undefined;
}

function start(options: Partial<ConsulOptions> = {}) {
  const clock = new VirtualClock();
  const face = createConsulFace({ clock, random: new Random(7), ...options });
  const call = (method: string, target: string, body = '', signal = new AbortController().signal) => {
    const [path = '', search = ''] = target.split('?');
    return face.handle({ method, path, query: new URLSearchParams(search), headers: {}, body, signal });
  };
  const session = async (wish: object): Promise<string> => {
    const { body } = await call('PUT', '/v1/session/create', JSON.stringify(wish));
    return (JSON.parse(body) as { ID: string }).ID;
  };
  /** The answer of a call, if it came within `ms`. */
  const within = async (ms: number, answer: Promise<FaceResponse>): Promise<Settled> => {
    let settled: Settled = { answer: undefined };
    void answer.then((value) => (settled = { answer: value }));
    await clock.advance(ms);
    return settled;
  };
  const indexOf = async (target: string): Promise<number> =>
    Number((await call('GET', target)).headers['X-Consul-Index']);
  return { clock, face, call, session, within, indexOf };
}

const minutes = 60_000;

describe('the simulated Consul in virtual time', () => {
  test('ends a session of 12 s 24 s after its last renewal, to the millisecond', async () => {
    const { clock, face, call, session } = start();
    const id = await session({ TTL: '12s' });
    await clock.advance(10_000);
    await call('PUT', `/v1/session/renew/${id}`);
    await clock.advance(23_999);
    expect(face.sessions()).toHaveLength(1);
    await clock.advance(1);
    expect(face.sessions()).toHaveLength(0);
  });

  test('caps a lock-delay at 60 s', async () => {
    const { clock, call, session } = start();
    const [holder, other] = [await session({ LockDelay: '90s' }), await session({})];
    await call('PUT', `/v1/kv/lock?acquire=${holder}`);
    await call('PUT', `/v1/session/destroy/${holder}`);
    await clock.advance(59_999);
    expect((await call('PUT', `/v1/kv/lock?acquire=${other}`)).body).toBe('false\n');
    await clock.advance(1);
    expect((await call('PUT', `/v1/kv/lock?acquire=${other}`)).body).toBe('true\n');
  });

  test.each([
    ['', 5 * minutes],
    ['&wait=0s', 5 * minutes],
    ['&wait=-1s', 5 * minutes],
    ['&wait=9m', 9 * minutes],
    ['&wait=2h', 10 * minutes],
  ])('lets a read wait 5 minutes unless told, 10 at most, and a sixteenth more: %s', async (wait, waitMs) => {
    const { clock, call, within } = start();
    await call('PUT', '/v1/kv/a', 'x');
    const read = call('GET', `/v1/kv/a?index=1000${wait}`);
    expect((await within(waitMs - 1, read)).answer).toBeUndefined();
    await clock.advance(waitMs / 16 + 1);
    expect((await read).status).toBe(200);
  });

  test('forgets after 15 minutes that a prefix was emptied', async () => {
    const { clock, call, indexOf } = start();
    await call('PUT', '/v1/kv/p/a', 'x');
    await call('DELETE', '/v1/kv/p/a');
    const deleted = await indexOf('/v1/kv/p/?recurse');
    await call('PUT', '/v1/kv/other', 'x');
    await clock.advance(15 * minutes - 1);
    expect(await indexOf('/v1/kv/p/?recurse')).toBe(deleted);
    await clock.advance(1);
    expect(await indexOf('/v1/kv/p/?recurse')).toBe(deleted + 1);
  });

  test('keeps nothing of a read whose caller hung up', async () => {
    const { face, call, clock } = start();
    await call('PUT', '/v1/kv/a', 'x');
    const hangUp = new AbortController();
    const read = call('GET', '/v1/kv/a?index=1000', '', hangUp.signal);
    const outcome = read.catch((error: Error) => error.message);
    await clock.settle();
    expect(face.waitingReads()).toBe(1);
    hangUp.abort(new Error('hung up'));
    expect(await outcome).toBe('hung up');
    expect(face.waitingReads()).toBe(0);
  });

  test('gives the same ids and answers for the same seed', async () => {
    const play = async (): Promise<string> => {
      const { call, session } = start();
      const id = await session({});
      await call('PUT', `/v1/kv/a?acquire=${id}`, 'x');
      return (await call('GET', '/v1/kv/a')).body + (await call('GET', '/v1/session/list')).body;
    };
    expect(await play()).toBe(await play());
  });

  test('shows and takes keys and sessions without the wire, and wakes readers', async () => {
    const { face, call, session, within } = start();
    const id = await session({ Name: 'holder', LockDelay: '0s' });
    face.putKey('a/b', 'text é');
    await call('PUT', `/v1/kv/lock?acquire=${id}`);
    expect(face.keys().map(({ key }) => key)).toEqual(['a/b', 'lock']);
    expect(face.key('a/b')).toMatchObject({ text: 'text é', entry: { session: '', lockIndex: 0 } });
    expect(face.key('none')).toBeUndefined();
    expect(face.sessions()).toMatchObject([{ id, name: 'holder' }]);
    const index = face.key('lock')?.entry.modifyIndex;
    const read = within(1_000, call('GET', `/v1/kv/lock?index=${index}`));
    face.endSession(id);
    face.endSession(id);
    expect((await read).answer).toMatchObject({ status: 200 });
    expect(face.key('lock')?.entry.session).toBe('');
  });

  test('keeps a token apart from what every object has', async () => {
    const { face } = start({ acl: { tokens: {} } });
    const headers = { 'x-consul-token': 'constructor' };
    const { signal } = new AbortController();
    const request = {
      method: 'GET',
      path: '/v1/session/list',
      query: new URLSearchParams(),
      headers,
      body: '',
      signal,
    };
    expect(await face.handle(request)).toMatchObject({ status: 403, body: 'ACL not found' });
  });
});

describe('a simulated Consul that loses everything', () => {
  test('has no keys, sessions or lock-delays, a small index and a new node id', async () => {
    const { face, call, session, indexOf } = start();
    const nodeId = async (): Promise<string> => (await call('GET', '/v1/agent/self')).body;
    const before = await nodeId();
    for (let at = 0; at < 50; at += 1) await call('PUT', '/v1/kv/a', String(at));
    const holder = await session({ LockDelay: '60s' });
    await call('PUT', `/v1/kv/lock?acquire=${holder}`);
    await call('PUT', `/v1/session/destroy/${holder}`);
    const lastIndex = await indexOf('/v1/kv/lock');
    face.restartEmpty();
    expect(face.keys()).toEqual([]);
    expect(face.sessions()).toEqual([]);
    expect(await call('GET', '/v1/kv/a')).toMatchObject({ status: 404, headers: { 'X-Consul-Index': '1' } });
    await call('PUT', '/v1/kv/a', 'new');
    expect(await indexOf('/v1/kv/a')).toBeLessThan(lastIndex);
    expect((await call('PUT', `/v1/kv/lock?acquire=${await session({})}`)).body).toBe('true\n');
    expect(await nodeId()).not.toBe(before);
  });

  test('cuts off reads that wait, and its old timers touch nothing', async () => {
    const { clock, face, call, session, within } = start();
    await session({ TTL: '10s' });
    const reads = [call('GET', '/v1/kv/a?index=1000'), call('GET', '/v1/session/list?index=1000')];
    await clock.settle();
    face.restartEmpty();
    for (const read of reads)
      expect((await within(0, read)).answer).toMatchObject({
        status: 500,
        body: 'rpc error making call: EOF',
      });
    const id = await session({ TTL: '10s' });
    await clock.advance(19_999);
    expect(face.sessions()).toMatchObject([{ id }]);
    expect(face.waitingReads()).toBe(0);
  });

  test('makes a reader with an index of before wait until its time is over', async () => {
    const { clock, face, call, within, indexOf } = start();
    for (let at = 0; at < 50; at += 1) await call('PUT', '/v1/kv/a', String(at));
    const before = await indexOf('/v1/kv/a');
    face.restartEmpty();
    await call('PUT', '/v1/kv/a', 'x');
    const read = call('GET', `/v1/kv/a?index=${before}&wait=10s`);
    expect((await within(9_000, read)).answer).toBeUndefined();
    await clock.advance(2_000);
    expect(Number((await read).headers['X-Consul-Index'])).toBeLessThan(before);
  });
});

describe('a simulated Consul without a leader', () => {
  test('refuses after 7 s, at once when it comes back meanwhile', async () => {
    const { clock, face, call, within } = start();
    face.setNoLeader(true);
    const refused = call('PUT', '/v1/kv/a', 'x');
    expect((await within(6_999, refused)).answer).toBeUndefined();
    expect((await within(1, refused)).answer).toMatchObject({ status: 500, body: 'No cluster leader' });
    const held = call('PUT', '/v1/kv/a', 'x');
    expect((await within(3_000, held)).answer).toBeUndefined();
    face.setNoLeader(false);
    await clock.settle();
    expect((await within(0, held)).answer).toMatchObject({ status: 200, body: 'true\n' });
  });

  test('answers stale reads with what it knows, saying how long it has heard of no leader', async () => {
    const { clock, face, call } = start();
    await call('PUT', '/v1/kv/a', 'x');
    face.setNoLeader(true);
    await clock.advance(5_209);
    for (const path of ['/v1/kv/a?stale', '/v1/kv/?keys&stale', '/v1/session/list?stale'])
      expect(await call('GET', path)).toMatchObject({
        status: 200,
        headers: { 'X-Consul-Knownleader': 'false', 'X-Consul-Lastcontact': '5209' },
      });
    expect(await call('GET', '/v1/status/leader')).toMatchObject({ body: '""\n' });
    expect(await call('GET', '/v1/kv/')).toMatchObject({ status: 400, body: 'Missing key name' });
  });

  test('ends no session, and gives each its whole time when a leader is there again', async () => {
    const { clock, face, session } = start();
    await session({ TTL: '10s' });
    await clock.advance(19_000);
    face.setNoLeader(true);
    await clock.advance(60_000);
    expect(face.sessions()).toHaveLength(1);
    face.setNoLeader(false);
    await clock.advance(19_999);
    expect(face.sessions()).toHaveLength(1);
    await clock.advance(1);
    expect(face.sessions()).toHaveLength(0);
  });

  test('lets go of a caller who hangs up', async () => {
    const { clock, face, call } = start();
    face.setNoLeader(true);
    const hangUp = new AbortController();
    const outcome = call('PUT', '/v1/kv/a', 'x', hangUp.signal).catch((error: Error) => error.message);
    await clock.settle();
    hangUp.abort(new Error('hung up'));
    expect(await outcome).toBe('hung up');
    face.setNoLeader(false);
    expect(face.keys()).toEqual([]);
  });
});

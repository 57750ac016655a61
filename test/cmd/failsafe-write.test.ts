import { describe, expect, test } from 'vitest';
import { openFailsafeRoom, putStates, ROOT, stateText } from './failsafe-room.ts';

const FLAG = `${ROOT}/failsafe`;
const KEY = `${ROOT}/state/jobs/web/api`;

describe('the flag for everything', () => {
  test('says who set it, when and by what; resetting writes it again', async () => {
    const room = await openFailsafeRoom();
    const beforeMs = Date.now();
    await room.run('-enable', '-force');
    const set = room.json(FLAG) as Record<string, string>;
    expect(set).toEqual({
      set: true,
      by: expect.stringMatching(/./),
      at: expect.any(String),
      reason: 'replicator failsafe -enable',
    });
    expect(Date.parse(set['at'] ?? '')).toBeGreaterThanOrEqual(beforeMs);
    await room.run('-disable', '-force');
    expect(room.json(FLAG)).toMatchObject({ set: false, reason: 'replicator failsafe -disable' });
  });

  test.each(['-enable', '-disable'])('that is so already is left alone by %s', async (flag) => {
    const room = await openFailsafeRoom();
    await room.run(flag === '-enable' ? '-enable' : '-disable', '-force');
    if (flag === '-disable') room.consul.putKey(FLAG, '{"set":false}');
    const before = room.dump();
    const { code, out } = await room.run(flag, '-force');
    expect(code).toBe(0);
    expect(out[0]).toContain(
      flag === '-enable' ? 'Failsafe mode is set already' : 'Failsafe mode is not set',
    );
    expect(room.dump()).toEqual(before);
  });

  test.each(['-enable', '-disable'])('that cannot be read is left as it is by %s', async (flag) => {
    const room = await openFailsafeRoom();
    room.consul.putKey(FLAG, '{"set":"yes"}');
    const { code, err } = await room.run(flag, '-force');
    expect([code, err]).toEqual([
      1,
      [
        `replicator failsafe: ${FLAG}: the flag cannot be read and is left as it is; agents take it as set. ` +
          `Look at it and delete it with consul kv delete ${FLAG} (Consul at http://${room.address})`,
      ],
    ]);
    expect(room.dump()).toEqual({ [FLAG]: '{"set":"yes"}' });
  });
});

describe('a state object', () => {
  const text = stateText(KEY, {
    failureCount: 2,
    lastFailureEvent: '2026-11-24T11:00:00.123456789Z',
    lastScalingEvent: '2026-11-24T10:00:00+01:00',
    scaleOutRequests: 7,
    unknown: [{ key: 'of_tomorrow', raw: '{"a":12345678901234567890}' }],
  });

  test('keeps everything but the switch when it is set', async () => {
    const room = await openFailsafeRoom();
    room.consul.putKey(KEY, text);
    expect(await room.run('-enable', '-force', '-job=web/api')).toMatchObject({
      code: 0,
      err: [],
      out: [
        `Failsafe mode is set for task group web/api (key ${KEY}), in the Consul at http://${room.address}.`,
      ],
    });
    const now = room.consul.key(KEY)?.text ?? '';
    const untimed = (one: string): string => one.replace(/"last_updated":"[^"]*"/, '');
    expect(untimed(now)).toBe(
      untimed(text)
        .replace('"failsafe_admin":false', '"failsafe_admin":true')
        .replace('"failsafe_mode":false', '"failsafe_mode":true'),
    );
    expect(room.dump()).toEqual({ [KEY]: now });
  });

  test('loses its failures when it is reset, and nothing else', async () => {
    const room = await openFailsafeRoom();
    const set = text.replace('"failsafe_mode":false', '"failsafe_mode":true');
    room.consul.putKey(KEY, set);
    expect(await room.run('-disable', '-force', `-state-path=${KEY}`)).toMatchObject({ code: 0, err: [] });
    const { last_updated: _then, last_failure_event: _failure, ...rest } = JSON.parse(text);
    const { last_updated: _now, ...now } = room.json(KEY) as Record<string, unknown>;
    expect(now).toEqual({ ...rest, failure_count: 0 });
    expect(room.consul.key(KEY)?.text).toContain('"of_tomorrow":{"a":12345678901234567890}');
  });

  test('that an operator of the Go release reset has failsafe_admin for ever: it is not set', async () => {
    const room = await openFailsafeRoom();
    room.consul.putKey(KEY, stateText(KEY, { failsafeAdmin: true }));
    const { code, out } = await room.run('-disable', '-job=web/api');
    expect(code).toBe(0);
    expect(out[0]).toContain('Failsafe mode is not set: task group web/api, in the Consul');
  });

  test('that cannot be read is never overwritten', async () => {
    const room = await openFailsafeRoom();
    putStates(room, 'jobs/web/db');
    room.consul.putKey(KEY, '{"failure_count":"many"}');
    const before = room.dump();
    for (const scope of ['-job=web/api', '-job=web', `-state-path=${KEY}`]) {
      const { code, err } = await room.run('-enable', '-force', scope);
      expect([code, err]).toEqual([
        1,
        [
          `replicator failsafe: ${KEY}: the state object cannot be read and is left as it is: failure_count is "many". ` +
            `No agent scales the task group web/api while it is so (Consul at http://${room.address})`,
        ],
      ]);
    }
    expect(room.dump()).toEqual(before);
  });
});

describe('a write that meets another', () => {
  /** Somebody scales out, between our read and our write, as often as that. */
  function disturb(room: Awaited<ReturnType<typeof openFailsafeRoom>>, times: number): () => number {
    let done = 0;
    room.intercept = ({ path }) => {
      if (path.startsWith('/v1/txn') && done < times) {
        done += 1;
        room.consul.putKey(KEY, stateText(KEY, { scaleOutRequests: done }));
      }
      return undefined;
    };
    return () => done;
  }

  test('is made again on what is there then', async () => {
    const room = await openFailsafeRoom();
    room.consul.putKey(KEY, stateText(KEY));
    const disturbed = disturb(room, 3);
    expect(await room.run('-enable', '-force', '-job=web/api')).toMatchObject({ code: 0, err: [] });
    expect(disturbed()).toBe(3);
    expect(room.json(KEY)).toMatchObject({ failsafe_mode: true, failsafe_admin: true, scaleout_requests: 3 });
  });

  test('is given up in the end, with nothing overwritten', async () => {
    const room = await openFailsafeRoom();
    room.consul.putKey(KEY, stateText(KEY));
    const disturbed = disturb(room, 1_000);
    const { code, err } = await room.run('-enable', '-force', '-job=web/api');
    expect([code, err.length]).toEqual([1, 1]);
    expect(err[0]).toContain('index is stale');
    expect(room.json(KEY)).toMatchObject({ failsafe_mode: false, scaleout_requests: disturbed() });
  });

  test('does not bring back a state that has gone', async () => {
    const room = await openFailsafeRoom();
    room.consul.putKey(KEY, stateText(KEY));
    room.intercept = ({ path, query }) => {
      const isReread = decodeURIComponent(path).endsWith('/api') && !query.has('recurse');
      return isReread ? { status: 404, headers: { 'X-Consul-Index': '9' }, body: '' } : undefined;
    };
    const { code, err } = await room.run('-enable', '-force', '-job=web/api');
    expect([code, err[0]]).toEqual([1, expect.stringContaining('there is no state object any more')]);
  });
});

describe('a Consul that does not do it', () => {
  test('because nobody listens: one line that says where', async () => {
    const room = await openFailsafeRoom();
    const { code, out, err } = await room.run('-enable', '-force', '-consul=127.0.0.1:1');
    expect([code, out, err]).toEqual([
      1,
      [],
      [
        `replicator failsafe: consul: read the keys below ${ROOT}/: connect ECONNREFUSED 127.0.0.1:1 ` +
          '(Consul at http://127.0.0.1:1)',
      ],
    ]);
  });

  test('because the token may not read: the rule is named', async () => {
    const room = await openFailsafeRoom({ tokens: {} });
    const { code, err } = await room.run('-enable', '-force');
    expect([code, err[0]]).toEqual([1, expect.stringContaining(`needs key:read ${ROOT}/`)]);
  });

  test('because the token may only read: the rule is named, the token is not', async () => {
    const token = '6d1c7b6e-1111-4222-8333-444455556666';
    const room = await openFailsafeRoom({ tokens: { [token]: { keyPrefix: { [ROOT]: 'read' } } } });
    const { code, err } = await room.run('-enable', '-force', `-consul-token=${token}`);
    expect([code, err[0]]).toEqual([1, expect.stringContaining(`key:write ${FLAG}`)]);
    expect(err.join('\n')).not.toContain(token);
  });

  test('or perhaps did: that is said, and what to do', async () => {
    const room = await openFailsafeRoom();
    room.intercept = ({ path }) =>
      path.startsWith('/v1/txn')
        ? { status: 500, headers: { 'Content-Type': 'text/plain' }, body: 'leadership lost' }
        : undefined;
    const { code, err } = await room.run('-enable', '-force');
    expect([code, err[0]]).toEqual([
      1,
      `replicator failsafe: consul: write ${FLAG}: leadership lost; it is not known whether that was written: ` +
        `run the command again (Consul at http://${room.address})`,
    ]);
  });
});

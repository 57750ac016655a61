import { describe, expect, test } from 'vitest';
import { begin } from './wire.ts';
import type { ConsulUnderTest, Wire } from './wire.ts';

const yes = { status: 200, text: 'true\n' };
const no = { status: 200, text: 'false\n' };

async function heldKey(consul: Wire, wish: object): Promise<string> {
  const session = await consul.session(wish);
  expect(await consul.put('lock', 'me', `?acquire=${session}`)).toMatchObject(yes);
  return session;
}

/** The server's time until the key can be taken, asked every 100 ms. */
async function untilTaken(consul: Wire, session: string): Promise<number> {
  const beginMs = consul.nowMs();
  for (let tries = 0; tries < 200; tries += 1) {
    const { text } = await consul.put('lock', 'you', `?acquire=${session}`);
    if (text === 'true\n') return consul.nowMs() - beginMs;
    await consul.elapse(100);
  }
  throw new Error('never free');
}

/** What the end of a session leaves behind, and when a session ends by itself. These wait: they run side by side. */
export function expiryCases(open: () => Promise<ConsulUnderTest>): void {
  describe('the end of a session', () => {
    test.concurrent('closes its key for 15 s unless said otherwise', async (context) => {
      const consul = await begin(open, context);
      const other = await consul.session();
      await consul.destroy(await heldKey(consul, {}));
      await consul.elapse(14_000);
      expect(await consul.put('lock', '', `?acquire=${other}`)).toMatchObject(no);
      await consul.elapse(1_500);
      expect(await consul.put('lock', '', `?acquire=${other}`)).toMatchObject(yes);
    });

    test.concurrent.for<readonly [string, number]>([
      ['1s', 1_000],
      ['2s', 2_000],
      ['1500ms', 1_500],
    ])('comes two TTLs after its last sign of life, not before: TTL %s', async ([TTL, ttlMs], context) => {
      const consul = await begin(open, context);
      const session = await heldKey(consul, { TTL, LockDelay: '0s' });
      await consul.elapse(1.8 * ttlMs);
      expect(await consul.entry('lock')).toMatchObject({ Session: session });
      await consul.elapse(0.5 * ttlMs);
      expect(await consul.entry('lock')).not.toHaveProperty('Session');
      expect(await consul.call('PUT', `/v1/session/renew/${session}`)).toMatchObject({
        status: 404,
        text: `Session id '${session}' not found`,
      });
    });

    test.concurrent('is put off by renewing: two TTLs from then', async (context) => {
      const consul = await begin(open, context);
      const session = await heldKey(consul, { TTL: '1s', LockDelay: '0s' });
      for (let times = 0; times < 3; times += 1) {
        await consul.elapse(1_500);
        expect(await consul.call('PUT', `/v1/session/renew/${session}`)).toMatchObject({ status: 200 });
      }
      await consul.elapse(1_700);
      expect(await consul.entry('lock')).toMatchObject({ Session: session });
      await consul.elapse(700);
      expect(await consul.entry('lock')).not.toHaveProperty('Session');
    });

    test.concurrent('is not put off by taking the lock again or reading the session', async (context) => {
      const consul = await begin(open, context);
      const session = await heldKey(consul, { TTL: '1s', LockDelay: '0s' });
      await consul.elapse(1_500);
      expect(await consul.put('lock', 'me', `?acquire=${session}`)).toMatchObject(yes);
      await consul.call('GET', `/v1/session/info/${session}`);
      await consul.elapse(900);
      expect(await consul.entry('lock')).not.toHaveProperty('Session');
    });

    test.concurrent('by expiry wakes who waits for the lock', async (context) => {
      const consul = await begin(open, context);
      await heldKey(consul, { TTL: '1s', LockDelay: '0s' });
      const { answer } = await consul.block(consul.path('lock'), '10s');
      await consul.elapse(2_400);
      const woken = await answer;
      expect(woken.tookMs).toBeGreaterThan(1_500);
      expect(woken.tookMs).toBeLessThan(3_000);
      expect(JSON.parse(woken.text)).not.toMatchObject([{ Session: expect.any(String) as string }]);
    });

    test.concurrent('by expiry deletes the key of a session that says so', async (context) => {
      const consul = await begin(open, context);
      await heldKey(consul, { TTL: '1s', Behavior: 'delete', LockDelay: '0s' });
      await consul.elapse(2_400);
      expect(await consul.get('lock')).toMatchObject({ status: 404 });
    });

    test.concurrent('never comes to a session without TTL', async (context) => {
      const consul = await begin(open, context);
      const session = await heldKey(consul, {});
      await consul.elapse(3_000);
      expect(await consul.entry('lock')).toMatchObject({ Session: session });
    });

    test.concurrent.for<readonly [string | number, number, number]>([
      ['2s', 1_900, 2_700],
      ['1s', 900, 1_700],
      [1, 900, 1_700],
      ['1500ms', 1_400, 2_200],
    ])('by destroy closes its key for the lock-delay %s', async ([LockDelay, least, most], context) => {
      const consul = await begin(open, context);
      const other = await consul.session();
      const session = await heldKey(consul, { LockDelay });
      await consul.destroy(session);
      const taken = await untilTaken(consul, other);
      expect(taken).toBeGreaterThanOrEqual(least);
      expect(taken).toBeLessThan(most);
      expect(await consul.entry('lock')).toMatchObject({ LockIndex: 2, Session: other });
    });

    test.concurrent('by expiry closes its key for the lock-delay as well', async (context) => {
      const consul = await begin(open, context);
      const other = await consul.session();
      await heldKey(consul, { TTL: '1s', LockDelay: '1s' });
      const taken = await untilTaken(consul, other);
      expect(taken).toBeGreaterThanOrEqual(2_900);
      expect(taken).toBeLessThan(4_000);
    });

    test.concurrent.for(['0s', 0, '0', '-1s', true])(
      'by destroy frees its key at once with the lock-delay %s',
      async (LockDelay, context) => {
        const consul = await begin(open, context);
        const other = await consul.session();
        await consul.destroy(await heldKey(consul, { LockDelay }));
        expect(await consul.put('lock', '', `?acquire=${other}`)).toMatchObject(yes);
      },
    );

    test.concurrent(
      'closes a key whatever was done to it meanwhile, and lets plain writes through',
      async (context) => {
        const consul = await begin(open, context);
        const other = await consul.session();
        await consul.destroy(await heldKey(consul, { LockDelay: '2s' }));
        expect(await consul.delete('lock')).toMatchObject(yes);
        expect(await consul.put('lock', '', `?acquire=${other}`)).toMatchObject(no);
        expect(await consul.put('lock', 'plain')).toMatchObject(yes);
        expect(await consul.put('lock', '', `?acquire=${other}`)).toMatchObject(no);
        await consul.elapse(2_200);
        expect(await consul.put('lock', '', `?acquire=${other}`)).toMatchObject(yes);
      },
    );

    test.concurrent(
      'closes its key also to a session that does not exist: false before it is an error',
      async (context) => {
        const consul = await begin(open, context);
        const unknown = '11111111-2222-3333-4444-555555555555';
        await consul.destroy(await heldKey(consul, { LockDelay: '1s' }));
        expect(await consul.put('lock', '', `?acquire=${unknown}`)).toMatchObject(no);
        await consul.elapse(1_200);
        expect(await consul.put('lock', '', `?acquire=${unknown}`)).toMatchObject({ status: 500 });
      },
    );

    test.concurrent(
      'closes its key to a transaction, which is refused before anything is tried',
      async (context) => {
        const consul = await begin(open, context);
        const other = await consul.session();
        await consul.destroy(await heldKey(consul, { LockDelay: '1s' }));
        const lock = { Verb: 'lock', Key: 'lock', Session: other };
        const refused = await consul.txn({ Verb: 'get', Key: 'none' }, lock);
        expect(refused.status).toBe(409);
        expect(JSON.parse(refused.text)).toEqual({
          Results: null,
          Errors: [{ OpIndex: 1, What: `failed to lock key "${consul.root}/lock" due to lock delay` }],
        });
        await consul.elapse(1_200);
        expect(await consul.txn(lock)).toMatchObject({ status: 200 });
      },
    );

    test.concurrent('leaves a key open that it had given back', async (context) => {
      const consul = await begin(open, context);
      const session = await heldKey(consul, { LockDelay: '15s' });
      await consul.put('lock', '', `?release=${session}`);
      await consul.destroy(session);
      expect(await consul.put('lock', '', `?acquire=${await consul.session()}`)).toMatchObject(yes);
    });
  });
}

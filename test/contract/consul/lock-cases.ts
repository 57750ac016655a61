import { describe, expect, test } from 'vitest';
import { begin } from './wire.ts';
import type { ConsulUnderTest } from './wire.ts';

const unknown = '11111111-2222-3333-4444-555555555555';
const noUuid = 'failed session lookup: index error: UUID must be 36 characters';
const noHex = "failed session lookup: index error: Invalid UUID: encoding/hex: invalid byte: U+007A 'z'";
const yes = { status: 200, text: 'true\n' };
const no = { status: 200, text: 'false\n' };

/** Keys held by sessions, while these live. */
export function lockCases(open: () => Promise<ConsulUnderTest>): void {
  describe('a lock', () => {
    test('is taken by writing the key with a session, which it then shows', async () => {
      const consul = await begin(open);
      const session = await consul.session();
      expect(await consul.put('lock', 'me', `?acquire=${session}`)).toMatchObject(yes);
      const { text } = await consul.get('lock');
      expect(JSON.parse(text)).toMatchObject([{ LockIndex: 1, Value: 'bWU=', Session: session }]);
      expect(text).toMatch(
        /"LockIndex"[^]*"Key"[^]*"Flags"[^]*"Value"[^]*"Session"[^]*"CreateIndex"[^]*"ModifyIndex"/,
      );
    });

    test('is taken again by its holder without counting, with the new value', async () => {
      const consul = await begin(open);
      const session = await consul.session();
      await consul.put('lock', '', `?acquire=${session}`);
      const before = await consul.entry('lock');
      expect(await consul.put('lock', '', `?acquire=${session}`)).toMatchObject(yes);
      expect(await consul.entry('lock')).toEqual(before);
      expect(await consul.put('lock', 'v2', `?acquire=${session}`)).toMatchObject(yes);
      expect(await consul.entry('lock')).toMatchObject({ LockIndex: 1, Value: 'djI=' });
    });

    test('that another session holds is refused with false, and so is giving it back', async () => {
      const consul = await begin(open);
      const [holder, other] = [await consul.session(), await consul.session()];
      await consul.put('lock', 'me', `?acquire=${holder}`);
      expect(await consul.put('lock', 'you', `?acquire=${other}`)).toMatchObject(no);
      expect(await consul.put('lock', 'you', `?release=${other}`)).toMatchObject(no);
      expect(await consul.entry('lock')).toMatchObject({ Session: holder, Value: 'bWU=' });
    });

    test('given back keeps the key with the value of that write, and is free at once', async () => {
      const consul = await begin(open);
      const holder = await consul.session({ LockDelay: '15s' });
      const other = await consul.session();
      await consul.put('lock', 'me', `?acquire=${holder}`);
      expect(await consul.put('lock', '', `?release=${holder}`)).toMatchObject(yes);
      const free = await consul.entry('lock');
      expect(free).toMatchObject({ LockIndex: 1, Value: null });
      expect(free).not.toHaveProperty('Session');
      expect(await consul.put('lock', 'you', `?acquire=${other}`)).toMatchObject(yes);
      expect(await consul.entry('lock')).toMatchObject({ LockIndex: 2, Session: other });
    });

    test('given back twice is false', async () => {
      const consul = await begin(open);
      const session = await consul.session();
      await consul.put('lock', '', `?acquire=${session}`);
      await consul.put('lock', '', `?release=${session}`);
      expect(await consul.put('lock', '', `?release=${session}`)).toMatchObject(no);
      expect(await consul.put('none', '', `?release=${session}`)).toMatchObject(no);
      expect(await consul.get('none')).toMatchObject({ status: 404 });
    });

    test('does not stop a plain write, which keeps the session and puts LockIndex to 0', async () => {
      const consul = await begin(open);
      const session = await consul.session();
      await consul.put('lock', 'me', `?acquire=${session}`);
      expect(await consul.put('lock', 'me')).toMatchObject(yes);
      expect(await consul.entry('lock')).toMatchObject({ LockIndex: 0, Session: session });
      expect(await consul.put('lock', 'me', `?acquire=${session}`)).toMatchObject(yes);
      expect(await consul.entry('lock')).toMatchObject({ LockIndex: 0, Session: session });
    });

    test('does not stop a check-and-set either', async () => {
      const consul = await begin(open);
      const session = await consul.session();
      await consul.put('lock', 'me', `?acquire=${session}`);
      const { ModifyIndex } = await consul.entry('lock');
      expect(await consul.put('lock', 'you', `?cas=${ModifyIndex}`)).toMatchObject(yes);
      expect(await consul.entry('lock')).toMatchObject({ LockIndex: 0, Session: session, Value: 'eW91' });
    });

    test('goes with its deleted key, and counts from 1 again', async () => {
      const consul = await begin(open);
      const [holder, other] = [await consul.session({ LockDelay: '15s' }), await consul.session()];
      await consul.put('lock', '', `?acquire=${holder}`);
      expect(await consul.delete('lock')).toMatchObject(yes);
      expect(await consul.put('lock', '', `?acquire=${other}`)).toMatchObject(yes);
      expect(await consul.entry('lock')).toMatchObject({ LockIndex: 1, Session: other });
    });

    test.each([
      ['acquire', unknown, 500, `invalid session "${unknown}"`],
      ['acquire', 'xyz', 500, noUuid],
      ['acquire', `${unknown.slice(0, 35)}z`, 500, noHex],
      ['acquire', '', 500, 'missing session'],
      ['release', '', 500, 'missing session'],
      ['release', unknown, 200, 'false\n'],
      ['release', 'xyz', 200, 'false\n'],
    ])('asked for with %s=%s answers %i %j and writes nothing', async (verb, session, status, text) => {
      const consul = await begin(open);
      expect(await consul.put('lock', 'x', `?${verb}=${session}`)).toMatchObject({ status, text });
      expect(await consul.get('lock')).toMatchObject({ status: 404 });
    });

    test('is refused to an unknown session also while another holds it', async () => {
      const consul = await begin(open);
      await consul.put('lock', '', `?acquire=${await consul.session()}`);
      const answer = await consul.put('lock', '', `?acquire=${unknown}`);
      expect(answer).toMatchObject({ status: 500, text: `invalid session "${unknown}"` });
    });

    test('keeps the spelling of its session, which ends it all the same', async () => {
      const consul = await begin(open);
      const session = await consul.session();
      await consul.put('lock', '', `?acquire=${session.toUpperCase()}`);
      expect(await consul.entry('lock')).toMatchObject({ Session: session.toUpperCase() });
      await consul.destroy(session);
      expect(await consul.entry('lock')).not.toHaveProperty('Session');
    });

    test('one session holds many, and its end frees them all in one index', async () => {
      const consul = await begin(open);
      const session = await consul.session();
      for (const name of ['x', 'y', 'z']) await consul.put(name, name, `?acquire=${session}`);
      await consul.destroy(session);
      const entries = [await consul.entry('x'), await consul.entry('y'), await consul.entry('z')];
      for (const entry of entries) expect(entry).not.toHaveProperty('Session');
      expect(new Set(entries.map(({ ModifyIndex }) => ModifyIndex)).size).toBe(1);
      expect(entries).toMatchObject([
        { LockIndex: 1, Value: 'eA==' },
        { LockIndex: 1, Value: 'eQ==' },
        { LockIndex: 1, Value: 'eg==' },
      ]);
    });
  });
}

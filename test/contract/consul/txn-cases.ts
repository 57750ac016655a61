import { describe, expect, test } from 'vitest';
import { begin } from './wire.ts';
import type { Answer, ConsulUnderTest, KvOnWire, Wire } from './wire.ts';

const unknown = '11111111-2222-3333-4444-555555555555';
const noUuid = 'failed session lookup: index error: UUID must be 36 characters';

type Op = Readonly<Record<string, unknown>>;

interface Refusal {
  readonly title: string;
  readonly ops: readonly Op[];
  /** `ROOT` is the case's prefix, `HOLDER` the session that holds `held`, `INDEX` the ModifyIndex of `a`. */
  readonly errors: readonly { readonly OpIndex: number; readonly What: string }[];
}

const refusals: readonly Refusal[] = [
  {
    title: 'cas at an old index',
    ops: [
      { Verb: 'set', Key: 'c' },
      { Verb: 'cas', Key: 'a', Index: 1 },
    ],
    errors: [{ OpIndex: 1, What: 'failed to set key "ROOT/a", index is stale' }],
  },
  {
    title: 'cas 0 of a key that is there',
    ops: [{ Verb: 'cas', Key: 'a', Index: 0 }],
    errors: [{ OpIndex: 0, What: 'failed to set key "ROOT/a", index is stale' }],
  },
  {
    title: 'cas of a key that is absent',
    ops: [{ Verb: 'cas', Key: 'none', Index: 5 }],
    errors: [{ OpIndex: 0, What: 'failed to set key "ROOT/none", index is stale' }],
  },
  {
    title: 'delete-cas at an old index',
    ops: [{ Verb: 'delete-cas', Key: 'a', Index: 1 }],
    errors: [{ OpIndex: 0, What: 'failed to delete key "ROOT/a", index is stale' }],
  },
  {
    title: 'get of an absent key',
    ops: [
      { Verb: 'set', Key: 'c' },
      { Verb: 'get', Key: 'none' },
    ],
    errors: [{ OpIndex: 1, What: `key "ROOT/none" doesn't exist` }],
  },
  {
    title: 'check-index at another index',
    ops: [
      { Verb: 'set', Key: 'c' },
      { Verb: 'check-index', Key: 'a', Index: 1 },
    ],
    errors: [{ OpIndex: 1, What: 'failed index check for key "ROOT/a", current modify index INDEX != 1' }],
  },
  {
    title: 'check-index of an absent key, 0 included',
    ops: [
      { Verb: 'set', Key: 'c' },
      { Verb: 'check-index', Key: 'none', Index: 0 },
    ],
    errors: [{ OpIndex: 1, What: `failed to check index, key "ROOT/none" doesn't exist` }],
  },
  {
    title: 'check-session of a key that another session holds',
    ops: [
      { Verb: 'check-session', Key: 'held', Session: unknown },
      { Verb: 'set', Key: 'c' },
    ],
    errors: [
      {
        OpIndex: 0,
        What: `failed session check for key "ROOT/held", current session "HOLDER" != "${unknown}"`,
      },
    ],
  },
  {
    title: 'check-session of a key that nobody holds',
    ops: [
      { Verb: 'check-session', Key: 'a', Session: unknown },
      { Verb: 'set', Key: 'c' },
    ],
    errors: [
      { OpIndex: 0, What: `failed session check for key "ROOT/a", current session "" != "${unknown}"` },
    ],
  },
  {
    title: 'check-session of an absent key',
    ops: [
      { Verb: 'check-session', Key: 'none', Session: unknown },
      { Verb: 'set', Key: 'c' },
    ],
    errors: [{ OpIndex: 0, What: `failed to check session, key "ROOT/none" doesn't exist` }],
  },
  {
    title: 'check-not-exists of a key that is there',
    ops: [
      { Verb: 'check-not-exists', Key: 'a' },
      { Verb: 'set', Key: 'c' },
    ],
    errors: [{ OpIndex: 0, What: 'key "ROOT/a" exists' }],
  },
  {
    title: 'lock of a held key',
    ops: [{ Verb: 'lock', Key: 'held', Session: 'OTHER' }],
    errors: [{ OpIndex: 0, What: 'failed to lock key "ROOT/held", lock is already held' }],
  },
  {
    title: 'lock by an unknown session',
    ops: [{ Verb: 'lock', Key: 'a', Session: unknown }],
    errors: [{ OpIndex: 0, What: `invalid session "${unknown}"` }],
  },
  {
    title: 'lock by no session',
    ops: [{ Verb: 'lock', Key: 'a' }],
    errors: [{ OpIndex: 0, What: 'missing session' }],
  },
  {
    title: 'lock by no UUID',
    ops: [{ Verb: 'lock', Key: 'a', Session: 'xyz' }],
    errors: [{ OpIndex: 0, What: noUuid }],
  },
  {
    title: 'unlock by another session',
    ops: [{ Verb: 'unlock', Key: 'held', Session: 'OTHER' }],
    errors: [
      {
        OpIndex: 0,
        What: `failed to unlock key "ROOT/held", lock isn't held, or is held by another session`,
      },
    ],
  },
  {
    title: 'unlock by no session',
    ops: [{ Verb: 'unlock', Key: 'held' }],
    errors: [{ OpIndex: 0, What: 'missing session' }],
  },
  {
    title: 'an unknown verb beside a good one',
    ops: [
      { Verb: 'jump', Key: 'a' },
      { Verb: 'set', Key: 'c' },
    ],
    errors: [{ OpIndex: 0, What: 'unknown KV verb "jump"' }],
  },
  {
    title: 'a verb in capitals',
    ops: [
      { Verb: 'SET', Key: 'a' },
      { Verb: 'set', Key: 'c' },
    ],
    errors: [{ OpIndex: 0, What: 'unknown KV verb "SET"' }],
  },
  {
    title: 'several at once, each told',
    ops: [
      { Verb: 'cas', Key: 'a', Index: 1 },
      { Verb: 'set', Key: 'c' },
      { Verb: 'get', Key: 'none' },
    ],
    errors: [
      { OpIndex: 0, What: 'failed to set key "ROOT/a", index is stale' },
      { OpIndex: 2, What: `key "ROOT/none" doesn't exist` },
    ],
  },
];

function results(answer: Answer): readonly KvOnWire[] {
  expect(answer.status).toBe(200);
  const { Results, Errors } = JSON.parse(answer.text) as { Results: { KV: KvOnWire }[]; Errors: null };
  expect(Errors).toBeNull();
  return Results.map(({ KV }) => KV);
}

function raw(consul: Wire, body: string): Promise<Answer> {
  return consul.call('PUT', '/v1/txn', { body });
}

/** Transactions of KV operations. */
export function txnCases(open: () => Promise<ConsulUnderTest>): void {
  describe('a transaction', () => {
    test('answers what it wrote without the values, what it got with them', async () => {
      const consul = await begin(open);
      const answer = await consul.txn(
        { Verb: 'set', Key: 'a', Value: 'MQ==', Flags: 42 },
        { Verb: 'cas', Key: 'b', Value: 'MQ==', Index: 0 },
        { Verb: 'get', Key: 'a' },
      );
      const [a, b, got] = results(answer);
      expect(a).toMatchObject({ LockIndex: 0, Key: `${consul.root}/a`, Flags: 42, Value: null });
      expect(b).toMatchObject({ Value: null, CreateIndex: a?.CreateIndex });
      expect(got).toMatchObject({ Value: 'MQ==', ModifyIndex: a?.ModifyIndex });
      expect(answer.text.trimEnd().endsWith('"Errors": null\n}')).toBe(true);
      expect(answer.headers).toMatchObject({ 'Content-Type': 'application/json' });
      expect(answer.headers).not.toHaveProperty('X-Consul-Index');
      expect(answer.headers).not.toHaveProperty('X-Consul-Knownleader');
    });

    test('writes all its keys in one index', async () => {
      const consul = await begin(open);
      await consul.txn({ Verb: 'set', Key: 'a' }, { Verb: 'set', Key: 'b' });
      expect((await consul.entry('a')).ModifyIndex).toBe((await consul.entry('b')).ModifyIndex);
    });

    test.each(refusals)('is refused whole for $title', async ({ ops, errors }) => {
      const consul = await begin(open);
      const [holder, other] = [await consul.session(), await consul.session()];
      await consul.put('a', 'v1');
      await consul.put('held', 'me', `?acquire=${holder}`);
      const before = (await consul.get('', '?recurse')).text;
      const named = ops.map((op) => (op['Session'] === 'OTHER' ? { ...op, Session: other } : op));
      const answer = await consul.txn(...named);
      const index = String((await consul.entry('a')).ModifyIndex);
      const spelt = (What: string): string =>
        What.replace('ROOT', consul.root).replace('HOLDER', holder).replace('INDEX', index);
      const Errors = errors.map(({ OpIndex, What }) => ({ OpIndex, What: spelt(What) }));
      expect(answer.status).toBe(409);
      expect(JSON.parse(answer.text)).toEqual({ Results: null, Errors });
      expect((await consul.get('', '?recurse')).text).toBe(before);
    });

    test('locks, checks and unlocks', async () => {
      const consul = await begin(open);
      const session = await consul.session();
      const lock = await consul.txn(
        { Verb: 'lock', Key: 'lock', Value: 'bWU=', Session: session },
        { Verb: 'check-session', Key: 'lock', Session: session },
      );
      expect(results(lock)).toMatchObject([
        { LockIndex: 1, Value: null, Session: session },
        { LockIndex: 1, Value: null, Session: session },
      ]);
      expect(await consul.entry('lock')).toMatchObject({ Value: 'bWU=', Session: session });
      const [free] = results(await consul.txn({ Verb: 'unlock', Key: 'lock', Session: session }));
      expect(free).toMatchObject({ LockIndex: 1, Value: null });
      expect(free).not.toHaveProperty('Session');
    });

    test('writes behind a fence only while the session holds the lock', async () => {
      const consul = await begin(open);
      const session = await consul.session();
      await consul.put('leader', '', `?acquire=${session}`);
      const fenced = [
        { Verb: 'check-session', Key: 'leader', Session: session },
        { Verb: 'check-not-exists', Key: 'failsafe' },
        { Verb: 'set', Key: 'state', Value: 'MQ==' },
      ];
      expect(results(await consul.txn(...fenced))).toHaveLength(2);
      await consul.destroy(session);
      expect(await consul.txn(...fenced)).toMatchObject({ status: 409 });
    });

    test('sees its own writes and deletions, in order', async () => {
      const consul = await begin(open);
      await consul.put('t/old', 'x');
      const answer = await consul.txn(
        { Verb: 'delete-tree', Key: 't/' },
        { Verb: 'set', Key: 't/new', Value: 'MQ==' },
        { Verb: 'get-tree', Key: 't/' },
        { Verb: 'delete', Key: 't/new' },
        { Verb: 'check-not-exists', Key: 't/new' },
      );
      expect(results(answer).map(({ Key, Value }) => [Key, Value])).toEqual([
        [`${consul.root}/t/new`, null],
        [`${consul.root}/t/new`, 'MQ=='],
      ]);
      expect(await consul.get('t/', '?keys')).toMatchObject({ status: 404 });
    });

    test.each(['delete', 'delete-tree', 'delete-cas'])(
      'deletes what is absent without a word: %s',
      async (Verb) => {
        const consul = await begin(open);
        const answer = await consul.txn({ Verb, Key: 'none', Index: 5 });
        expect(answer).toMatchObject({ status: 200, text: '{\n    "Results": [],\n    "Errors": null\n}\n' });
      },
    );

    test('deletes a key at its index', async () => {
      const consul = await begin(open);
      await consul.put('a', '1');
      const { ModifyIndex } = await consul.entry('a');
      expect(await consul.txn({ Verb: 'delete-cas', Key: 'a', Index: ModifyIndex })).toMatchObject({
        status: 200,
      });
      expect(await consul.get('a')).toMatchObject({ status: 404 });
    });

    test('writing the value that is there keeps the ModifyIndex', async () => {
      const consul = await begin(open);
      await consul.put('a', '1');
      const { ModifyIndex } = await consul.entry('a');
      expect(results(await consul.txn({ Verb: 'set', Key: 'a', Value: 'MQ==' }))).toMatchObject([
        { ModifyIndex },
      ]);
    });

    test('that only reads adds its meta data to the body, and two headers', async () => {
      const consul = await begin(open);
      await consul.put('a', '1');
      const { ModifyIndex } = await consul.entry('a');
      const answer = await consul.txn(
        { Verb: 'get', Key: 'a' },
        { Verb: 'get-tree', Key: 'none' },
        { Verb: 'check-index', Key: 'a', Index: ModifyIndex },
        { Verb: 'check-session', Key: 'a', Session: '' },
        { Verb: 'check-not-exists', Key: 'none' },
      );
      expect(results(answer).map(({ Value }) => Value)).toEqual(['MQ==', null, null]);
      const meta =
        '"Index": 0,\n    "LastContact": 0,\n    "KnownLeader": true,\n    "ConsistencyLevel": ""\n}\n';
      expect(answer.text.endsWith(`    "Errors": null,\n    ${meta}`)).toBe(true);
      expect(answer.headers).toMatchObject({ 'X-Consul-Knownleader': 'true', 'X-Consul-Lastcontact': '0' });
      expect(answer.headers).not.toHaveProperty('X-Consul-Index');
    });

    test.each([
      [{ Verb: 'get', Key: 'none' }, `key "ROOT/none" doesn't exist`],
      [
        { Verb: 'check-index', Key: 'none', Index: 0 },
        `failed to check index, key "ROOT/none" doesn't exist`,
      ],
      [{ Verb: 'jump', Key: 'a' }, 'unknown KV verb "jump"'],
      [{ Key: 'a' }, 'unknown KV verb ""'],
    ])('that only reads is refused with its meta data: %o', async (op, What) => {
      const consul = await begin(open);
      const answer = await consul.txn(op);
      expect(answer.status).toBe(409);
      expect(JSON.parse(answer.text)).toEqual({
        Results: null,
        Errors: [{ OpIndex: 0, What: What.replace('ROOT', consul.root) }],
        Index: 0,
        LastContact: 0,
        KnownLeader: true,
        ConsistencyLevel: '',
      });
    });

    test.each(['[]', 'null', '[{}]', '[{"KV": null}]'])(
      'of nothing is a read of nothing: %s',
      async (body) => {
        const consul = await begin(open);
        const answer = await raw(consul, body);
        expect(answer.status).toBe(200);
        expect(JSON.parse(answer.text)).toMatchObject({ Results: [], Errors: null, KnownLeader: true });
      },
    );

    test.each([
      ['[', 'unexpected EOF'],
      ['', 'EOF'],
      ['{}', 'json: cannot unmarshal object into Go value of type api.TxnOps'],
      ['[{"KV": {"Verb": "set", "Key": "a", "Value": "!!"}}]', 'illegal base64 data at input byte 0'],
      [
        '[{"KV": {"Verb": "set", "Key": "a", "Value": 5}}]',
        'json: cannot unmarshal number into Go struct field KVTxnOp.KV.Value of type []uint8',
      ],
      [
        '[{"KV": {"Verb": "set", "Key": 5}}]',
        'json: cannot unmarshal number into Go struct field KVTxnOp.KV.Key of type string',
      ],
      [
        '[{"KV": {"Verb": "set", "Key": "a", "Flags": "x"}}]',
        'json: cannot unmarshal string into Go struct field KVTxnOp.KV.Flags of type uint64',
      ],
      ['[{"KV": {"Verb": "set", "Key": "a", "Unknown": 1}}]', 'json: unknown field "Unknown"'],
    ])('that cannot be read is 400: %s', async (body, why) => {
      const consul = await begin(open);
      expect(await raw(consul, body)).toMatchObject({ status: 400, text: `Failed to parse body: ${why}` });
    });

    test.each(['set', 'get'])('needs a key to %s', async (Verb) => {
      const consul = await begin(open);
      const answer = await raw(consul, JSON.stringify([{ KV: { Verb, Key: '' } }]));
      expect(answer.status).toBe(409);
      expect(JSON.parse(answer.text)).toMatchObject({ Errors: [{ OpIndex: 0, What: 'Must provide key' }] });
    });

    test('may spell its members in small letters, and keeps flags of 64 bits', async () => {
      const consul = await begin(open);
      const body = `[{"kv": {"verb": "set", "key": "${consul.root}/a", "flags": 3304740253564472344}}]`;
      expect((await raw(consul, body)).text).toContain('"Flags": 3304740253564472344,');
    });

    test('has at most 64 operations', async () => {
      const consul = await begin(open);
      const ops = (count: number): Op[] =>
        Array.from({ length: count }, (_, at) => ({ Verb: 'set', Key: `k${at}` }));
      expect(results(await consul.txn(...ops(64)))).toHaveLength(64);
      expect(await consul.txn(...ops(65))).toMatchObject({
        status: 413,
        text: 'Transaction contains too many operations (65 > 64)',
      });
    });

    test('has a body of at most 512 KiB', async () => {
      const consul = await begin(open);
      const body = JSON.stringify([{ KV: { Verb: 'set', Key: 'a', Value: 'eHh4'.repeat(140_000) } }]);
      const where = 'See https://www.consul.io/docs/agent/options.html#txn_max_req_len.';
      expect(await raw(consul, body)).toMatchObject({
        status: 413,
        text: `Request body(${body.length} bytes) too large, max size: 524288 bytes. ${where}`,
      });
    });
  });
}

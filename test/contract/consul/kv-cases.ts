import { describe, expect, test } from 'vitest';
import { begin, indexOf } from './wire.ts';
import type { ConsulUnderTest } from './wire.ts';

const maxBytes = 512 * 1024;
const semaphoreFlags = '3304740253564472344';
const yes = { status: 200, text: 'true\n' };
const no = { status: 200, text: 'false\n' };

/** Single keys: reading, writing, check-and-set, deleting, limits. */
export function kvCases(open: () => Promise<ConsulUnderTest>): void {
  describe('a key', () => {
    test.each(['', '?raw', '?recurse', '?keys', '?stale', '?consistent'])(
      'that is absent is 404 without a body, but with an index: %s',
      async (query) => {
        const consul = await begin(open);
        const answer = await consul.get('none', query);
        expect(answer).toMatchObject({
          status: 404,
          text: '',
          headers: { 'X-Consul-Knownleader': 'true', 'X-Consul-Lastcontact': '0', Vary: 'Accept-Encoding' },
        });
        expect(indexOf(answer)).toBeGreaterThanOrEqual(1);
        expect(answer.headers).not.toHaveProperty('Content-Type');
      },
    );

    test('is read as a list of one, its value in base64', async () => {
      const consul = await begin(open);
      expect(await consul.put('a', 'v1 é')).toMatchObject(yes);
      const answer = await consul.get('a');
      const index = indexOf(answer);
      expect(answer.text).toBe(
        `[\n    {\n        "LockIndex": 0,\n        "Key": "${consul.root}/a",\n        "Flags": 0,\n` +
          `        "Value": "djEgw6k=",\n        "CreateIndex": ${index},\n        "ModifyIndex": ${index}\n    }\n]\n`,
      );
    });

    test('without a value has the value null', async () => {
      const consul = await begin(open);
      await consul.put('a');
      expect(await consul.entry('a')).toMatchObject({ Value: null });
    });

    test('read raw is its text, in a sandbox', async () => {
      const consul = await begin(open);
      await consul.put('a', '<html>');
      const answer = await consul.get('a', '?raw');
      expect(answer).toMatchObject({
        status: 200,
        text: '<html>',
        headers: {
          'Content-Security-Policy': 'sandbox',
          'Content-Type': 'text/plain',
          'Content-Length': '6',
          'X-Content-Type-Options': 'nosniff',
          'X-Consul-Knownleader': 'true',
        },
      });
    });

    test('without a value is read raw as nothing, 200', async () => {
      const consul = await begin(open);
      await consul.put('a');
      expect(await consul.get('a', '?raw')).toMatchObject({ status: 200, text: '' });
    });

    test('keeps flags of 64 bits digit for digit, and loses them with a write that names none', async () => {
      const consul = await begin(open);
      await consul.put('a', 'x', `?flags=${semaphoreFlags}`);
      expect((await consul.get('a')).text).toContain(`"Flags": ${semaphoreFlags},`);
      await consul.put('a', 'x');
      expect((await consul.get('a')).text).toContain('"Flags": 0,');
    });

    test.each([
      ['flags=abc', 'parsing "abc": invalid syntax'],
      ['flags=', 'parsing "": invalid syntax'],
      ['flags=-1', 'parsing "-1": invalid syntax'],
      ['flags=18446744073709551616', 'parsing "18446744073709551616": value out of range'],
      ['cas=abc', 'parsing "abc": invalid syntax'],
      ['cas', 'parsing "": invalid syntax'],
      ['cas=abc&flags=xyz', 'parsing "xyz": invalid syntax'],
    ])('is not written with a bad number, 500: ?%s', async (query, why) => {
      const consul = await begin(open);
      const answer = await consul.put('a', 'x', `?${query}`);
      expect(answer).toMatchObject({
        status: 500,
        text: `strconv.ParseUint: ${why}`,
        headers: { 'Content-Type': 'text/plain; charset=utf-8' },
      });
      expect(await consul.get('a')).toMatchObject({ status: 404 });
    });

    test('written with the value it has keeps its ModifyIndex', async () => {
      const consul = await begin(open);
      await consul.put('a', 'same');
      const before = await consul.entry('a');
      expect(await consul.put('a', 'same')).toMatchObject(yes);
      expect(await consul.entry('a')).toEqual(before);
    });

    test('changed keeps its CreateIndex and gets a new ModifyIndex, the index of its read', async () => {
      const consul = await begin(open);
      await consul.put('a', '1');
      const before = await consul.entry('a');
      await consul.put('a', '2');
      const answer = await consul.get('a');
      const after = await consul.entry('a');
      expect(after.CreateIndex).toBe(before.CreateIndex);
      expect(after.ModifyIndex).toBeGreaterThan(before.ModifyIndex);
      expect(indexOf(answer)).toBe(after.ModifyIndex);
    });

    test('made anew after its deletion has a new CreateIndex', async () => {
      const consul = await begin(open);
      await consul.put('a', '1');
      const { CreateIndex } = await consul.entry('a');
      await consul.delete('a');
      await consul.put('a', '1');
      expect((await consul.entry('a')).CreateIndex).toBeGreaterThan(CreateIndex);
    });

    test('is checked and set at its index, refused (false) at an old one', async () => {
      const consul = await begin(open);
      await consul.put('a', '1');
      const { ModifyIndex } = await consul.entry('a');
      expect(await consul.put('a', '2', `?cas=${ModifyIndex}`)).toMatchObject(yes);
      expect(await consul.put('a', '3', `?cas=${ModifyIndex}`)).toMatchObject(no);
      expect((await consul.entry('a')).Value).toBe('Mg==');
    });

    test('checked and set at 0 must not be there; at another index it must', async () => {
      const consul = await begin(open);
      expect(await consul.put('a', '1', '?cas=5')).toMatchObject(no);
      expect(await consul.put('a', '1', '?cas=0')).toMatchObject(yes);
      expect(await consul.put('a', '2', '?cas=0')).toMatchObject(no);
    });

    test('is deleted at its index only, if one is given', async () => {
      const consul = await begin(open);
      await consul.put('a', '1');
      const { ModifyIndex } = await consul.entry('a');
      expect(await consul.delete('a', '?cas=1')).toMatchObject(no);
      expect(await consul.delete('a', '?cas=0')).toMatchObject(no);
      expect(await consul.delete('a', `?cas=${ModifyIndex}`)).toMatchObject(yes);
      expect(await consul.get('a')).toMatchObject({ status: 404 });
    });

    test.each(['', '?recurse', '?cas=5', '?cas=0'])(
      'that is absent is deleted with true: %s',
      async (query) => {
        const consul = await begin(open);
        expect(await consul.delete('none', query)).toMatchObject(yes);
      },
    );

    test.each([
      ['PUT', ''],
      ['GET', ''],
      ['DELETE', ''],
      ['PUT', '?cas=0&acquire=x'],
    ])('must have a name: %s /v1/kv/%s', async (method, query) => {
      const consul = await begin(open);
      const answer = await consul.call(method, `/v1/kv/${query}`);
      expect(answer).toMatchObject({ status: 400, text: 'Missing key name' });
    });

    test.each([
      ['PUT', 'cas=0&acquire=x', 'acquire=x&cas=0'],
      ['PUT', 'release=y&acquire=x', 'acquire=x&release=y'],
      ['PUT', 'cas=0&release=b%20c&flags=1', 'cas=0&flags=1&release=b+c'],
      ['PUT', 'cas=0&acquire=1&release=2', 'acquire=1&cas=0&release=2'],
      ['DELETE', 'recurse&cas=1', 'cas=1&recurse='],
    ])('is not touched with flags that contradict each other: %s ?%s', async (method, query, told) => {
      const consul = await begin(open);
      const answer = await consul.call(method, consul.path('a', `?${query}`), { body: 'x' });
      expect(answer).toMatchObject({ status: 400, text: `Conflicting flags: ${told}` });
    });

    test('takes 512 KiB and not a byte more', async () => {
      const consul = await begin(open);
      expect(await consul.put('a', 'x'.repeat(maxBytes))).toMatchObject(yes);
      const answer = await consul.put('a', 'x'.repeat(maxBytes + 1));
      const where = 'See https://www.consul.io/docs/agent/options.html#kv_max_value_size.';
      expect(answer).toMatchObject({
        status: 413,
        text: `Request body(${maxBytes + 1} bytes) too large, max size: ${maxBytes} bytes. ${where}`,
      });
    });

    test.each([
      ['weird%20name/%C3%A9%2Fslash', 'weird name/é/slash'],
      ['q%3Fq+a%26', 'q?q+a&'],
      ['folder/', 'folder/'],
    ])('may have a name like %s', async (escaped, name) => {
      const consul = await begin(open);
      await consul.put(escaped, 'x');
      expect(await consul.entry(escaped)).toMatchObject({ Key: `${consul.root}/${name}` });
    });

    test.each([
      ['stale&consistent', 'Cannot specify ?stale with ?consistent, conflicting semantics.'],
      ['max_stale=xx', 'Invalid max_stale value "xx"'],
      ['index=abc', 'Invalid index'],
      ['index=-1', 'Invalid index'],
      ['index=99999999999999999999', 'Invalid index'],
      ['index=1&wait=abc', 'Invalid wait time'],
      ['index=1&wait=5', 'Invalid wait time'],
      ['index=abc&wait=abc', 'Invalid wait time'],
      ['index=abc&dc=dc9', 'Invalid index'],
    ])('is not read with an option that makes no sense, 400: ?%s', async (query, why) => {
      const consul = await begin(open);
      expect(await consul.get('a', `?${query}`)).toMatchObject({ status: 400, text: why });
    });
  });

  describe('keys below a prefix', () => {
    test('are listed in byte order, those that only begin like it included', async () => {
      const consul = await begin(open);
      const names = ['p/b', 'p/', 'p', 'pq', 'p/a/x', 'p-1', 'p/é', 'p/Z', 'o'];
      for (const name of names) await consul.put(encodeURI(name), 'x');
      const sorted = ['p', 'p-1', 'p/', 'p/Z', 'p/a/x', 'p/b', 'p/é', 'pq'].map(
        (name) => `${consul.root}/${name}`,
      );
      expect(JSON.parse((await consul.get('p', '?keys')).text)).toEqual(sorted);
      const tree = JSON.parse((await consul.get('p', '?recurse')).text) as { Key: string }[];
      expect(tree.map(({ Key }) => Key)).toEqual(sorted);
      expect(JSON.parse((await consul.get('p', '?recurse&keys')).text)).toEqual(sorted);
    });

    test('are folded at a separator that comes after the prefix', async () => {
      const consul = await begin(open);
      for (const name of ['jobs/web/g', 'jobs/web/h', 'jobs/x', 'nodes/pool-a', 'top'])
        await consul.put(name, 'x');
      const keys = async (query: string): Promise<string[]> => {
        const names = JSON.parse((await consul.get(query)).text) as string[];
        return names.map((name) => name.slice(consul.root.length + 1));
      };
      expect(await keys('?keys&separator=/')).toEqual(['jobs/', 'nodes/', 'top']);
      expect(await keys('jobs/?keys&separator=/')).toEqual(['jobs/web/', 'jobs/x']);
      expect(await keys('jobs?keys&separator=/')).toEqual(['jobs/']);
      expect(await keys('?keys&separator=')).toHaveLength(5);
    });

    test('have the index of the newest of them, other keys do not count', async () => {
      const consul = await begin(open);
      await consul.put('p/a', '1');
      await consul.put('p/b', '1');
      const { ModifyIndex } = await consul.entry('p/b');
      await consul.put('other', '1');
      expect(indexOf(await consul.get('p/', '?recurse'))).toBe(ModifyIndex);
      expect(indexOf(await consul.get('p/', '?keys'))).toBe(ModifyIndex);
    });

    test('that were deleted leave the index of their deletion to the prefix', async () => {
      const consul = await begin(open);
      await consul.put('p/a', '1');
      await consul.put('p/b', '1');
      await consul.delete('p/b');
      const deleted = indexOf(await consul.get('p/b'));
      await consul.put('other', '1');
      expect(indexOf(await consul.get('p/', '?recurse'))).toBe(deleted);
      await consul.delete('p/a');
      const emptied = indexOf(await consul.get('p/a'));
      await consul.put('other', '2');
      const gone = await consul.get('p/', '?recurse');
      expect(gone.status).toBe(404);
      expect(indexOf(gone)).toBe(emptied);
    });

    test('that were never there, and an absent key, have the index of the whole table', async () => {
      const consul = await begin(open);
      await consul.put('other', '1');
      const { ModifyIndex } = await consul.entry('other');
      expect(indexOf(await consul.get('none/', '?recurse'))).toBe(ModifyIndex);
      expect(indexOf(await consul.get('none'))).toBe(ModifyIndex);
    });

    test('are deleted together, and only they', async () => {
      const consul = await begin(open);
      for (const name of ['p/a', 'p/b/c', 'p', 'pq']) await consul.put(name, 'x');
      expect(await consul.delete('p/', '?recurse')).toMatchObject(yes);
      expect(JSON.parse((await consul.get('', '?keys')).text)).toEqual([
        `${consul.root}/p`,
        `${consul.root}/pq`,
      ]);
    });
  });
}

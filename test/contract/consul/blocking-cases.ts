import { describe, expect, test } from 'vitest';
import { begin, indexOf } from './wire.ts';
import type { Answer, ConsulUnderTest, Wire } from './wire.ts';

const tree = '?recurse';

interface Change {
  readonly title: string;
  /** What is read, and what is there before. */
  readonly read: string;
  readonly before: readonly string[];
  readonly change: (consul: Wire) => Promise<Answer>;
}

const waking: readonly Change[] = [
  { title: 'a key that is changed', read: 'a', before: ['a'], change: (c) => c.put('a', 'new') },
  { title: 'a key that is deleted', read: 'a', before: ['a'], change: (c) => c.delete('a') },
  { title: 'an absent key that is made', read: 'a', before: ['b'], change: (c) => c.put('a', 'new') },
  {
    title: 'an absent key beside one that is changed',
    read: 'p/x',
    before: ['p/a', 'p/b'],
    change: (c) => c.put('p/a', 'new'),
  },
  {
    title: 'a key that a transaction changes',
    read: 'a',
    before: ['a'],
    change: (c) => c.txn({ Verb: 'set', Key: 'a', Value: 'bmV3' }),
  },
  {
    title: 'a prefix with a key that is made',
    read: `p/${tree}`,
    before: ['p/a'],
    change: (c) => c.put('p/b', 'new'),
  },
  {
    title: 'a prefix with a key that is deleted',
    read: `p/${tree}`,
    before: ['p/a', 'p/b'],
    change: (c) => c.delete('p/b'),
  },
  {
    title: 'a prefix whose only key is deleted',
    read: `p/${tree}`,
    before: ['p/a'],
    change: (c) => c.delete('p/a'),
  },
  {
    title: 'a prefix that is deleted as a tree',
    read: `p/${tree}`,
    before: ['p/a', 'p/b'],
    change: (c) => c.delete('p/', tree),
  },
  {
    title: 'a prefix with nothing below it until now',
    read: `p/${tree}`,
    before: [],
    change: (c) => c.put('p/a', 'new'),
  },
  {
    title: 'names below a prefix when only a value changes',
    read: 'p/?keys',
    before: ['p/a'],
    change: (c) => c.put('p/a', 'new'),
  },
  {
    title: 'an absent key whose neighbour is left alone by a deletion',
    read: 'ab1x',
    before: ['ab1', 'ab2'],
    change: (c) => c.delete('ab2'),
  },
];

const silent: readonly Change[] = [
  {
    title: 'a key while another one changes',
    read: 'a',
    before: ['a', 'b'],
    change: (c) => c.put('b', 'new'),
  },
  { title: 'a key while one below it is made', read: 'a', before: ['a'], change: (c) => c.put('a/b', 'new') },
  {
    title: 'a key that is written with the value it has',
    read: 'a',
    before: ['a'],
    change: (c) => c.put('a', 'x'),
  },
  {
    title: 'a key whose check-and-set fails',
    read: 'a',
    before: ['a'],
    change: (c) => c.put('a', 'new', '?cas=1'),
  },
  {
    title: 'a key whose transaction fails',
    read: 'a',
    before: ['a'],
    change: (c) => c.txn({ Verb: 'set', Key: 'a', Value: 'bmV3' }, { Verb: 'get', Key: 'none' }),
  },
  {
    title: 'an absent key while one elsewhere changes',
    read: 'p/x',
    before: ['p/a', 'p/b', 'q/a'],
    change: (c) => c.put('q/a', 'new'),
  },
  {
    title: 'a prefix while keys elsewhere change',
    read: `p/${tree}`,
    before: ['p/a', 'q/a'],
    change: (c) => c.put('q/a', 'new'),
  },
  {
    title: 'a prefix that was emptied while keys elsewhere change',
    read: `p/${tree}`,
    before: ['q/a'],
    change: (c) => c.put('q/a', 'new'),
  },
];

async function prepare(consul: Wire, { before }: Change): Promise<void> {
  await consul.put('p/gone', 'x');
  await consul.delete('p/gone');
  for (const name of before) await consul.put(name, 'x');
}

/** Reads that wait for something newer than an index. */
export function blockingCases(open: () => Promise<ConsulUnderTest>): void {
  describe('a blocking read', () => {
    test.each(waking)('is woken on $title', async (change) => {
      const consul = await begin(open);
      await prepare(consul, change);
      const { answer, seen } = await consul.block(consul.path(change.read));
      await consul.elapse(150);
      expect(await change.change(consul)).toMatchObject({ status: 200 });
      const woken = await answer;
      expect(woken.tookMs).toBeGreaterThanOrEqual(140);
      expect(woken.tookMs).toBeLessThan(2_000);
      expect(indexOf(woken)).toBeGreaterThan(seen);
    });

    test.each(silent)('sleeps on with $title', async (change) => {
      const consul = await begin(open);
      await prepare(consul, change);
      const { answer, seen } = await consul.block(consul.path(change.read), '400ms');
      await change.change(consul);
      await consul.elapse(430);
      const late = await answer;
      expect(late.tookMs).toBeGreaterThanOrEqual(390);
      expect(indexOf(late)).toBe(seen);
    });

    test('answers what it has after its wait and at most a sixteenth more', async () => {
      const consul = await begin(open);
      await consul.put('a', '1');
      const { answer, seen } = await consul.block(consul.path('a'), '1600ms');
      await consul.elapse(1_750);
      const late = await answer;
      expect(late.status).toBe(200);
      expect(late.tookMs).toBeGreaterThanOrEqual(1_590);
      expect(late.tookMs).toBeLessThan(2_200);
      expect(indexOf(late)).toBe(seen);
    });

    test('with an index above what there is waits as well', async () => {
      const consul = await begin(open);
      await consul.put('a', '1');
      const { ModifyIndex } = await consul.entry('a');
      const answer = consul.get('a', '?index=99999999&wait=500ms');
      await consul.arrive();
      await consul.elapse(540);
      const late = await answer;
      expect(late.tookMs).toBeGreaterThanOrEqual(490);
      expect(indexOf(late)).toBe(ModifyIndex);
    });

    test.each(['?index=0&wait=5s', '?wait=5s', '?index=1', '?index=&wait='])(
      'does not wait with %s',
      async (query) => {
        const consul = await begin(open);
        await consul.put('a', '1');
        const answer = await consul.get('a', query);
        expect(answer.status).toBe(200);
        expect(answer.tookMs).toBeLessThan(1_000);
      },
    );

    test('of a key that is taken, given back and taken from its holder is woken each time', async () => {
      const consul = await begin(open);
      const session = await consul.session();
      const steps = [
        () => consul.put('a', '', `?acquire=${session}`),
        () => consul.put('a', '', `?release=${session}`),
        () => consul.put('a', '', `?acquire=${session}`),
        () => consul.destroy(session),
      ];
      await consul.put('a');
      for (const step of steps) {
        const { answer, seen } = await consul.block(consul.path('a'));
        await step();
        expect(indexOf(await answer)).toBeGreaterThan(seen);
      }
    });

    test('of a session is woken by its end', async () => {
      const consul = await begin(open);
      const session = await consul.session();
      const { answer } = await consul.block(`/v1/session/info/${session}`);
      await consul.destroy(session);
      expect(await answer).toMatchObject({ status: 200, text: '[]\n' });
    });

    test('of a session sleeps on while another one is made', async () => {
      const consul = await begin(open);
      const session = await consul.session();
      const { answer, seen } = await consul.block(`/v1/session/info/${session}`, '400ms');
      await consul.session();
      await consul.elapse(430);
      const late = await answer;
      expect(late.tookMs).toBeGreaterThanOrEqual(390);
      expect(indexOf(late)).toBe(seen);
    });

    test('of all sessions is woken by a new one, not by a key or a renewal', async () => {
      const consul = await begin(open);
      const session = await consul.session();
      const { answer, seen } = await consul.block('/v1/session/list');
      await consul.put('a', '1');
      await consul.call('PUT', `/v1/session/renew/${session}`);
      await consul.elapse(300);
      await consul.session();
      const woken = await answer;
      expect(woken.tookMs).toBeGreaterThanOrEqual(290);
      expect(indexOf(woken)).toBeGreaterThan(seen + 1);
    });

    test('that its caller gives up harms nobody', async () => {
      const consul = await begin(open);
      await consul.put('a', '1');
      const { ModifyIndex } = await consul.entry('a');
      const hangUp = new AbortController();
      const { signal } = hangUp;
      const read = consul.call('GET', consul.path('a', `?index=${ModifyIndex}`), { signal });
      const failure = read.catch((error: Error) => error.message);
      await consul.arrive();
      hangUp.abort();
      expect(await failure).toMatch('aborted');
      expect(await consul.put('a', '2')).toMatchObject({ status: 200, text: 'true\n' });
    });
  });
}

import { describe, expect, test } from 'vitest';
import { FairQueue } from '../../../src/adapters/nomad/fair-queue.ts';
import { never } from './harness.ts';

/** Work that is done when told. */
function works(queue: FairQueue): {
  readonly begun: string[];
  add(name: string, lane: string, counts?: readonly string[], signal?: AbortSignal): Promise<unknown>;
  addUrgent(name: string, lane: string, counts?: readonly string[], signal?: AbortSignal): Promise<unknown>;
  end(name: string): Promise<void>;
} {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const work = (name: string) => (): Promise<void> => {
    begun.push(name);
    return new Promise<void>((resolve) => {
      ends.set(name, resolve);
    });
  };
  return {
    begun,
    add: (name, lane, counts = [], signal = never) => queue.run({ lane, counts }, signal, work(name)),
    addUrgent: (name, lane, counts = [], signal = never) =>
      queue.run({ lane, counts, urgent: true }, signal, work(name)),
    end: async (name) => {
      ends.get(name)?.();
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    },
  };
}

const tick = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

describe('a fair queue', () => {
  test('runs no more at once than its total, and the rest in turn', async () => {
    const work = works(new FairQueue(2, () => 9));
    const all = ['a', 'b', 'c'].map((name) => work.add(name, 'lane'));
    await tick();
    expect(work.begun).toEqual(['a', 'b']);
    await work.end('b');
    expect(work.begun).toEqual(['a', 'b', 'c']);
    await work.end('a');
    await work.end('c');
    await Promise.all(all);
  });

  test('lets lanes take turns, so that a long one keeps no other waiting', async () => {
    const work = works(new FairQueue(1, () => 9));
    for (const name of ['a1', 'a2', 'a3']) void work.add(name, 'a');
    void work.add('b1', 'b');
    await tick();
    for (const name of ['a1', 'a2', 'b1', 'a3']) await work.end(name);
    expect(work.begun).toEqual(['a1', 'a2', 'b1', 'a3']);
  });

  test('leaves out lanes whose limit is reached', async () => {
    const work = works(new FairQueue(4, (name) => (name === 'slow' ? 1 : 9)));
    void work.add('hanging', 'slow', ['slow']);
    void work.add('kept back', 'slow', ['slow']);
    void work.add('free', 'other', ['other']);
    await tick();
    expect(work.begun).toEqual(['hanging', 'free']);
    await work.end('hanging');
    expect(work.begun).toEqual(['hanging', 'free', 'kept back']);
  });

  test('forgets work whose signal is aborted while it waits', async () => {
    const work = works(new FairQueue(1, () => 9));
    const stop = new AbortController();
    void work.add('first', 'a');
    const waiting = work.add('second', 'a', [], stop.signal);
    const last = work.add('third', 'a');
    stop.abort(new Error('no longer wanted'));
    await expect(waiting).rejects.toThrow('no longer wanted');
    await work.end('first');
    await work.end('third');
    await last;
    expect(work.begun).toEqual(['first', 'third']);
  });

  test('takes none whose signal has been aborted before', async () => {
    const work = works(new FairQueue(1, () => 9));
    await expect(work.add('a', 'a', [], AbortSignal.abort(new Error('late')))).rejects.toThrow('late');
    expect(work.begun).toEqual([]);
  });

  test('goes on after work that fails', async () => {
    const queue = new FairQueue(1, () => 1);
    const place = { lane: 'a', counts: ['a'] };
    await expect(queue.run(place, never, () => Promise.reject(new Error('broken')))).rejects.toThrow(
      'broken',
    );
    expect(await queue.run(place, never, () => Promise.resolve('fine'))).toBe('fine');
  });

  test('lets what is urgent go first, unless its own limit is reached', async () => {
    const queue = new FairQueue(2, (name) => (name === 'write' ? 1 : 9));
    const work = works(queue);
    const all = [work.add('a', 'x', ['read']), work.add('b', 'x', ['read']), work.add('c', 'y', ['read'])];
    all.push(work.addUrgent('w1', 'write', ['write']), work.addUrgent('w2', 'write', ['write']));
    await tick();
    expect(queue.underWay('read')).toBe(2);
    await work.end('a');
    await work.end('b');
    expect(work.begun).toEqual(['a', 'b', 'w1', 'c']);
    await work.end('w1');
    expect(work.begun).toEqual(['a', 'b', 'w1', 'c', 'w2']);
    await work.end('c');
    await work.end('w2');
    await Promise.all(all);
    expect(queue.underWay('write')).toBe(0);
  });

  test('forgets what is urgent and given up', async () => {
    const work = works(new FairQueue(1, () => 9));
    const first = work.add('a', 'x');
    const end = new AbortController();
    const given = work.addUrgent('w', 'write', [], end.signal);
    given.catch(() => undefined);
    end.abort(new Error('gone'));
    await expect(given).rejects.toThrow('gone');
    await work.end('a');
    await first;
    expect(work.begun).toEqual(['a']);
  });
});

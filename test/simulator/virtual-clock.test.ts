import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../src/simulator/virtual-clock.ts';

describe('the virtual clock', () => {
  test('fires timers in order of time, then of insertion', async () => {
    const clock = new VirtualClock();
    const fired: string[] = [];
    for (const [name, ms] of [
      ['c', 20],
      ['a', 10],
      ['b', 10],
      ['d', 30],
    ] as const) {
      clock.after(ms, () => fired.push(`${name}@${clock.monotonicMs()}`));
    }
    await clock.advance(25);
    expect(fired).toEqual(['a@10', 'b@10', 'c@20']);
    expect(clock.monotonicMs()).toBe(25);
  });

  test('lets all promise work settle between two timers of the same time', async () => {
    const clock = new VirtualClock();
    const seen: string[] = [];
    const work = async (name: string): Promise<void> => {
      for (let step = 0; step < 5; step += 1) {
        await Promise.resolve();
        seen.push(`${name}${step}`);
      }
    };
    clock.after(1, () => void work('a'));
    clock.after(1, () => void work('b'));
    await clock.advance(1);
    expect(seen.join(' ')).toBe('a0 a1 a2 a3 a4 b0 b1 b2 b3 b4');
  });

  test('fires timers that are set while it advances', async () => {
    const clock = new VirtualClock();
    const times: number[] = [];
    const again = (): void => {
      times.push(clock.monotonicMs());
      clock.after(10, again);
    };
    clock.after(10, again);
    await clock.advance(35);
    expect(times).toEqual([10, 20, 30]);
  });

  test('does not fire a cancelled timer', async () => {
    const clock = new VirtualClock();
    let fired = 0;
    const cancel = clock.after(5, () => (fired += 1));
    clock.after(6, () => (fired += 10));
    cancel();
    await clock.advance(10);
    expect(fired).toBe(10);
  });

  test('moves the wall clock with time, and back by an hour without moving timers', async () => {
    const clock = new VirtualClock({ wallMs: 1_000_000 });
    let firedAt = 0;
    clock.after(100, () => (firedAt = clock.monotonicMs()));
    await clock.advance(40);
    expect(clock.now()).toBe(1_000_040);
    clock.setWall(clock.now() - 3_600_000);
    await clock.advance(60);
    expect([firedAt, clock.now()]).toEqual([100, 1_000_100 - 3_600_000]);
  });

  test('sleeps until the time, or until the signal with its reason', async () => {
    const clock = new VirtualClock();
    const gone = new AbortController();
    const results: string[] = [];
    const note = (name: string, sleep: Promise<void>): void => {
      sleep.then(
        () => results.push(`${name} slept`),
        (error: Error) => results.push(`${name} ${error.message}`),
      );
    };
    note('a', clock.sleep(50, new AbortController().signal));
    note('b', clock.sleep(50, gone.signal));
    await clock.advance(20);
    gone.abort(new Error('stopped'));
    await clock.advance(40);
    note('c', clock.sleep(1, gone.signal));
    await clock.settle();
    expect(results).toEqual(['b stopped', 'a slept', 'c stopped']);
  });

  test('waits while a transport tells of activity', async () => {
    const clock = new VirtualClock({ quietTurns: 2 });
    let turns = 0;
    const work = (): void => {
      turns += 1;
      clock.activity();
      if (turns < 20) setImmediate(work);
    };
    clock.after(1, () => setImmediate(work));
    await clock.advance(1);
    expect(turns).toBe(20);
  });

  test('refuses to be advanced twice at once', async () => {
    const clock = new VirtualClock();
    const first = clock.advance(10);
    await expect(clock.advance(10)).rejects.toThrow('already advancing');
    await first;
  });
});

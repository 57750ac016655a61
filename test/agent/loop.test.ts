import { expect, onTestFinished, test } from 'vitest';
import { type Loop, startLoop } from '../../src/agent/loop.ts';
import { VirtualClock } from '../../src/simulator/virtual-clock.ts';

interface Rig {
  readonly clock: VirtualClock;
  readonly loop: Loop;
  /** When rounds began, milliseconds. */
  readonly begun: number[];
  readonly failures: unknown[];
  /** How long a round takes; it ends early, by throwing, when its signal is aborted. */
  takesMs: number;
  everyMs: number;
  /** What the next rounds throw. */
  fault: Error | undefined;
  /** Rounds under way now, and the most there ever were. */
  running: number;
  most: number;
}

function start(options: { everyMs?: number; offsetMs?: number; takesMs?: number } = {}): Rig {
  const clock = new VirtualClock();
  const rig = {
    clock,
    begun: [] as number[],
    failures: [] as unknown[],
    takesMs: options.takesMs ?? 0,
    everyMs: options.everyMs ?? 10,
    fault: undefined as Error | undefined,
    running: 0,
    most: 0,
  };
  const run = async (signal: AbortSignal): Promise<void> => {
    rig.begun.push(clock.monotonicMs());
    rig.running += 1;
    rig.most = Math.max(rig.most, rig.running);
    try {
      if (rig.takesMs > 0) await clock.sleep(rig.takesMs, signal);
      if (rig.fault) throw rig.fault;
    } finally {
      rig.running -= 1;
    }
  };
  const loop = startLoop({
    clock,
    everyMs: () => rig.everyMs,
    offsetMs: options.offsetMs ?? 0,
    run,
    failed: (error) => rig.failures.push(error),
  });
  onTestFinished(() => loop.stop());
  return Object.assign(rig, { loop });
}

test('rounds begin at a fixed rate after the offset', async () => {
  const rig = start({ offsetMs: 3, takesMs: 4 });
  await rig.clock.advance(40);
  expect(rig.begun).toEqual([3, 13, 23, 33]);
});

test.each([
  ['lasts as long as the interval: the next one begins at once', 10, [0, 10, 20, 30, 40]],
  ['lasts a little longer: the one it missed is left out', 11, [0, 20, 40]],
  ['lasts two and a half intervals: two are left out', 25, [0, 30]],
])('a round that %s', async (_what, takesMs, begun) => {
  const rig = start({ takesMs });
  await rig.clock.advance(45);
  expect(rig.begun).toEqual(begun);
  expect(rig.most).toBe(1);
});

test('a wake runs an extra round, and the rhythm stays', async () => {
  const rig = start();
  await rig.clock.advance(14);
  rig.loop.wake();
  await rig.clock.advance(20);
  expect(rig.begun).toEqual([0, 10, 14, 20, 30]);
});

test('wakes during a round run one extra round after it', async () => {
  const rig = start({ takesMs: 4 });
  await rig.clock.advance(12);
  rig.loop.wake();
  rig.loop.wake();
  await rig.clock.advance(20);
  expect(rig.begun).toEqual([0, 10, 14, 20, 30]);
  expect(rig.most).toBe(1);
});

test('a wake before the first round does not wait for the offset', async () => {
  const rig = start({ offsetMs: 7 });
  rig.loop.wake();
  await rig.clock.advance(20);
  expect(rig.begun).toEqual([0, 7, 17]);
});

test('a changed interval counts from the next round on', async () => {
  const rig = start();
  await rig.clock.advance(15);
  rig.everyMs = 30;
  await rig.clock.advance(60);
  expect(rig.begun).toEqual([0, 10, 20, 50]);
});

test('a round that throws is told, and the loop goes on', async () => {
  const rig = start();
  rig.fault = new Error('no luck');
  await rig.clock.advance(15);
  rig.fault = undefined;
  await rig.clock.advance(10);
  expect(rig.failures).toEqual([new Error('no luck'), new Error('no luck')]);
  expect(rig.begun).toEqual([0, 10, 20]);
});

test('stop aborts the round under way, waits for its end and tells nobody of it', async () => {
  const rig = start({ takesMs: 1_000 });
  await rig.clock.advance(5);
  expect(rig.running).toBe(1);
  await rig.loop.stop();
  expect(rig.running).toBe(0);
  expect(rig.failures).toEqual([]);
});

test('after a stop nothing runs, whatever wakes it', async () => {
  const rig = start();
  await rig.clock.advance(5);
  await rig.loop.stop();
  rig.loop.wake();
  await rig.clock.advance(50);
  expect(rig.begun).toEqual([0]);
});

test('a shorter interval counts from now when it is told, and not from the next round', async () => {
  const rig = start({ everyMs: 100 });
  await rig.clock.advance(5);
  rig.everyMs = 10;
  rig.loop.retime();
  await rig.clock.advance(30);
  expect(rig.begun).toEqual([0, 15, 25, 35]);
});

test('a longer interval that is told leaves the next round where it is', async () => {
  const rig = start({ everyMs: 10 });
  await rig.clock.advance(5);
  rig.everyMs = 100;
  rig.loop.retime();
  await rig.clock.advance(120);
  expect(rig.begun).toEqual([0, 10, 110]);
});

import { expect, test } from 'vitest';
import type { Loop } from '../../src/agent/loop.ts';
import { createLoopSet } from '../../src/agent/loop-set.ts';

interface Rig {
  readonly set: ReturnType<typeof createLoopSet<string>>;
  readonly told: string[];
  /** Ends the round that the stopping of a key waits for. */
  readonly finish: Map<string, () => void>;
}

/** Each target is `key:value`; a loop's stop takes until it is told to finish. */
function start(): Rig {
  const told: string[] = [];
  const finish = new Map<string, () => void>();
  const set = createLoopSet<string>({
    start: (target): Loop => {
      told.push(`start ${target()}`);
      return {
        wake: () => void told.push(`wake ${target()}`),
        hasten: (withinMs) => void told.push(`hasten ${target()} ${withinMs}`),
        retime: () => void told.push(`retime ${target()}`),
        stop: () => new Promise((resolve) => void finish.set(target().split(':')[0] ?? '', resolve)),
      };
    },
    ended: (target) => void told.push(`ended ${target}`),
  });
  return { set, told, finish };
}

function wanted(...targets: string[]): ReadonlyMap<string, string> {
  return new Map(targets.map((target) => [target.split(':')[0] ?? '', target]));
}

/** Lets promises settle. */
const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

test('one loop a key; what is wanted of it changes without a new one', () => {
  const { set, told } = start();
  set.settle(wanted('a:1', 'b:1'));
  set.settle(wanted('a:2', 'b:1'));
  set.wake((target) => target.startsWith('a'));
  set.retime();
  expect(told).toEqual(['start a:1', 'start b:1', 'wake a:2', 'retime a:2', 'retime b:1']);
});

test('of very many loops the first are woken now, the others in turn within the time', () => {
  const { set, told } = start();
  set.settle(wanted(...Array.from({ length: 204 }, (_none, at) => `${at}:x`)));
  told.length = 0;
  set.wake(() => true, 10_000);
  expect(told.filter((line) => line.startsWith('wake'))).toHaveLength(200);
  expect(told.slice(200)).toEqual([
    'hasten 200:x 2500',
    'hasten 201:x 5000',
    'hasten 202:x 7500',
    'hasten 203:x 10000',
  ]);
});

test('what comes back starts anew only when its last round is over', async () => {
  const { set, told, finish } = start();
  set.settle(wanted('a:1'));
  set.settle(wanted());
  set.settle(wanted('a:2'));
  await settled();
  expect(told).toEqual(['start a:1']);
  finish.get('a')?.();
  await settled();
  expect(told).toEqual(['start a:1', 'ended a:1', 'start a:2']);
});

test('what was not wanted any more for a while and then for good is not started', async () => {
  const { set, told, finish } = start();
  set.settle(wanted('a:1'));
  set.settle(wanted());
  finish.get('a')?.();
  await settled();
  expect(told).toEqual(['start a:1', 'ended a:1']);
});

test('after the stop nothing is started, and the stop waits for rounds that end already', async () => {
  const { set, told, finish } = start();
  set.settle(wanted('a:1'));
  set.settle(wanted());
  const state = { isOver: false };
  void set.stop().then(() => (state.isOver = true));
  await settled();
  expect(state.isOver).toBe(false);
  set.settle(wanted('a:2', 'b:1'));
  finish.get('a')?.();
  await settled();
  expect(state.isOver).toBe(true);
  expect(told).toEqual(['start a:1', 'ended a:1']);
});

import { expect, test } from 'vitest';
import { Bodies } from '../../../src/adapters/nomad/bodies.ts';
import { VirtualClock } from '../../../src/simulator/virtual-clock.ts';

interface Item {
  readonly id: string;
  readonly modifyIndex: number;
}

/** Bodies whose turns of the event loop are taken one by one, and what has been asked for. */
function start() {
  const turns: (() => void)[] = [];
  const asked: string[] = [];
  const answers: (() => void)[] = [];
  const bodies = new Bodies<Item, Item>({
    clock: new VirtualClock(),
    random: () => 0,
    keyOf: ({ id }) => id,
    read: (item) => {
      asked.push(item.id);
      return new Promise((resolve) => void answers.push(() => resolve(item)));
    },
    later: (run) => void turns.push(run),
    changed: () => undefined,
    failed: () => undefined,
    recovered: () => undefined,
  });
  const answer = async (): Promise<void> => {
    for (const one of answers.splice(0)) one();
    await Promise.resolve();
    await Promise.resolve();
  };
  return { bodies, asked, turn: () => turns.splice(0).forEach((run) => run()), answer };
}

const items = (count: number): readonly Item[] =>
  Array.from({ length: count }, (_none, at) => ({ id: `item-${at}`, modifyIndex: 1 }));

test('the reading of very many new items begins in parts, and is over when all have come', async () => {
  const { bodies, asked, turn, answer } = start();
  bodies.replace(items(250), false);
  expect(asked).toHaveLength(100);
  await answer();
  expect(bodies.isSettled()).toBe(false);
  turn();
  expect(asked).toHaveLength(200);
  turn();
  await answer();
  expect(new Set(asked).size).toBe(250);
  expect(bodies.isSettled()).toBe(true);
  turn();
  expect(asked).toHaveLength(250);
});

test('what is gone before its part has begun is not read, and not waited for', async () => {
  const { bodies, asked, turn, answer } = start();
  bodies.replace(items(150), false);
  bodies.replace(items(120), false);
  turn();
  await answer();
  expect(asked).toHaveLength(120);
  expect(bodies.isSettled()).toBe(true);
});

test('what is told whole before its part has begun need not be read', async () => {
  const { bodies, asked, turn, answer } = start();
  bodies.replace(items(101), false);
  bodies.offer({ id: 'item-100', modifyIndex: 2 }, { id: 'item-100', modifyIndex: 2 });
  turn();
  await answer();
  expect(asked).toHaveLength(100);
  expect(bodies.all().get('item-100')?.facts?.modifyIndex).toBe(2);
  expect(bodies.isSettled()).toBe(true);
});

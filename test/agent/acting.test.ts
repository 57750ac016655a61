import { expect, test } from 'vitest';
import { type Acting, createActing, isNotLeading } from '../../src/agent/acting.ts';
import type { Term } from '../../src/agent/term.ts';

const term = {} as Term;

/** A step that is under way until it is told to end. */
interface Step {
  readonly result: Promise<string>;
  isBegun: boolean;
  end(): void;
}

function begin(acting: Acting): Step {
  let finish: () => void = () => undefined;
  const over = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const step = { isBegun: false, end: () => finish() };
  const work = async (): Promise<string> => {
    step.isBegun = true;
    await over;
    return 'done';
  };
  const told = (error: unknown): string => (isNotLeading(error) ? 'refused' : String(error));
  return Object.assign(step, { result: acting.act(work).catch(told) });
}

async function settle(): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
}

test('only so many steps are under way at once; the others follow in their order', async () => {
  const acting = createActing(
    () => term,
    () => 2,
  );
  const steps = Array.from({ length: 4 }, () => begin(acting));
  await settle();
  expect(steps.map(({ isBegun }) => isBegun)).toEqual([true, true, false, false]);
  steps[1]?.end();
  await settle();
  expect(steps.map(({ isBegun }) => isBegun)).toEqual([true, true, true, false]);
  for (const step of steps) step.end();
  expect(await Promise.all(steps.map(({ result }) => result))).toEqual(['done', 'done', 'done', 'done']);
});

test('the limit is asked before each step', async () => {
  const limit = { value: 1 };
  const acting = createActing(
    () => term,
    () => limit.value,
  );
  const first = begin(acting);
  limit.value = 2;
  const second = begin(acting);
  await settle();
  expect(second.isBegun).toBe(true);
  first.end();
  second.end();
  await Promise.all([first.result, second.result]);
});

test('without a term nothing is begun', async () => {
  const acting = createActing(
    () => undefined,
    () => 1,
  );
  const step = begin(acting);
  expect(await step.result).toBe('refused');
  expect(step.isBegun).toBe(false);
});

test('steps that waited while the term ended are all refused, none is left waiting', async () => {
  const held: { term: Term | undefined } = { term };
  const acting = createActing(
    () => held.term,
    () => 1,
  );
  const [first, ...waiting] = Array.from({ length: 4 }, () => begin(acting));
  await settle();
  held.term = undefined;
  first?.end();
  expect(await Promise.all(waiting.map(({ result }) => result))).toEqual(['refused', 'refused', 'refused']);
});

test('a step that fails makes room, and its error reaches the caller', async () => {
  const acting = createActing(
    () => term,
    () => 1,
  );
  const failing = acting.act(() => Promise.reject(new Error('no luck')));
  const next = begin(acting);
  await expect(failing).rejects.toThrow('no luck');
  next.end();
  expect(await next.result).toBe('done');
});

test('closing refuses what waits and what comes, and ends with what is under way', async () => {
  const acting = createActing(
    () => term,
    () => 1,
  );
  const [running, waiting] = [begin(acting), begin(acting)];
  await settle();
  const closed = { isClosed: false };
  const closing = acting.close().then(() => (closed.isClosed = true));
  expect(await waiting.result).toBe('refused');
  expect(await begin(acting).result).toBe('refused');
  expect(acting.term()).toBeUndefined();
  expect([closed.isClosed, acting.busy()]).toEqual([false, true]);
  running.end();
  await closing;
  expect(await running.result).toBe('done');
  expect(acting.busy()).toBe(false);
});

test('closing with nothing under way is over at once', async () => {
  const acting = createActing(
    () => term,
    () => 1,
  );
  await acting.close();
  expect(acting.busy()).toBe(false);
});

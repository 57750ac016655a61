import { expect, test } from 'vitest';
import { type Acting, type ActingDesk, createActing, isNotLeading } from '../../src/agent/acting.ts';
import type { Term } from '../../src/agent/term.ts';

const RESOURCE = 'job_group:web/api';

function termOf(number: number): Term {
  return { partition: { number, lockKey: '' } } as unknown as Term;
}

const term = termOf(0);

/** A step that is under way until it is told to end. */
interface Step {
  readonly result: Promise<string>;
  isBegun: boolean;
  end(): void;
}

function begin(desk: ActingDesk, resource = RESOURCE): Step {
  const acting: Acting = desk.of(resource);
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
  const desk = createActing(
    () => term,
    () => 2,
  );
  const steps = Array.from({ length: 4 }, () => begin(desk));
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
  const desk = createActing(
    () => term,
    () => limit.value,
  );
  const first = begin(desk);
  limit.value = 2;
  const second = begin(desk);
  await settle();
  expect(second.isBegun).toBe(true);
  first.end();
  second.end();
  await Promise.all([first.result, second.result]);
});

test('without a term nothing is begun', async () => {
  const desk = createActing(
    () => undefined,
    () => 1,
  );
  const step = begin(desk);
  expect(await step.result).toBe('refused');
  expect(step.isBegun).toBe(false);
});

test('steps that waited while the term ended are all refused, none is left waiting', async () => {
  const held: { term: Term | undefined } = { term };
  const desk = createActing(
    () => held.term,
    () => 1,
  );
  const [first, ...waiting] = Array.from({ length: 4 }, () => begin(desk));
  await settle();
  held.term = undefined;
  first?.end();
  expect(await Promise.all(waiting.map(({ result }) => result))).toEqual(['refused', 'refused', 'refused']);
});

test('a step that fails makes room, and its error reaches the caller', async () => {
  const desk = createActing(
    () => term,
    () => 1,
  );
  const failing = desk.of(RESOURCE).act(() => Promise.reject(new Error('no luck')));
  const next = begin(desk);
  await expect(failing).rejects.toThrow('no luck');
  next.end();
  expect(await next.result).toBe('done');
});

test('closing refuses what waits and what comes, and ends with what is under way', async () => {
  const desk = createActing(
    () => term,
    () => 1,
  );
  const [running, waiting] = [begin(desk), begin(desk)];
  await settle();
  const closed = { isClosed: false };
  const closing = desk.close().then(() => (closed.isClosed = true));
  expect(await waiting.result).toBe('refused');
  expect(await begin(desk).result).toBe('refused');
  expect(desk.of(RESOURCE).term()).toBeUndefined();
  expect([closed.isClosed, desk.busy().has(0)]).toEqual([false, true]);
  running.end();
  await closing;
  expect(await running.result).toBe('done');
  expect(desk.busy().has(0)).toBe(false);
});

test('closing with nothing under way is over at once', async () => {
  const desk = createActing(
    () => term,
    () => 1,
  );
  await desk.close();
  expect(desk.busy().has(0)).toBe(false);
});

test('a partition is quiet once its own steps have ended, whatever is under way elsewhere', async () => {
  const terms = new Map([
    ['job_group:web/api', termOf(1)],
    ['worker_pool:pool-a', termOf(2)],
  ]);
  const desk = createActing(
    (resource) => terms.get(resource),
    () => 10,
  );
  const steps = [begin(desk), begin(desk), begin(desk, 'worker_pool:pool-a')];
  await settle();
  const told = { isQuiet: false };
  const quiet = desk.quiet(1).then(() => (told.isQuiet = true));
  steps[0]?.end();
  await settle();
  expect(told.isQuiet).toBe(false);
  steps[1]?.end();
  await quiet;
  expect(desk.busy().has(2)).toBe(true);
  steps[2]?.end();
  await desk.quiet(2);
});

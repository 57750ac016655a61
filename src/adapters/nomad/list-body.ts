import { setImmediate } from 'node:timers/promises';
import { ArrayItems } from './array-items.ts';
import type { Attempt } from './errors.ts';
import { parseAnswer } from './json.ts';

/** Items that are read in one turn of the event loop: well below a millisecond's work for each ten. */
const ITEMS_A_TURN = 100;

/** What a list's body is read with. */
export interface ListReading<T> {
  readonly attempt: Attempt;
  readonly readItem: (value: unknown) => T;
  /** Lets others go on; absent where nobody waits. */
  readonly pause: (() => Promise<unknown>) | undefined;
}

/** Reads a list item by item while it comes. Throws PortError `invalid` for what is none. */
export async function readList<T>(
  chunks: AsyncIterable<Buffer>,
  { attempt, readItem, pause }: ListReading<T>,
): Promise<readonly T[]> {
  const items = new ArrayItems();
  const read: T[] = [];
  let inTurn = 0;
  for await (const chunk of chunks) {
    for (const text of parsed(attempt, () => items.take(chunk))) {
      read.push(parseAnswer(text, attempt, readItem));
      inTurn += 1;
      if (inTurn < ITEMS_A_TURN || pause === undefined) continue;
      inTurn = 0;
      await pause();
    }
  }
  parsed(attempt, () => items.end());
  return read;
}

/** A body as text. */
export async function textOf(chunks: AsyncIterable<Buffer>): Promise<string> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all).toString('utf8');
}

/** The next turn of the event loop. */
export function nextTurn(): Promise<void> {
  return setImmediate();
}

function parsed<T>(attempt: Attempt, read: () => T): T {
  return parseAnswer('null', attempt, read);
}

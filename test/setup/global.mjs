// Around a whole test run: gives it a mark, and fails it when a marked process outlives it.
import { killMarked, runName } from './leftovers.mjs';

const mark = (process.env[runName] ??= `tests-${process.pid}`);

export async function teardown() {
  const left = await killMarked(mark);
  if (left.length > 0) throw new Error(left.join('\n'));
}

// Around every test file: what it started is ended, and a file that leaves something open fails.
import { afterAll, afterEach, beforeEach } from 'vitest';
import { beginTest, endFile, endTest } from '../support/children.ts';
import { findLeftOpen } from '../support/open-handles.ts';

beforeEach(beginTest);
afterEach(endTest);
afterAll(async () => {
  const servers = await endFile();
  const left = [...servers, ...(await findLeftOpen())];
  if (left.length > 0) throw new Error(`the file left open: ${left.join(', ')}`);
});

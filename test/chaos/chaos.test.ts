import { expect, test } from 'vitest';
import { long, needsConsul } from '../support/needs.ts';
import { ENOUGH } from './perform.ts';
import { keepRun, lineOf, tallyOf } from './report.ts';
import { runSeed } from './seed-run.ts';

/** How long faults are about, and how long everything may take to come to rest on a machine that is busy. */
const SHORT = { agents: 3, spanMs: 26_000, settleMs: 180_000 };

test(
  'a short seed: whatever fails, one writer, and nothing half done',
  long({ ...needsConsul, timeout: 600_000 }),
  async () => {
    const run = await runSeed({ seed: 'short', ...SHORT });
    const tally = tallyOf(run, ENOUGH);
    console.log(lineOf(run, tally));
    const broken = run.violations.map(({ rule, text }) => `${rule}: ${text}`);
    if (broken.length > 0) console.log(`everything that was noted: ${keepRun(run)}`);
    expect(broken).toEqual([]);
    expect(tally.empty).toEqual([]);
  },
);

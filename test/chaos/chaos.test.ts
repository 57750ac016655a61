import { expect, test } from 'vitest';
import { needsConsul } from '../support/needs.ts';
import { ENOUGH } from './perform.ts';
import { keepRun, lineOf, tallyOf } from './report.ts';
import { runSeed } from './seed-run.ts';

/** Takes a minute with processes of its own, so it runs when asked for: `CHAOS=1`. */
const isAsked = process.env['CHAOS'] === '1';

test(
  'a short seed: whatever fails, one writer, and nothing half done',
  isAsked ? { ...needsConsul, timeout: 300_000 } : { skip: true },
  async () => {
    const run = await runSeed({ seed: 'short', agents: 3, spanMs: 26_000, settleMs: 90_000 });
    const tally = tallyOf(run, ENOUGH);
    console.log(lineOf(run, tally));
    const broken = run.violations.map(({ rule, text }) => `${rule}: ${text}`);
    if (broken.length > 0) console.log(`everything that was noted: ${keepRun(run)}`);
    expect(broken).toEqual([]);
    expect(tally.empty).toEqual([]);
  },
);

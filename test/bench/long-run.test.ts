import { describe, expect, test } from 'vitest';
import { type LongSample, runLong } from './long-run.ts';

const hasTime = process.env['BENCH'] === '1';

describe.runIf(hasTime)('a long time at work', () => {
  test('memory and handles are flat over 100,000 ticks', { timeout: 7_200_000 }, async () => {
    const run = await runLong({ ticks: 100_000, looks: 20 });
    console.log(JSON.stringify({ ...run, samples: undefined }));
    for (const sample of run.samples) console.log(JSON.stringify(sample));
    const [early, late] = [run.samples.slice(2, 7), run.samples.slice(-5)];
    expect(most(late, 'heapMb') - most(early, 'heapMb')).toBeLessThan(4);
    expect(most(late, 'residentMb') - most(early, 'residentMb')).toBeLessThan(40);
    expect(most(late, 'handles')).toBeLessThanOrEqual(most(early, 'handles'));
    expect(run.rounds).toBeGreaterThan(290_000);
    expect(run.scalings).toBeGreaterThan(1_000);
  });
});

function most(samples: readonly LongSample[], what: keyof LongSample): number {
  return Math.max(...samples.map((sample) => sample[what]));
}

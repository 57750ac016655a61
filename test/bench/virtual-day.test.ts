import { describe, expect, test } from 'vitest';
import { runVirtualStretch } from './virtual-day.ts';

const hasTime = process.env['BENCH'] === '1';

describe.runIf(hasTime)('a hundred groups in virtual time', () => {
  test(
    'the same seed gives the same transcript, byte for byte; another gives another',
    { timeout: 600_000 },
    async () => {
      const stretch = { seed: 1, groups: 100, hours: 0.5 };
      const first = await runVirtualStretch(stretch);
      const second = await runVirtualStretch(stretch);
      const other = await runVirtualStretch({ ...stretch, seed: 2 });
      expect(second.sha256).toBe(first.sha256);
      expect(other.sha256).not.toBe(first.sha256);
      expect(first.failures).toBe(0);
    },
  );

  test('a day passes', { timeout: 3_600_000 }, async () => {
    const day = await runVirtualStretch({ seed: 1, groups: 100, hours: 24 });
    console.log(JSON.stringify(day));
    expect(day.rounds).toBeGreaterThan(100 * 24 * 360 * 0.99);
    expect(day.failures).toBe(0);
  });
});

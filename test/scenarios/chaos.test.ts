import { expect, onTestFinished, test } from 'vitest';
import { VirtualCluster } from '../support/virtual-cluster.ts';
import { Chaos, chaosJobs } from './chaos.ts';
import { ChaosRecords } from './chaos-records.ts';
import { MINUTE } from './tell-stories.ts';

const JOBS = 10;

/** Takes a minute a seed, so it runs when asked for: `CHAOS_SEEDS=a,b,c`. */
const asked = process.env['CHAOS_SEEDS'];
const seeds = (asked ?? 'one').split(',');

test.runIf(asked !== undefined).each(seeds)(
  'two hours of faults, seed %s: no count leaves its bounds, nothing scales under failsafe or in without measurement',
  { timeout: 300_000 },
  async (seed) => {
    const cluster = new VirtualCluster({ seed, jobs: chaosJobs(JOBS), nodes: [{ count: 6 }] });
    onTestFinished(() => cluster.stop());
    const records = new ChaosRecords(cluster);
    const chaos = new Chaos(cluster, seed, JOBS);
    chaos.start();
    const looking = { cancel: (): void => undefined };
    const look = (): void => {
      records.look();
      looking.cancel = cluster.clock.after(2_000, look);
    };
    look();
    await chaos.run(120 * MINUTE);
    looking.cancel();
    expect(records.violations).toEqual([]);
    expect(records.changes.filter(({ from, to }) => to > from).length).toBeGreaterThan(10);
    expect(records.changes.filter(({ from, to }) => to < from).length).toBeGreaterThan(10);
  },
);

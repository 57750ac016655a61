import { expect, onTestFinished, test } from 'vitest';
import type { AgentEvent } from '../../src/agent/events.ts';
import { VirtualCluster } from '../support/virtual-cluster.ts';
import { Chaos, CHAOS_TIMING, chaosJobs } from './chaos.ts';
import { ChaosRecords } from './chaos-records.ts';
import { MINUTE } from './tell-stories.ts';

const JOBS = 10;

/** Two hours a seed, half a minute each, when asked for: `CHAOS_SEEDS=a,b,c`. Else a quarter of an hour. */
const asked = process.env['CHAOS_SEEDS'];
const seeds = (asked ?? 'one').split(',');
const minutes = asked === undefined ? 15 : 120;

test.each(seeds)(
  'whatever fails, seed %s: no count leaves its bounds, nothing scales under failsafe, or in without measurement',
  { timeout: 300_000 },
  async (seed) => {
    const heard = (event: AgentEvent): void => records.hear(event);
    const cluster = new VirtualCluster({
      seed,
      heard,
      timing: CHAOS_TIMING,
      jobs: chaosJobs(JOBS),
      nodes: [{ count: 6 }],
    });
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
    await chaos.run(minutes * MINUTE);
    looking.cancel();
    expect(records.violations).toEqual([]);
    expect(records.changes.filter(({ from, to }) => to > from).length).toBeGreaterThan(minutes / 12);
    expect(records.changes.filter(({ from, to }) => to < from).length).toBeGreaterThan(minutes / 12);
  },
);

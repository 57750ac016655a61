import { describe, expect, test } from 'vitest';
import { allocationsOf, cluster, job, jobOf, nodeNamed, runningOf, states } from './cluster.ts';
import type { Cluster } from './cluster.ts';

const SECOND = 1_000_000_000n;

function drain(own: Cluster, name: string, deadlineNs = 0n, ignoreSystemJobs = false): void {
  own.world.nodes.drain(nodeNamed(own, name), {
    spec: { deadlineNs, ignoreSystemJobs },
    markEligible: false,
  });
}

const on = (own: Cluster, name: string, id?: string): number =>
  runningOf(own, id).filter((row) => row.nodeName === name).length;

describe('draining a node', () => {
  test('moves service allocations one after the other, system jobs last, and leaves the node ineligible', async () => {
    const own = cluster([{ name: 'a' }, { name: 'b' }]);
    own.world.nodes.setEligible(nodeNamed(own, 'b'), false);
    own.world.jobs.register(job({ count: 3 }));
    own.world.jobs.register(job({ id: 'sys', type: 'system', cpu: 20 }));
    await own.clock.advance(15_000);
    expect([on(own, 'a'), on(own, 'a', 'sys')]).toEqual([3, 1]);
    own.world.nodes.setEligible(nodeNamed(own, 'b'), true);
    drain(own, 'a');
    expect(nodeNamed(own, 'a')).toMatchObject({ eligible: false, drain: { deadlineNs: 0n } });
    let fewest = 3;
    let systemGoneAt = -1;
    let emptyAt = -1;
    for (let step = 0; step < 900 && nodeNamed(own, 'a').drain; step += 1) {
      await own.clock.advance(100);
      fewest = Math.min(fewest, runningOf(own).length);
      const isEmpty = allocationsOf(own).every((row) => row.nodeName !== 'a' || row.desiredStatus === 'stop');
      if (emptyAt < 0 && isEmpty) emptyAt = step;
      const system = allocationsOf(own, 'sys').find((row) => row.nodeName === 'a');
      if (systemGoneAt < 0 && system?.transition.migrate) systemGoneAt = step;
    }
    expect(fewest).toBe(2);
    expect(systemGoneAt).toBeGreaterThanOrEqual(emptyAt);
    expect(nodeNamed(own, 'a')).toMatchObject({ drain: null, eligible: false });
    expect(nodeNamed(own, 'a').events.at(-1)?.message).toBe('Node drain complete');
    await own.clock.advance(20_000);
    expect([on(own, 'a'), on(own, 'b'), on(own, 'a', 'sys')]).toEqual([0, 3, 0]);
    const moved = allocationsOf(own).filter((row) => row.nodeName === 'a');
    expect(moved[0]).toMatchObject({
      desiredDescription: 'alloc is being migrated',
      clientStatus: 'complete',
    });
  });

  test('tells an allocation to stop before it has stopped', async () => {
    const own = cluster([{ name: 'a' }, { name: 'b' }], { timing: { stopMs: [3000, 3000] } });
    own.world.jobs.register(job({ id: 'web', count: 1 }));
    await own.clock.advance(15_000);
    const name = runningOf(own)[0]?.nodeName ?? '';
    drain(own, name);
    await own.clock.advance(2000);
    expect(states(own)).toContain('web.g[0] stop/running');
  });

  test('waits for ever without room elsewhere, and can be cancelled', async () => {
    const own = cluster([{ name: 'a' }]);
    own.world.jobs.register(job({ count: 2 }));
    await own.clock.advance(15_000);
    drain(own, 'a');
    await own.clock.advance(3600_000);
    expect(nodeNamed(own, 'a').drain).not.toBeNull();
    expect(runningOf(own)).toHaveLength(1);
    own.world.nodes.drain(nodeNamed(own, 'a'), { spec: null, markEligible: true });
    await own.clock.advance(20_000);
    expect(nodeNamed(own, 'a')).toMatchObject({ drain: null, eligible: true });
    expect(runningOf(own)).toHaveLength(2);
  });

  test('waits for batch work without a deadline, and stops it at the deadline: it is not done again', async () => {
    const own = cluster([{ name: 'a' }]);
    own.world.jobs.register(job({ id: 'bat', type: 'batch', driver: 'raw_exec' }));
    await own.clock.advance(10_000);
    drain(own, 'a', 60n * SECOND);
    await own.clock.advance(55_000);
    expect(states(own, 'bat')).toEqual(['bat.g[0] run/running']);
    await own.clock.advance(10_000);
    expect(states(own, 'bat')).toEqual(['bat.g[0] stop/complete']);
    expect(nodeNamed(own, 'a').drain).toBeNull();
    own.world.nodes.setEligible(nodeNamed(own, 'a'), true);
    await own.clock.advance(60_000);
    expect(states(own, 'bat')).toHaveLength(1);
    expect(jobOf(own, 'bat')).toMatchObject({ status: 'dead', stop: false });
  });

  test('at once stops everything, and system jobs too unless they are ignored', async () => {
    for (const [isIgnored, left] of [
      [false, 0],
      [true, 1],
    ] as const) {
      const own = cluster([{ name: 'a' }]);
      own.world.jobs.register(job({ count: 3 }));
      own.world.jobs.register(job({ id: 'sys', type: 'system' }));
      await own.clock.advance(15_000);
      drain(own, 'a', -SECOND, isIgnored);
      await own.clock.advance(5000);
      expect([on(own, 'a'), on(own, 'a', 'sys')]).toEqual([0, left]);
      expect(nodeNamed(own, 'a').drain).toBeNull();
    }
  });

  test('of a node with nothing on it is over in a moment', async () => {
    const own = cluster([{ name: 'a' }]);
    drain(own, 'a');
    await own.clock.advance(1500);
    expect(nodeNamed(own, 'a')).toMatchObject({ drain: null, eligible: false });
  });
});

describe('a node whose client dies', () => {
  test('is down after its heartbeats are missed; what ran there is lost and replaced', async () => {
    const own = cluster([{ name: 'a' }, { name: 'b' }]);
    own.world.jobs.register(job({ count: 2 }));
    await own.clock.advance(15_000);
    const { id } = nodeNamed(own, 'a');
    own.world.nodes.silence(id, 'dead');
    await own.clock.advance(13_000);
    expect(nodeNamed(own, 'a').status).toBe('ready');
    await own.clock.advance(7000);
    expect(nodeNamed(own, 'a').status).toBe('down');
    const lost = allocationsOf(own).filter((row) => row.nodeName === 'a');
    expect(lost.map((row) => [row.clientStatus, row.desiredDescription])).toEqual(
      lost.map(() => ['lost', 'alloc is lost since its node is down']),
    );
    await own.clock.advance(10_000);
    expect(runningOf(own).map((row) => row.nodeName)).toEqual(['b', 'b']);
    own.world.nodes.revive(id);
    await own.clock.advance(5000);
    expect(nodeNamed(own, 'a')).toMatchObject({ status: 'ready', eligible: true });
    expect(allocationsOf(own).filter((row) => row.nodeName === 'a')[0]).toMatchObject({
      desiredStatus: 'stop',
      clientStatus: 'complete',
    });
    expect(runningOf(own)).toHaveLength(2);
  });

  test('that is back in time loses nothing', async () => {
    const own = cluster([{ name: 'a' }]);
    own.world.jobs.register(job({ count: 2 }));
    await own.clock.advance(15_000);
    own.world.nodes.silence(nodeNamed(own, 'a').id, 'hung');
    await own.clock.advance(10_000);
    own.world.nodes.revive(nodeNamed(own, 'a').id);
    await own.clock.advance(60_000);
    expect(states(own)).toEqual(['web.g[0] run/running', 'web.g[1] run/running']);
  });

  test('tells what happened meanwhile when it is back', async () => {
    const own = cluster([{ name: 'a' }]);
    const config = { run_for: '20s' };
    own.world.jobs.register(job({ id: 'work', type: 'batch', driver: 'mock_driver', config }));
    await own.clock.advance(15_000);
    own.world.nodes.silence(nodeNamed(own, 'a').id, 'hung');
    await own.clock.advance(10_000);
    expect(states(own, 'work')).toEqual(['work.g[0] run/running']);
    own.world.nodes.revive(nodeNamed(own, 'a').id);
    await own.clock.advance(100);
    expect(states(own, 'work')).toEqual(['work.g[0] run/complete']);
  });
});

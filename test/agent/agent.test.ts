import { expect, onTestFinished, test } from 'vitest';
import { startAgent, type AgentOptions } from '../../src/agent/agent.ts';
import { LEASE_TIMINGS } from '../../src/domain/lease.ts';
import { Random } from '../../src/simulator/random.ts';
import type { VirtualAgent } from '../support/virtual-agent.ts';
import { VirtualCluster, type VirtualClusterOptions } from '../support/virtual-cluster.ts';
import { scenarioJob } from '../support/virtual-jobs.ts';
import { isTransaction, scales } from '../support/virtual-wire.ts';

function cluster(options: VirtualClusterOptions): VirtualCluster {
  const made = new VirtualCluster(options);
  onTestFinished(() => made.stop());
  return made;
}

/** When a group was decided upon, milliseconds. */
function roundsOf(agent: VirtualAgent, group: string): readonly number[] {
  return agent.events
    .filter(({ event }) => event.kind === 'decided' && event.group === group)
    .map(({ atMs }) => atMs);
}

const names = (count: number): readonly string[] => Array.from({ length: count }, (_none, at) => `job-${at}`);

test('timings that cannot keep two agents apart are refused at the start', () => {
  const lease = { ...LEASE_TIMINGS, lockDelayMs: 5_000 };
  const options = { identity: { keyRoot: 'x', name: 'a', lease } } as AgentOptions;
  expect(() => startAgent(options)).toThrow('lock-delay is not longer than the lease');
});

test('statistics of one group that hang delay no round of the others', async () => {
  const jobs = names(6).map((id) => scenarioJob({ id, cpuMhz: 600 }));
  const made = cluster({ jobs });
  made.world.setFaults({ statistics: { mode: 'hang', jobs: ['job-3'] } });
  const agent = made.startAgent();
  await made.run(61_000);
  for (const id of names(6).filter((name) => name !== 'job-3')) {
    const rounds = roundsOf(agent, `${id}/api`).slice(2);
    const gaps = rounds.slice(1).map((ms, at) => ms - (rounds[at] ?? 0));
    expect(gaps.length).toBeGreaterThanOrEqual(4);
    expect(new Set(gaps)).toEqual(new Set([10_000]));
  }
});

test('a job whose requests hang holds up no scaling of the others', async () => {
  const jobs = names(4).map((id) => scenarioJob({ id, cpuMhz: 900, max: 3 }));
  const made = cluster({ jobs, nodes: [{ count: 5 }] });
  const agent = made.startAgent();
  agent.nomad.loseRequest(scales('job-1'));
  await made.run(45_000);
  expect(names(4).map((id) => made.count(id))).toEqual([3, 2, 3, 3]);
});

test.each([1, 3])('at most %i groups act at once', async (limit) => {
  const jobs = names(12).map((id) => scenarioJob({ id, cpuMhz: 900, max: 3, deploys: false }));
  const made = cluster({ jobs, nodes: [{ count: 10 }], settings: { scalingConcurrency: limit } });
  const agent = made.startAgent();
  const busy = new Set<object>();
  const most = { count: 0 };
  const watch = (isWrite: boolean): (() => void) => {
    const one = {};
    if (isWrite) busy.add(one);
    most.count = Math.max(most.count, busy.size);
    return () => void busy.delete(one);
  };
  await made.run(8_000);
  made.world.setFaults({ latencyMs: [300, 300] });
  agent.nomad.watch(({ method }) => watch(method !== 'GET'));
  agent.consul.watch((request) => watch(isTransaction(request)));
  await made.run(120_000);
  expect(names(12).map((id) => made.count(id))).toEqual(names(12).map(() => 3));
  expect(most.count).toBeGreaterThan(0);
  expect(most.count).toBeLessThanOrEqual(limit);
});

test('a failure is not counted for an operation that an operator has cleared away meanwhile', async () => {
  const made = cluster({ jobs: [scenarioJob({ cpuMhz: 900, retries: 3 })] });
  const agent = made.startAgent();
  await made.until(/Nomad accepted the count 3/);
  await made.run(1_000);
  const deployment = made.world.store.tables.deployments.all().find(({ status }) => status === 'running');
  await made.request('PUT', `/v1/deployment/fail/${deployment?.id}`);
  const held = { isHeld: false };
  const release = agent.consul.hold(isTransaction, () => (held.isHeld = true));
  while (!held.isHeld) await made.run(100);
  await made.deleteKey('replicator/config/operations/jobs/web/api');
  made.editDocument('replicator/config/state/jobs/web/api', { scaleout_requests: 0 });
  release();
  await made.run(5_000);
  expect(made.document('replicator/config/state/jobs/web/api')).toMatchObject({ failure_count: 0 });
});

test('two agents under faults of every kind never lead at the same moment', async () => {
  const made = cluster({ seed: 11, jobs: [scenarioJob({ cpuMhz: 600 })] });
  const random = new Random('two leaders');
  const agents = [made.startAgent(), made.startAgent()];
  const terms = { count: 0 };
  for (let second = 0; second < 400; second += 1) {
    const agent = agents[random.int(0, 1)];
    if (agent && random.next() < 0.15) disturb(made, agent, random);
    for (let fifth = 0; fifth < 5; fifth += 1) {
      await made.run(200);
      expect(agents.filter((one) => one.leading()).length).toBeLessThan(2);
    }
  }
  for (const agent of agents) {
    terms.count += agent.events.filter(({ event }) => event.kind === 'leading').length;
  }
  expect(terms.count).toBeGreaterThan(5);
});

/** One thing that goes wrong with an agent's machine, its wires, or the lock. */
function disturb(made: VirtualCluster, agent: VirtualAgent, random: Random): void {
  const acts = [
    () => agent.consul.cut(),
    () => agent.consul.mend(),
    () => agent.consul.mend(),
    () => agent.setWallAheadMs(random.int(-100_000, 100_000)),
    () => made.consul.sessions().forEach(({ id }) => made.consul.endSession(id)),
    () => made.deleteKey(made.keys.leader),
    () => made.consul.setNoLeader(random.next() < 0.3),
  ];
  acts[random.int(0, acts.length - 1)]?.();
}

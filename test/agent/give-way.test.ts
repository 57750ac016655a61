import { expect, onTestFinished, test } from 'vitest';
import { VirtualCluster } from '../support/virtual-cluster.ts';
import { scenarioJob } from '../support/virtual-jobs.ts';

function cluster(): VirtualCluster {
  const made = new VirtualCluster({ jobs: [scenarioJob({ cpuMhz: 900 })] });
  onTestFinished(() => made.stop());
  return made;
}

test('a leader that hears nothing of Nomad gives the lock to one that does, without lock-delay', async () => {
  const made = cluster();
  const [first, second] = [made.startAgent(), made.startAgent()];
  await made.run(20_000);
  expect([first.leading(), second.leading()]).toEqual([true, false]);
  first.nomad.cut();
  await made.run(66_000);
  expect([first.leading(), second.leading()]).toEqual([false, true]);
  await made.run(10 * 60_000);
  expect(second.leading()).toBe(true);
});

test('agents that all hear nothing do not pass the lock around', async () => {
  const made = cluster();
  const agents = [made.startAgent(), made.startAgent()];
  await made.run(20_000);
  for (const { nomad } of agents) nomad.cut();
  await made.run(15 * 60_000);
  const elections = agents.flatMap(({ events }) => events.filter(({ event }) => event.kind === 'leading'));
  expect(elections.length).toBeGreaterThanOrEqual(3);
  expect(elections.length).toBeLessThanOrEqual(8);
});

test('nobody else being there, a leader that hears nothing has the lock back within seconds', async () => {
  const made = cluster();
  const agent = made.startAgent();
  await made.run(20_000);
  agent.nomad.cut();
  const elections = (): number => agent.events.filter(({ event }) => event.kind === 'leading').length;
  while (agent.leading()) await made.run(1_000);
  await made.run(5_000);
  expect([agent.leading(), elections()]).toEqual([true, 2]);
});

test('a lock that is seen to be its own before it knows so is kept, not given back and taken again', async () => {
  const made = cluster();
  const agent = made.startAgent();
  await made.run(20_000);
  agent.nomad.cut();
  while (agent.leading()) await made.run(1_000);
  const asked: string[] = [];
  agent.consul.watch((request) => {
    for (const verb of ['acquire', 'release']) if (request.query.has(verb)) asked.push(verb);
    return () => undefined;
  });
  const release = agent.consul.holdAnswer(({ query }) => query.has('acquire'));
  await made.run(6_000);
  release();
  await made.run(1_000);
  expect([agent.leading(), asked]).toEqual([true, ['acquire']]);
});

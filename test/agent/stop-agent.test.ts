import { expect, onTestFinished, test } from 'vitest';
import { VirtualCluster } from '../support/virtual-cluster.ts';
import { scenarioJob } from '../support/virtual-jobs.ts';
import { isTransaction, type Match, scales } from '../support/virtual-wire.ts';

function cluster(): VirtualCluster {
  const made = new VirtualCluster({ jobs: [scenarioJob({ cpuMhz: 900 })] });
  onTestFinished(() => made.stop());
  return made;
}

const OPERATION = 'replicator/config/operations/jobs/web/api';

/** The look at the leader's deployments that comes before a job is changed. */
const readsBeforeScaling: Match = ({ method, path }) =>
  method === 'GET' && /^\/v1\/job\/web\/deployment(?:\?|$)/.test(path);

/** Milliseconds of the clock until the promise has settled. */
async function timeOf(made: VirtualCluster, act: () => Promise<void>): Promise<number> {
  const fromMs = made.clock.monotonicMs();
  await act();
  return made.clock.monotonicMs() - fromMs;
}

test('an idle leader releases the lock and destroys its session, at once', async () => {
  const made = cluster();
  const agent = made.startAgent();
  await made.run(3_000);
  expect(await timeOf(made, () => agent.stop())).toBeLessThan(100);
  expect(made.consul.sessions()).toEqual([]);
  expect(made.consul.key(made.keys.leader)?.entry.session).toBe('');
  const second = made.startAgent();
  await made.run(10);
  expect(second.leading()).toBe(true);
});

test('a follower that stops leaves the leader alone', async () => {
  const made = cluster();
  const [first, second] = [made.startAgent(), made.startAgent()];
  await made.run(3_000);
  expect([first.leading(), second.leading()]).toEqual([true, false]);
  await second.stop();
  await made.run(30_000);
  expect(first.leading()).toBe(true);
  expect(made.consul.sessions()).toHaveLength(1);
});

test('a call that ends within 1.5 s is waited for, recorded, and then the lock is released', async () => {
  const made = cluster();
  const agent = made.startAgent();
  const held = { isHeld: false };
  const release = agent.nomad.holdAnswer(scales('web'), () => (held.isHeld = true));
  while (!held.isHeld) await made.run(100);
  made.clock.after(1_000, release);
  const tookMs = await timeOf(made, () => agent.stop());
  expect(tookMs).toBeGreaterThanOrEqual(1_000);
  expect(tookMs).toBeLessThan(1_200);
  expect(made.document(OPERATION)).toMatchObject({ phase: 'confirming' });
  const second = made.startAgent();
  await made.run(10);
  expect(second.leading()).toBe(true);
});

test('a call still in flight after 1.5 s is aborted; the session is destroyed without a release', async () => {
  const made = cluster();
  const agent = made.startAgent();
  const held = { isHeld: false };
  agent.nomad.loseAnswer(scales('web'), () => (held.isHeld = true));
  while (!held.isHeld) await made.run(100);
  const second = made.startAgent();
  expect(await timeOf(made, () => agent.stop())).toBeLessThan(2_000);
  expect(made.consul.sessions()).toHaveLength(1);
  await made.run(14_000);
  expect(second.leading()).toBe(false);
  await made.run(2_000);
  expect(second.leading()).toBe(true);
});

test('a call that is not sent yet is not begun any more: its intent is taken back, and the lock released', async () => {
  const made = cluster();
  const agent = made.startAgent();
  const held = { isHeld: false };
  const release = agent.nomad.holdAnswer(readsBeforeScaling, () => (held.isHeld = true));
  while (!held.isHeld) await made.run(100);
  expect(made.document(OPERATION)).toMatchObject({ phase: 'requested' });
  made.clock.after(500, release);
  expect(await timeOf(made, () => agent.stop())).toBeLessThan(700);
  expect(made.writes).toEqual([]);
  expect(made.document(OPERATION)).toBeUndefined();
  const second = made.startAgent();
  await made.run(10);
  expect(second.leading()).toBe(true);
});

test('an intent that hangs is aborted likewise, and the request it was for is never sent', async () => {
  const made = cluster();
  const agent = made.startAgent();
  await made.run(5_000);
  const held = { isHeld: false };
  agent.consul.loseRequest(isTransaction, () => (held.isHeld = true));
  while (!held.isHeld) await made.run(100);
  expect(await timeOf(made, () => agent.stop())).toBeLessThan(2_000);
  expect(made.writes).toEqual([]);
});

test('with Consul out of reach a stop takes less than 2 s all the same', async () => {
  const made = cluster();
  const agent = made.startAgent();
  await made.run(3_000);
  agent.consul.cut();
  agent.nomad.cut();
  expect(await timeOf(made, () => agent.stop())).toBeLessThan(2_000);
});

test('nothing is told and nothing is sent after a stop', async () => {
  const made = cluster();
  const agent = made.startAgent();
  await made.run(15_000);
  await agent.stop();
  const [told, requests] = [agent.events.length, { count: 0 }];
  agent.nomad.watch(() => () => void (requests.count += 1));
  agent.consul.watch(() => () => void (requests.count += 1));
  await made.run(60_000);
  expect(agent.events).toHaveLength(told);
  expect(requests.count).toBe(0);
});
